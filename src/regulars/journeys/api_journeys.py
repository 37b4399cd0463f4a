"""The door to journeys of their own: draw one, see what is wrong, publish it, hold it, end it, see where people are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from regulars.channels import api as channels
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.identity import api as identity
from regulars.infra import jobs
from regulars.journeys import api_review, entering, ordering, store_engine, store_entering, store_journeys
from regulars.journeys.contract import APART, START, Journey, JourneyState, NodeCounts, Problem
from regulars.journeys.graph import Graph, node_kinds
from regulars.journeys.hearing import hear
from regulars.workspace import api as workspace

__all__ = [
    "counts",
    "create",
    "enrolled",
    "enter",
    "finish",
    "get",
    "hear",
    "listed",
    "named",
    "node_kinds",
    "pause",
    "people_at",
    "problems",
    "publish",
    "reached",
    "resume",
    "shown",
    "stop",
    "update",
]

MAX_NAME = 100
MAX_NODES = 200


def listed(ctx: Ctx, *, before: int = 0, limit: int = 50) -> list[Journey]:
    """Return the brand's journeys, newest first. before: an id to go on below."""
    return store_journeys.page(ctx, before=before, limit=limit)


def get(ctx: Ctx, journey_id: int) -> Journey:
    """Return a journey of the brand. Raises: NotFound."""
    return _get(ctx, journey_id)


def _get(ctx: Ctx, journey_id: int, *, lock: bool = False) -> Journey:
    found = store_journeys.get(ctx, journey_id, lock=lock)
    if found is None:
        raise NotFound(f"There is no journey {journey_id}.", "Open the list of journeys.", code="journey.not_found")
    return found


def create(ctx: Ctx, name: str, graph: Mapping[str, Any]) -> Journey:
    """Keep a drawing, which may still be incomplete, audited. Raises: BadInput."""
    journey = _get(ctx, store_journeys.add(ctx, _named(name), _sealed(graph, {})))
    workspace.audit(ctx, "journey.created", "journey", journey.id, after=_told(journey))
    return journey


def update(ctx: Ctx, journey_id: int, name: str, graph: Mapping[str, Any]) -> Journey:
    """Change the drawing, audited; what is published goes on as it is until it is published again.

    Raises: NotFound, BadInput, Conflict when the journey has ended.
    """
    before = _get(ctx, journey_id, lock=True)
    _must_be(before, "draft", "live", "paused", "draining")
    store_journeys.change(ctx, journey_id, _named(name), _sealed(graph, before.graph))
    after = _get(ctx, journey_id)
    workspace.audit(ctx, "journey.changed", "journey", journey_id, before=_told(before), after=_told(after))
    return after


def _named(name: str) -> str:
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise BadInput(f"A journey needs a name of 1 to {MAX_NAME} characters.", "Name it after what it does.")
    return name.strip()


