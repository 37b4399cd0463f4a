"""The door to setting values by hand: on a person, on a segment as a long task, and taking that back."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.core.events.person import PersonTagged
from regulars.core.rule.ast import Group, InSegment
from regulars.infra import jobs
from regulars.profiles import api as profiles
from regulars.segments import api as segments
from regulars.tags import api, facts, store
from regulars.tags.contract import Setting, Tag, Value
from regulars.workspace import api as workspace
from regulars.workspace.api import Task
from regulars.workspace.contract import Operation

__all__ = [
    "COLLECT",
    "SET",
    "UNDO",
    "Given",
    "ask",
    "collect",
    "expire",
    "look",
    "set_on_people",
    "set_on_person",
    "settings",
    "undo",
]

SET, UNDO, COLLECT = "tag_set", "tag_undo", "tag_collect"
EXPIRE = "tags.expire"
AT_ONCE = 4_000
"""People whose facts are written in one transaction."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value to set, by its number; None = take it away. by: what sets it. days: taken back after so many."""

    no: int | None
    by: str
    days: int | None = None


def set_on_person(ctx: Ctx, tag_id: int, uid: int, no: int | None) -> None:
    """Set a manual tag's value on a person, None = take it away; it shows once the event was read. Audited.

    Raises TagNotFound, BadInput for a tag that is not set by hand, PersonNotFound.
    """
    tag, at = _now(ctx, tag_id)
    profiles.tags(ctx, uid)  # refuses somebody beyond reach
    fact = _fact(tag, no)
    facts.say(ctx, [facts.Said(uid, at, fact, f"{tag_id}:{uid}:{at.isoformat()}")])
    workspace.audit(ctx, "tag.set_on_person", "person", uid, after={"tag_id": tag_id, "label": fact.label})


def set_on_people(ctx: Ctx, tag_id: int, uids: Sequence[int], given: Given) -> None:
    """Set a manual tag's value on people without an operator, in the caller's transaction; the fact says by what.

    Raises TagNotFound, BadInput for a tag that is not set by hand or has no such value.
    """
    if not uids:
        return
    tag, at = _now(ctx, tag_id)
    fact = _fact(tag, given.no).model_copy(update={"by": given.by})
    facts.say(ctx, [facts.Said(uid, at, fact, f"{given.by}:{tag_id}:{at.isoformat()}:{uid}") for uid in uids])
    if given.days is not None:
        ends_at = ctx.clock.system_now() + timedelta(days=given.days)
        jobs.enqueue(ctx, EXPIRE, {"tag_id": tag_id, "at": at.isoformat(), "by": given.by}, run_at=ends_at)


def expire(ctx: Ctx, tag_id: int, of: datetime, by: str) -> int:
    """Take a setting back from those whose value nobody has changed since; return how many. A tag retired is left."""
    row = store.get(ctx, tag_id, lock=True)
    people = profiles.tagged_at(ctx, tag_id, of) if row else []
    if people:
        tag, at = _now(ctx, tag_id)
        fact = _fact(tag, None).model_copy(update={"by": by})
        facts.say(ctx, [facts.Said(uid, at, fact, f"expired:{tag_id}:{of.isoformat()}:{uid}") for uid in people])
    return len(people)


def _now(ctx: Ctx, tag_id: int) -> tuple[Tag, datetime]:
    row = store.get(ctx, tag_id, lock=True)
    tag = api.get(ctx, tag_id)
    if tag.origin != "manual" or row is None:
        raise BadInput(f"{tag.name} is not set by hand.", "Its values follow from where it comes from.")
    return tag, facts.instant(ctx, tag_id, row["last_set_at"])


def _value(tag: Tag, no: int) -> Value:
    found = next((value for value in tag.values if value.no == no), None)
    if found is None:
        raise BadInput(f"{tag.name} has no value {no}.", "Open the tag again.", code="tag.unknown_value")
    return found


def _fact(tag: Tag, no: int | None) -> PersonTagged:
    if no is None:
        return PersonTagged(tag=tag.id, value="", label=tag.name)
    return PersonTagged(tag=tag.id, value=str(no), label=f"{tag.name}：{_value(tag, no).label}")


def look(ctx: Ctx, tag_id: int, segment_id: int, no: int) -> Setting:
    """Return what setting a value on all of a segment would do. Raises as `ask`."""
    tag = api.get(ctx, tag_id)
    wanted = _value(tag, no)
    people = segments.get(ctx, segment_id).people
    inside = InSegment(segment_id=segment_id)

    def among(values: list[Value]) -> int:
        if not values:
            return 0
        having = Group(op="or", rules=tuple(InSegment(segment_id=v.segment_id) for v in values))
        return segments.preview(ctx, Group(op="and", rules=(inside, having)), exact=True).people

    return Setting(people, among([wanted]), among([v for v in tag.values if v.no != no]))


