"""What a node may do with one cohort: everything is a statement over all of its people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.journeys import entering, leaving, store_engine, store_entering, store_journeys
from regulars.journeys.contract import APART, START, Chunk, Run
from regulars.journeys.graph import Graph

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A cohort that is due since due_at. via: the way by which it came."""

    id: int
    node_key: str
    via: str
    waited: bool
    due_at: datetime


class CohortStep:
    """What a node may do with one cohort; see contract.Step."""

    def __init__(self, ctx: Ctx, run: Run, graph: Graph, cohort: Standing) -> None:
        self._ctx, self._run, self._graph, self._cohort = ctx, run, graph, cohort
        self._cohort_id, self._node_key = cohort.id, cohort.node_key

    @property
    def ctx(self) -> Ctx:
        """Return the Ctx under the run's clock."""
        return self._ctx

    @property
    def run(self) -> Run:
        """Return the run."""
        return self._run

    @property
    def node_key(self) -> str:
        """Return the node's key."""
        return self._node_key

    @property
    def waited(self) -> bool:
        """Tell whether the cohort has waited at this node."""
        return self._cohort.waited

    @property
    def due_at(self) -> datetime:
        """Return since when the cohort is due."""
        return self._cohort.due_at

    def chunks(self) -> Iterable[Chunk]:
        """Return the people without exit mark."""
        return store_engine.chunks(self._ctx, self._run.id, self._cohort_id)

    @property
    def origin(self) -> str:
        """Return journey, node and run."""
        return f"journey-{self._run.journey_id or 0}:{self._node_key}:{self._run.id}"

    @property
    def opening(self) -> bool:
        """Tell whether this is no cohort of people, but an entry whose time has come."""
        return self._cohort.via == START

    @property
    def open(self) -> bool:
        """Tell whether people still enter by this version."""
        return self._run.journey_id is None or store_journeys.is_open(
            self._ctx, self._run.journey_id, self._run.version_id
        )

    def enter(self, pages: Iterable[Sequence[int]], way: str, *, again_at: datetime | None = None) -> int:
        """Enrol people and let them go on; what they may is asked only where it can be no."""
        new = self._enrolled(pages, way) if self._anybody() else self._admitted(pages, way)
        if again_at is None:
            store_engine.set_state(self._ctx, self._cohort_id, "passed")
        else:
            store_engine.put_to_wait(self._ctx, self._cohort_id, again_at)
        return new

    def _anybody(self) -> bool:
        """Tell whether everybody may come: it is a campaign, or the first people of a journey without limits."""
        asked = self._graph.settings
        limited = asked.exclusion or asked.most_people is not None or asked.most_a_day is not None
        journey_id = self._run.journey_id
        return journey_id is None or not (limited or store_journeys.has_begun(self._ctx, journey_id))

    def _enrolled(self, pages: Iterable[Sequence[int]], way: str) -> int:
        following = self._follow(way)
        return store_engine.enrol(self._ctx, self._run.id, following, pages) if following else 0

    def _admitted(self, pages: Iterable[Sequence[int]], way: str) -> int:
        journey = store_journeys.get(self._ctx, self._run.journey_id or 0)
        if journey is None:
            return 0
        landing = entering.Landing(self._graph.edges[self._node_key, way], way, self._cohort_id)
        settings = self._graph.settings
        return sum(entering.admit(self._ctx, journey, settings, landing, dict.fromkeys(page)) for page in list(pages))

    def split(self, experiment: str, arms: Mapping[str, int], way_of: Callable[[str], str]) -> None:
        """Keep arms in both stores, then let each arm go its way."""
        if sum(arms.values()) != WHOLE_BP:
            raise BadInput("The shares of a split sum to 10,000 basis points.", "Correct the shares.")
        ends = [sum(list(arms.values())[: i + 1]) for i in range(len(arms))]
        split = {"experiment": experiment, "arms": list(arms), "ends": ends}
        store_engine.assign_arms(self._ctx, self._run.id, self._cohort_id, split)
        for arm in arms:
            following = self._follow(way_of(arm))
            target = {"experiment": experiment, "arm": arm, "cohort_id": following}
            if following:
                store_engine.fill_by_arm(self._ctx, self._run.id, self._cohort_id, target)
                store_engine.copy_arms(self._ctx, self._run.id, following, arm)
        store_engine.set_state(self._ctx, self._cohort_id, "passed")

    def wait(self, until: datetime) -> None:
        """Let the cohort stand; who is already due is dealt with at once."""
        store_engine.put_to_wait(self._ctx, self._cohort_id, until)

    def wait_apart(self, until: Mapping[datetime, Iterable[int]], rest: str) -> None:
        """Let people stand in cohorts of their own instants; the others go on, who carries an exit mark ends."""
        groups: dict[int, Iterable[int]] = {}
        for number, (at, uids) in enumerate(sorted(until.items())):
            place = {**self._place(APART), "batch": number, "due_at": at, "waited": True}
            groups[store_engine.add_cohort(self._ctx, self._run, self._node_key, place)] = uids
        self._placed(groups, rest)

    def go(self, way: str) -> None:
        """Let everybody go on; who carries an exit mark ends here."""
        self.branch({}, way)

    def branch(self, chosen: Mapping[str, Iterable[int]], rest: str) -> None:
        """Let everybody go their way; a way that nobody takes makes no cohort."""
        named = {way: list(uids) for way, uids in chosen.items()}
        following = {way: self._follow(way) for way, uids in named.items() if uids and way != rest}
        self._placed({following[way]: uids for way, uids in named.items() if way in following}, rest)

    def _placed(self, groups: Mapping[int, Iterable[int]], rest: str) -> None:
        leave = store_engine.add_cohort(self._ctx, self._run, self._node_key, self._place("exited", state="ended"))
        to = {"leave": leave, "rest": self._follow(rest)}
        store_engine.place(self._ctx, self._run.id, self._cohort_id, to, groups)
        store_engine.set_state(self._ctx, self._cohort_id, "passed")

    def end(self) -> None:
        """Let everybody end here; whoever waits for that is told."""
        store_engine.set_state(self._ctx, self._cohort_id, "ended")
        if self._graph.settings.exclusion:
            store_entering.release_ended(self._ctx, self._cohort_id)
        if self._run.journey_id is not None:
            leaving.tell_ended(self._ctx, self._run.journey_id, self._node_key, self.chunks())

    def _follow(self, way: str) -> int:
        to = self._graph.edges[self._node_key, way]
        return store_engine.add_cohort(self._ctx, self._run, to, self._place(way))

    def _place(self, via: str, state: str = "waiting") -> dict[str, Any]:
        return {"parent_id": self._cohort_id, "via": via, "due_at": self._ctx.now, "state": state}