def _sealed(graph: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return a drawing as it is stored: its shape checked, secrets encrypted."""
    drawn: Sequence[Mapping[str, Any]] = graph.get("nodes", ())
    if len(drawn) > MAX_NODES or len({node["key"] for node in drawn}) < len(drawn):
        raise BadInput(f"A journey has at most {MAX_NODES} nodes, each with a key of its own.", "Take some away.")
    kept: dict[str, Mapping[str, Any]] = {node["key"]: node for node in before.get("nodes", ())}
    made: list[dict[str, Any]] = []
    for node in drawn:
        kind = node_kinds().get(node["kind"])
        known = kept.get(node["key"], {})
        old = known.get("config", {}) if known.get("kind") == node["kind"] else {}
        made.append({**node, "config": dict(kind().sealed(node["config"], old))})
    stored = {**graph, "nodes": made}
    _read(stored)
    return stored


def _read(stored: Mapping[str, Any]) -> Graph:
    try:
        return Graph.read(stored)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"settings: {where}: {first['msg']}.", "Correct the field and save again.") from error


def shown(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored drawing as it may be shown: secrets hidden."""
    found = [
        {**node, "config": dict(node_kinds().get(node["kind"])().shown(node["config"]))}
        for node in graph.get("nodes", ())
    ]
    return {**graph, "nodes": found}


def _told(journey: Journey) -> dict[str, object]:
    return {"name": journey.name, "state": journey.state, "nodes": [n["kind"] for n in journey.graph.get("nodes", ())]}


def problems(ctx: Ctx, journey_id: int) -> list[Problem]:
    """Return what keeps a journey from being published as it is drawn. Raises: NotFound."""
    return list(_read(_get(ctx, journey_id).graph).problems())


def publish(ctx: Ctx, journey_id: int) -> Journey:
    """Let people enter by the drawing as it is, audited; who walks by an older one goes on by that.

    A journey that no event leads into takes the people of its segments now, and no more.
    Raises: NotFound, BadInput with the first problem, Conflict when it has ended, or is not approved as it must be.
    """
    journey = _get(ctx, journey_id, lock=True)
    _must_be(journey, "draft", "live", "paused", "draining", "done")
    api_review.must_be_approved(ctx, journey)
    graph = _read(journey.graph)
    graph.check()
    _, number = store_journeys.publish(ctx, journey.id, journey.graph, graph.listens())
    live = _get(ctx, journey_id)
    comes = {key: graph.kind(key).comes for key in graph.nodes if graph.kind(key).entry}
    store_journeys.wake_entries(ctx, journey_id)
    for key in (key for key, how in comes.items() if how != "told"):
        run = store_journeys.run_of_visit(ctx, live, 1)
        batch = store_engine.next_batch(ctx, run.id, 0, key)
        store_engine.add_cohort(ctx, run, key, {"parent_id": 0, "via": START, "batch": batch, "due_at": ctx.now})
    if set(comes.values()) == {"once"}:
        store_journeys.set_state(ctx, journey_id, "draining")
    workspace.audit(ctx, "journey.published", "journey", journey_id, after={"version": number})
    jobs.enqueue(ctx.for_brand(0), "journeys.advance", {}, key="due")
    return _get(ctx, journey_id)


def enter(ctx: Ctx, journey_id: int, uids: Sequence[int], *, node: str = "") -> int:
    """Let people in by an entry that callers use, audited; return how many came in.

    uids: of any time; who may not come in, or not again, does not. node: the entry, where there are several.
    Raises: NotFound, Conflict when nobody enters the journey now, BadInput without such an entry.
    """
    journey = _get(ctx, journey_id, lock=True)
    _must_be(journey, "live")
    graph = Graph.read(store_journeys.graph_of(ctx, journey.version_id or 0))
    entries = [key for key in graph.nodes if graph.kind(key).called]
    if node not in entries and (node or len(entries) != 1):
        raise BadInput(
            "The journey has no such entry for calls, or several.", f"Entries: {', '.join(entries) or 'none'}."
        )
    people = dict.fromkeys(sorted(identity.known(ctx, set(identity.uid_of(ctx, uids).values()))))
    landing = entering.Landing(node or entries[0], "called")
    new = entering.admit(ctx, journey, graph.settings, landing, people)
    workspace.audit(ctx, "journey.entered", "journey", journey_id, after={"people": new, "asked": len(uids)})
    jobs.enqueue(ctx.for_brand(0), "journeys.advance", {}, key="due")
    return new


def named(ctx: Ctx, ns: str, scope: str, value: str) -> int | None:
    """Return the uid of whom an identifier names; None for nobody."""
    return identity.find(ctx, ns, scope, value)


def pause(ctx: Ctx, journey_id: int) -> Journey:
    """Hold everybody where they stand, audited; requests already handed to a channel go out.

    Raises: NotFound, Conflict when it does not run.
    """
    return _change(ctx, journey_id, "paused", "live", "draining")


def resume(ctx: Ctx, journey_id: int) -> Journey:
    """Let a paused journey go on, audited. Raises: NotFound, Conflict when it is not paused."""
    journey = _change(ctx, journey_id, "live", "paused")
    jobs.enqueue(ctx.for_brand(0), "journeys.advance", {}, key="due")
    return journey


def finish(ctx: Ctx, journey_id: int) -> Journey:
    """Let nobody in any more, audited; who is inside walks to the end. Raises: NotFound, Conflict."""
    journey = _change(ctx, journey_id, "draining", "live", "paused")
    store_journeys.wake_entries(ctx, journey_id)
    jobs.enqueue(ctx.for_brand(0), "journeys.advance", {}, key="due")
    return journey


def stop(ctx: Ctx, journey_id: int) -> Journey:
    """End a journey for everybody at once, audited: what was not attempted is not sent. Raises: NotFound, Conflict."""
    journey = _change(ctx, journey_id, "stopped", "live", "paused", "draining")
    for run_id in store_journeys.runs(ctx, journey_id):
        for key in ordering.order_keys(ctx, run_id):
            channels.stop(ctx, key)
        store_engine.end_run(ctx, run_id, "stopped", ctx.clock.system_now())
    store_entering.release_all(ctx, journey_id)
    return journey


def _change(ctx: Ctx, journey_id: int, state: JourneyState, *before: JourneyState) -> Journey:
    journey = _get(ctx, journey_id, lock=True)
    _must_be(journey, *before)
    store_journeys.set_state(ctx, journey_id, state)
    workspace.audit(ctx, f"journey.{state}", "journey", journey_id, before={"state": journey.state})
    return _get(ctx, journey_id)


def _must_be(journey: Journey, *states: JourneyState) -> None:
    if journey.state not in states:
        raise Conflict(
            f"The journey is {journey.state}, so this cannot be done.",
            "Open it again to see how it stands.",
            code="journey.state",
            state=journey.state,
        )


def counts(ctx: Ctx, journey_id: int) -> list[NodeCounts]:
    """Return where people are, a line a node, nodes of older versions last. Raises: NotFound."""
    journey = _get(ctx, journey_id)
    rows = store_journeys.places(ctx, journey.id)
    drawn = [node["key"] for node in journey.graph.get("nodes", ())]
    keys = [*drawn, *sorted({row["node"] for row in rows} - set(drawn))]
    sent: dict[str, Counter[str]] = defaultdict(Counter[str])
    for run_id in store_journeys.runs(ctx, journey.id):
        for node, order in ordering.orders(ctx, run_id):
            tally = asdict(channels.tally(ctx, order))
            sent[node].update({state: people for state, people in tally.items() if isinstance(people, int)})
    return [_counts_of(key, rows, sent.get(key, {})) for key in keys]


def _counts_of(key: str, rows: Sequence[Mapping[str, Any]], sent: Mapping[str, int]) -> NodeCounts:
    here = [row for row in rows if row["node"] == key]
    standing = [row for row in here if row["via"] != "exited"]
    arrived = [row for row in standing if row["via"] != APART]
    ways: dict[str, int] = {}
    for row in rows:
        if row["came_from"] == key and row["via"] not in ("exited", APART):
            ways[row["via"]] = ways.get(row["via"], 0) + row["people"] + row["moved"]
    waiting = sum(row["people"] for row in standing if row["state"] == "waiting")
    ended = sum(row["people"] for row in standing if row["state"] == "ended")
    exited = sum(row["people"] for row in here if row["via"] == "exited")
    came = max(sum(row["people"] + row["moved"] for row in arrived), waiting + ended + exited + sum(ways.values()))
    return NodeCounts(key, came, waiting, exited, ended, ways, dict(sent))


def enrolled(ctx: Ctx, journey_id: int) -> int:
    """Return how often somebody entered; who came twice counts twice. Raises: NotFound."""
    return store_journeys.enrolled(ctx, _get(ctx, journey_id).id)


def reached(ctx: Ctx, journey_id: int) -> int:
    """Return how many visits have reached the goal. Raises: NotFound."""
    return store_entering.goals(ctx, _get(ctx, journey_id).id)


def people_at(ctx: Ctx, journey_id: int, node: str, *, after: int = 0, limit: int = 50) -> list[int]:
    """Return the uids of people who stand at a node, above `after`, ascending. Raises: NotFound."""
    return store_journeys.people_at(ctx, _get(ctx, journey_id).id, node, after=after, limit=min(limit, 1_000))
