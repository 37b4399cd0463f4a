"""What events do to journeys: they bring people in, on from where they wait, and out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.event import Event
from regulars.core.rule import matches
from regulars.identity import api as identity
from regulars.infra import jobs
from regulars.journeys import entering, leaving, store_engine, store_entering, store_journeys
from regulars.journeys.contract import EventMatch, Journey, Run
from regulars.journeys.graph import Graph

CONSUMER = "journeys"
"""The reader of the log that lets events move people."""


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


def says(ctx: Ctx, match: EventMatch, event: Event) -> bool:
    """Tell whether an event is one of those that are asked for."""
    return event.type == match.event and (
        match.where is None or bool(matches(match.where, _EventView(event), ctx.today).ok)
    )


def hear(ctx: Ctx, events: Sequence[Event]) -> None:
    """Let a brand's events move people, in their order: out first, then on, then in."""
    versions = store_journeys.listening(ctx, {event.type for event in events})
    if not versions:
        return
    uid_of = identity.uid_of(ctx, sorted({event.suid for event in events if event.suid is not None}))
    for row in versions:
        journey = store_journeys.get(ctx, row["journey_id"], lock=True)
        if journey is not None:
            _Hearing(ctx, journey, Graph.read(row["graph"]), uid_of).all(row, events)
    jobs.enqueue(ctx.for_brand(0), "journeys.advance", {}, key="due")


class _Hearing:
    """Events over one version of a journey."""

    def __init__(self, ctx: Ctx, journey: Journey, graph: Graph, uid_of: Mapping[int, int]) -> None:
        self._ctx, self._journey, self._graph, self._uid_of = ctx, journey, graph, dict(uid_of)

    def all(self, row: Mapping[str, Any], events: Sequence[Event]) -> None:
        """Move people by these events. row: version_id and whether people enter by it."""
        self._reach(events)
        for match in self._graph.exits():
            self._leave(match, events)
        for key in self._graph.nodes:
            doing = self._doing(key, events)
            if doing and not self._graph.kind(key).entry:
                self._go_on(row["version_id"], key, sorted(doing))
            elif doing and row["newest"] and self._journey.state == "live":
                landing = entering.Landing(key, "event")
                entering.admit(self._ctx, self._journey, self._graph.settings, landing, doing)

    def _doing(self, key: str, events: Iterable[Event]) -> dict[int, Event]:
        """Return who did what a node hears, today's uid -> the last such event."""
        node, config = self._graph.kind(key)(), self._graph.config(key)
        heard = node.hears(config)
        found = (
            {suid: event for event in events if says(self._ctx, heard, event) for suid in node.about(config, event)}
            if heard
            else {}
        )
        return {self._today(suid, found): event for suid, event in found.items()}

    def _today(self, suid: int, among: Iterable[int]) -> int:
        if suid not in self._uid_of:
            self._uid_of.update(identity.uid_of(self._ctx, sorted(set(among) - self._uid_of.keys())))
        return self._uid_of.get(suid, suid)

    def _doers(self, match: EventMatch, events: Iterable[Event]) -> list[int]:
        """Return who did what is asked for, every uid they ever had."""
        found = {event.suid for event in events if event.suid is not None and says(self._ctx, match, event)}
        return _every_uid(self._ctx, sorted({self._today(suid, found) for suid in found})) if found else []

    def _reach(self, events: Sequence[Event]) -> None:
        goal = self._graph.settings.goal
        uids = self._doers(goal, events) if goal else []
        for run_id in store_journeys.runs(self._ctx, self._journey.id) if uids else ():
            store_entering.reach(self._ctx, run_id, uids)

    def _leave(self, match: EventMatch, events: Sequence[Event]) -> None:
        uids = self._doers(match, events)
        for run_id in store_journeys.runs(self._ctx, self._journey.id) if uids else ():
            leaving.leave(self._ctx, run_id, uids, match.event)

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