def ask(ctx: Ctx, tag_id: int, segment_id: int, no: int) -> Operation:
    """Let a worker set a value on everybody who is in a segment when it begins. Audited.

    Raises TagNotFound, SegmentNotFound, BadInput.
    """
    tag, at = _now(ctx, tag_id)
    segment, value = segments.get(ctx, segment_id), _value(tag, no)
    of = workspace.ask(
        ctx, SET, f"{tag.name}：{value.label} → {segment.name}", total=segment.people,
        payload={
            "tag_id": tag_id, "segment_id": segment_id, "segment": segment.name, "no": no, "at": at.isoformat(),
        },
    )  # fmt: skip
    after = {"value": value.label, "segment": segment.name, "people": segment.people}
    workspace.audit(ctx, "tag.set_on_segment", "tag", tag_id, after=after)
    return of


def settings(ctx: Ctx, tag_id: int) -> list[tuple[Operation, bool]]:
    """Return the newest settings of a tag on segments, and whether each was taken back. Raises TagNotFound."""
    tag = api.get(ctx, tag_id)
    tasks = [o for o in workspace.operations(ctx, 500) if o.payload.get("tag_id") == tag.id]
    undone = {o.payload["of"] for o in tasks if o.kind == UNDO and o.state in ("running", "done")}
    return [(o, o.id in undone) for o in tasks if o.kind == SET]


def undo(ctx: Ctx, tag_id: int, operation_id: int) -> Operation:
    """Let a worker take a setting back from those whose value nobody has changed since. Audited.

    What they had before is not given back. Raises TagNotFound, NotFound, Conflict while it still runs or is undone.
    """
    found = next(((o, gone) for o, gone in settings(ctx, tag_id) if o.id == operation_id), None)
    if found is None:
        raise NotFound(f"There is no setting {operation_id} of this tag.", "Look at the list again.")
    of, undone = found
    if of.state == "running" or undone:
        raise Conflict(
            "This setting still runs, or is taken back already.", "Cancel it, or look at the list again.",
            code="tag.not_undoable",
        )  # fmt: skip
    _, at = _now(ctx, tag_id)
    workspace.audit(ctx, "tag.setting_undone", "tag", tag_id, after={"operation_id": operation_id})
    payload = {"tag_id": tag_id, "of": operation_id, "of_at": of.payload["at"], "at": at.isoformat()}
    return workspace.ask(ctx, UNDO, f"{of.title} ↩", total=of.done, payload=payload)


def collect(ctx: Ctx, tag_id: int) -> Operation:
    """Let a worker make the facts of an imported tag of what identify events have told before. Audited."""
    tag = api.get(ctx, tag_id)
    if tag.origin != "imported":
        raise BadInput(f"{tag.name} is not imported.", "Its values follow from where it comes from.")
    workspace.audit(ctx, "tag.collected", "tag", tag_id)
    payload = {"tag_id": tag_id, "attribute": tag.definition["attribute"]}
    return workspace.ask(ctx, COLLECT, tag.name, payload=payload, key=f"tag-{tag_id}")


# --- done by a worker -----------------------------------------------------------------------------------
def set_all(task: Task) -> None:
    """Set a value on all members; again from the start says the same facts again, which changes nothing."""
    asked = task.payload
    with task.ctx() as ctx:
        fact = _fact(api.get(ctx, asked["tag_id"]), asked["no"])
        people = array("I", (uid for page in segments.members(ctx, asked["segment_id"]) for uid in page))
    _say_to(task, people, fact)


def take_back(task: Task) -> None:
    """Take a setting back from those who have its value since."""
    asked = task.payload
    with task.ctx() as ctx:
        fact = _fact(api.get(ctx, asked["tag_id"]), None)
        people = array("I", profiles.tagged_at(ctx, asked["tag_id"], datetime.fromisoformat(asked["of_at"])))
    _say_to(task, people, fact)


def _say_to(task: Task, people: array[int], fact: PersonTagged) -> None:
    at = datetime.fromisoformat(task.payload["at"])
    for start in range(0, len(people), AT_ONCE):
        task.step(start, len(people))
        with task.ctx() as ctx:
            own = people[start : start + AT_ONCE]
            facts.say(ctx, [facts.Said(uid, at, fact, f"operation-{task.id}:{uid}") for uid in own])
    _end(task, {"people": len(people)})


def gather(task: Task) -> None:
    """Make facts of what identify events told; one that is known already changes nothing."""
    tag_id = task.payload["tag_id"]
    with task.ctx() as ctx:
        known = store.known_attribute(ctx, task.payload["attribute"])
        name = api.get(ctx, tag_id).name
    for start in range(0, len(known), AT_ONCE):
        task.step(start, len(known))
        with task.ctx() as ctx:
            facts.say(ctx, [_gathered(tag_id, name, row) for row in known[start : start + AT_ONCE]])
    _end(task, {"people": len(known)})


def _gathered(tag_id: int, name: str, row: Mapping[str, Any]) -> facts.Said:
    value = facts.value_of(row["value"])
    fact = PersonTagged(tag=tag_id, value=value, label=f"{name}：{value}")
    return facts.Said(row["suid"], row["at"].replace(tzinfo=UTC), fact, f"collect-{tag_id}:{row['suid']}", "backfill")


def _end(task: Task, result: dict[str, Any]) -> None:
    with task.ctx() as ctx:
        workspace.progress(ctx, task.id, result["people"], result["people"])
        workspace.finish(ctx, task.id, result)
