"""What events do to journeys: they bring people in, on from where they wait, and out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from regulars.channels import api as channels
from regulars.core.ctx import Ctx
from regulars.core.event import Event
from regulars.core.rule import matches
from regulars.identity import api as identity
from regulars.infra import jobs
from regulars.journeys import engine, store_engine, store_journeys
from regulars.journeys.contract import EventMatch, Journey, Run
from regulars.journeys.graph import Graph


@dataclass(frozen=True, slots=True)
class _EventView:
    """An event as conditions see it: a field by the last part of its key."""

    event: Event

    def field(self, key: str) -> object | None:
        """Return a field of the payload."""
        found = self.event.props.get(key.rpartition(".")[2])
        return found if found != "" else None

    def rows(self, relation: str) -> Sequence[Mapping[str, Any]]:
        """Return nothing: an event has no rows."""
        del relation
        return ()

    def segments(self) -> Collection[int]:
        """Return nothing: an event is in no segment."""
        return ()


def hear(ctx: Ctx, events: Sequence[Event]) -> None:
    """Let a brand's events move people, in their order: out first, then on, then in."""
    told = [event for event in events if event.suid is not None]
    versions = store_journeys.listening(ctx, {event.type for event in told}) if told else []
    if not versions:
        return
    uid_of = identity.uid_of(ctx, sorted({event.suid for event in told if event.suid is not None}))
    for row in versions:
        journey = store_journeys.get(ctx, row["journey_id"], lock=True)
        if journey is not None:
            _Hearing(ctx, journey, Graph.read(row["graph"]), uid_of).all(row, told)
    jobs.enqueue(ctx.for_brand(0), "journeys.advance", {}, key="due")


class _Hearing:
    """Events over one version of a journey."""

    def __init__(self, ctx: Ctx, journey: Journey, graph: Graph, uid_of: Mapping[int, int]) -> None:
        self._ctx, self._journey, self._graph, self._uid_of = ctx, journey, graph, uid_of

    def all(self, row: Mapping[str, Any], events: Sequence[Event]) -> None:
        """Move people by these events. row: version_id and whether people enter by it."""
        for match in self._graph.exits():
            self._leave(match, events)
        for key in self._graph.nodes:
            heard = self._graph.kind(key)().hears(self._graph.config(key))
            uids = self._doing(heard, events) if heard else []
            if uids and not self._graph.kind(key).entry:
                self._go_on(row["version_id"], key, uids)
            elif uids and row["newest"] and self._journey.state == "live":
                enter(self._ctx, self._journey, self._graph, key, uids)

    def _doing(self, match: EventMatch, events: Iterable[Event]) -> list[int]:
        """Return who did what is asked for, today's uids."""
        found = {
            self._uid_of.get(event.suid, event.suid)
            for event in events
            if event.type == match.event and event.suid is not None
            and (match.where is None or matches(match.where, _EventView(event), self._ctx.today).ok)
        }  # fmt: skip
        return sorted(found)

    def _leave(self, match: EventMatch, events: Sequence[Event]) -> None:
        uids = _every_uid(self._ctx, self._doing(match, events))
        for run_id in store_journeys.runs(self._ctx, self._journey.id) if uids else ():
            store_engine.mark_exits(self._ctx, run_id, uids, match.event)
            for key in engine.order_keys(self._ctx, run_id):
                channels.withdraw(self._ctx, key, uids, f"exited.{match.event}")

    def _go_on(self, version_id: int, key: str, uids: Sequence[int]) -> None:
        way = self._graph.kind(key)().ways_out(self._graph.config(key))[0]
        everyone = _every_uid(self._ctx, uids)
        for row in store_journeys.standing(self._ctx, version_id, key):
            cohort_id = row.pop("cohort_id")
            here = store_journeys.inside(self._ctx, cohort_id, everyone)
            if here:
                to = self._graph.edges[key, way]
                batch = store_engine.next_batch(self._ctx, row["id"], cohort_id, to)
                place = {"parent_id": cohort_id, "via": way, "batch": batch, "due_at": self._ctx.now}
                following = store_engine.add_cohort(self._ctx, Run(**row), to, place)
                store_journeys.take_out(self._ctx, cohort_id, following, here)


def _every_uid(ctx: Ctx, uids: Sequence[int]) -> list[int]:
    """Return all uids these people ever had: they may have come in under an earlier one."""
    return sorted({suid for suids in identity.suids_of(ctx, list(uids)).values() for suid in suids} | set(uids))


def enter(ctx: Ctx, journey: Journey, graph: Graph, entry: str, uids: Sequence[int]) -> int:
    """Let people in by an entry as often as the journey lets them; return how many came in. uids: of today."""
    by_visit: dict[int, list[int]] = defaultdict(list)
    suids_of = identity.suids_of(ctx, list(uids))
    before = store_journeys.visits(ctx, journey.id, sorted({s for suids in suids_of.values() for s in suids}))
    again = graph.settings.again_after_days
    for uid in uids:
        past = [before[s] for s in suids_of.get(uid, [uid]) if s in before]
        if not past:
            by_visit[1].append(uid)
        elif again is not None and max(at for _, at in past) <= ctx.now - timedelta(days=again):
            by_visit[1 + max(visit for visit, _ in past)].append(uid)
    new = 0
    for visit, people in sorted(by_visit.items()):
        run = store_journeys.run_of_visit(ctx, journey, visit)
        batch = store_engine.next_batch(ctx, run.id, 0, entry)
        place = {"parent_id": 0, "via": "event", "batch": batch, "due_at": ctx.now}
        cohort_id = store_engine.add_cohort(ctx, run, entry, place)
        new += store_engine.enrol(ctx, run.id, cohort_id, [people])
    return new
