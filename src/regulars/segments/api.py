"""The segments room's door; look-alikes have their own, see `api_lookalike`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict
from regulars.core.event import Origin
from regulars.core.rule import Rule, check, condition_hash, fields
from regulars.core.rule.ast import Group, InSegment, Not
from regulars.core.text import Lang, Text
from regulars.infra import jobs
from regulars.infra.numbers import Numbers
from regulars.segments import costing, counting, drift, export, logic, store, store_lake, store_leaves
from regulars.segments import refresh as refreshing
from regulars.segments.contract import (
    EVENT_PEOPLE,
    Diff,
    Kind,
    Member,
    Preview,
    Segment,
    SegmentInUse,
    SegmentNotFound,
    SetOp,
    Wanted,
    Why,
)
from regulars.segments.costing import CountLimits, wire
from regulars.segments.explain import explain, in_words
from regulars.segments.listening import EVERYTHING, Touched
from regulars.segments.people import person_data
from regulars.segments.refresh import Asking

__all__ = [
    "REFRESH_JOB",
    "CountLimits",
    "add_static",
    "cancel_preview",
    "check_membership",
    "check_memberships",
    "check_name",
    "combine",
    "count",
    "create",
    "create_static",
    "delete",
    "diffs",
    "due",
    "dynamic",
    "evaluate",
    "find",
    "follow_day",
    "follow_states",
    "get",
    "health",
    "list_as_csv",
    "listed",
    "members",
    "members_page",
    "numbers",
    "of_person",
    "person_data",
    "preview",
    "refresh",
    "refresh_touched",
    "request_refresh",
    "restore",
    "rows_as_csv",
    "sentence_of",
    "to_check",
    "total",
    "update",
    "why",
    "wire",
]

REFRESH_JOB = "segments.refresh"
MAX_NAME = 100
RESTORE_WITHIN = timedelta(minutes=10)
"""A deletion can be taken back for so long."""


# --- looking --------------------------------------------------------------------------------------------
def get(ctx: Ctx, segment_id: int) -> Segment:
    """Return a segment of the brand, with the people that the scope reaches. Raises SegmentNotFound."""
    return _within_scope(ctx, _get(ctx, segment_id))


def find(ctx: Ctx, key: str) -> Segment | None:
    """Return the segment a room keeps up under a key ("at_risk"), or None."""
    found = store.keyed(ctx, key)
    return _within_scope(ctx, found) if found else None


def listed(
    ctx: Ctx, wanted: Wanted | None = None, *, after: int | None = None, limit: int | None = 50
) -> list[Segment]:
    """Return the brand's segments that are wanted, those of tags apart. after: id of the last one seen."""
    found = store.page(ctx, wanted or Wanted(), after=after, limit=limit)
    return [_within_scope(ctx, one) for one in found]


def total(ctx: Ctx, wanted: Wanted) -> int:
    """Return how many segments are wanted."""
    return store.total(ctx, wanted)


def sentence_of(ctx: Ctx, rule: Rule | None, made_from: Mapping[str, Any] | None = None) -> Text:
    """Return a rule in words; for a segment without rule, where its people came from."""
    if rule is not None:
        return in_words(ctx, rule)
    origin = (made_from or {}).get("from", "list")
    return _ORIGINS.get(origin, _ORIGINS["list"])


_ORIGINS = {
    "list": Text("一份固定名单", "A fixed list of customers"),
    "rule": Text("按条件固定下来的名单", "A list frozen from a condition"),
    "campaign": Text("一次活动的部分客户", "Some of a campaign's customers"),
    "lookalike": Text("与另一个人群最相似的客户", "The customers most like those of another segment"),
}


def _get(ctx: Ctx, segment_id: int, *, lock: bool = False) -> Segment:
    found = store.get(ctx, segment_id, lock=lock)
    if found is None:
        raise SegmentNotFound(
            f"There is no segment {segment_id}.", "It may have been deleted. Open the list of segments."
        )
    return found


def _within_scope(ctx: Ctx, segment: Segment) -> Segment:
    if ctx.scope.stores is None:
        return segment
    return replace(segment, people=store_lake.count(ctx, refreshing.membership(ctx, segment)))


# --- asking without keeping -----------------------------------------------------------------------------
def preview(ctx: Ctx, rule: Rule, *, as_of: date | None = None, exact: bool = False, key: str = "") -> Preview:
    """Count the people a rule finds, without keeping them.

    When the count is estimated to take longer than the bound, the answer is an estimate from 1/16 of all people; ask
    again with `exact`. as_of: as known at the start of that day, always exact. key: by which `cancel_preview` finds
    this count. Raises BadInput, Unavailable when too many heavy counts run, QuestionTooLarge, QuestionTooSlow,
    QuestionCancelled.
    """
    return counting.preview(ctx, rule, as_of=as_of, exact=exact, key=key)


def preview_each(ctx: Ctx, rules: Sequence[Rule], *, key: str = "") -> list[int | None]:
    """Count the people each of some rules finds alone; None for what would take longer than the bound.

    The parts of a rule that was counted just now are kept, so counting its branches after it reads next to nothing.
    key: by which `cancel_preview` finds these counts. Raises as `preview` does.
    """
    return counting.each(ctx, rules, key=key)


def cancel_preview(ctx: Ctx, key: str) -> bool:
    """End the actor's count of a key, in whichever process it runs; tell whether one ran."""
    return costing.cancel(ctx, key)


def evaluate(ctx: Ctx, rule: Rule, *, as_of: date | None = None) -> list[int]:
    """Return the uids a rule finds within the scope, ascending. as_of: as known at the start of that day."""
    check(rule, fields)
    if as_of is None:
        return refreshing.told(ctx, rule, lambda found: store_lake.named(ctx, found), scoped=True).to_pylist()
    found = store_lake.found(ctx, refreshing.compiled(ctx, rule, Asking(as_of=as_of)), scoped=True)
    return found.to_pylist()


def combine(ctx: Ctx, op: SetOp, ids: Sequence[int]) -> Rule:
    """Return the rule for the union, the intersection, or the first without the others, of segments.

    ids: at least two segments of the brand. Raises BadInput, SegmentNotFound.
    """
    if len(set(ids)) < 2:
        raise BadInput("Two different segments are needed to combine them.", "Choose one more.")
    leaves = tuple(InSegment(segment_id=_get(ctx, i).id) for i in dict.fromkeys(ids))
    if op == "subtract":
        return Group(op="and", rules=(leaves[0], *(Not(rule=leaf) for leaf in leaves[1:])))
    return Group(op="or" if op == "union" else "and", rules=leaves)


# --- changing -------------------------------------------------------------------------------------------
def create(
    ctx: Ctx, *, name: str, rule: Rule, kind: Kind = "dynamic", description: str = "", key: str | None = None
) -> Segment:
    """Make a segment from a rule and fill it at once; static: frozen as it is now.

    key: under which a room finds a segment it keeps up itself. Raises BadInput, Conflict for a taken name.
    """
    check(rule, fields)
    check_name(ctx, name)
    refreshing.compiled(ctx, rule)
    segment_id = store.add(
        ctx,
        {
            "key": key,
            "name": name.strip(),
            "kind": kind,
            "rule": rule,
            "made_from": {"from": "rule"} if kind == "static" else {},
            "description": description,
            "owner": ctx.actor.name,
        },
    )
    refreshing.refresh_whole(ctx, _get(ctx, segment_id, lock=True))
    return get(ctx, segment_id)


def create_static(
    ctx: Ctx, *, name: str, uids: Iterable[int], description: str = "", made_from: Mapping[str, Any] | None = None
) -> Segment:
    """Make a static segment from a list of people, of any length.

    made_from: {"from": "list"} (default), or where they came from, e.g. {"from": "campaign", "campaign_id": 3,
    "arm": "treated"}. Raises BadInput for what cannot be a customer's number, Conflict for a taken name.
    """
    made = add_static(ctx, name, description, made_from or {"from": "list"})
    refreshing.freeze(ctx, made, uids)
    return get(ctx, made.id)


def add_static(ctx: Ctx, name: str, description: str, made_from: Mapping[str, Any]) -> Segment:
    """Make a static segment that has nobody yet. Raises Conflict for a taken name."""
    check_name(ctx, name)
    segment_id = store.add(
        ctx,
        {
            "key": None,
            "name": name.strip(),
            "kind": "static",
            "rule": None,
            "made_from": dict(made_from),
            "description": description,
            "owner": ctx.actor.name,
        },
    )
    return _get(ctx, segment_id, lock=True)


def update(ctx: Ctx, segment_id: int, *, name: str, description: str, rule: Rule | None) -> Segment:
    """Change a segment's words, and of a dynamic one the rule; a new rule is evaluated at once.

    Raises SegmentNotFound, BadInput (also when the segment would be built on itself), Conflict.
    """
    segment = _get(ctx, segment_id, lock=True)
    check_name(ctx, name, segment_id)
    new_rule = segment.rule
    if segment.kind == "dynamic" and rule is not None:
        check(rule, fields)
        logic.refuse_cycle(segment_id, rule, refreshing.rules_by_id(ctx))
        refreshing.compiled(ctx, rule)
        new_rule = rule
    store.change(ctx, segment_id, {"name": name.strip(), "description": description, "rule": new_rule})
    if new_rule is not None and segment.kind == "dynamic" and not _same(new_rule, segment.rule):
        _refresh_with_dependents(ctx, _get(ctx, segment_id), token="", origin="live")
    return get(ctx, segment_id)


def _same(one: Rule, other: Rule | None) -> bool:
    return other is not None and condition_hash(one) == condition_hash(other)


def delete(ctx: Ctx, segment_id: int) -> Segment:
    """Delete a segment and return what it was. Raises SegmentNotFound, SegmentInUse naming those built on it."""
    segment = _get(ctx, segment_id, lock=True)
    above = [s.name for s in store.listed(ctx) if s.kind == "dynamic" and segment_id in logic.built_on(s.rule)]
    if above:
        raise SegmentInUse(
            f"{segment.name} cannot be deleted: {', '.join(above)} is built on it.",
            "Change or delete those first.",
        )
    store.remove(ctx, segment_id)
    return segment


def restore(ctx: Ctx, segment_id: int) -> Segment:
    """Take back a deletion of the last minutes; a dynamic segment is evaluated again, as it missed what happened.

    Raises SegmentNotFound when it was longer ago, Conflict when its name has been given to another.
    """
    segment = store.deleted(ctx, segment_id, ctx.clock.system_now() - RESTORE_WITHIN)
    if segment is None:
        raise SegmentNotFound(
            f"Segment {segment_id} was not deleted just now.", "What it was made of stands in the audit log."
        )
    check_name(ctx, segment.name, segment_id)
    store.bring_back(ctx, segment_id)
    return request_refresh(ctx, segment_id) if segment.kind == "dynamic" else get(ctx, segment_id)


def check_name(ctx: Ctx, name: str, segment_id: int | None = None) -> None:
    """Raise BadInput for what cannot be a segment's name, Conflict for one that another segment has."""
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise BadInput(f"A segment needs a name of 1 to {MAX_NAME} characters.", "Name it after the people in it.")
    if store.named(ctx, name.strip()) not in (None, segment_id):
        raise Conflict(
            f"There is already a segment named {name.strip()}.", "Choose another name.", code="segment.name_taken"
        )


# --- refreshing -----------------------------------------------------------------------------------------
def refresh(ctx: Ctx, segment_id: int, *, token: str = "", origin: Origin = "live") -> Segment:
    """Evaluate a dynamic segment for everybody, and those built on it; return it.

    token: the same one again does nothing. A failure is kept in the segment's `error`. Raises SegmentNotFound,
    Conflict for a static segment.
    """
    segment = _get(ctx, segment_id, lock=True)
    if segment.kind == "static":
        raise Conflict(f"{segment.name} is a fixed list; it does not change.", "Make a dynamic segment instead.")
    if not (token and store.has_run(ctx, segment_id, token)):
        _refresh_with_dependents(ctx, segment, token=token, origin=origin)
    return get(ctx, segment_id)


def _refresh_with_dependents(ctx: Ctx, segment: Segment, *, token: str, origin: Origin) -> None:
    if not refreshing.refresh_whole(ctx, segment, token=token, origin=origin):
        return
    above = logic.dependents(segment.id, refreshing.rules_by_id(ctx))
    store.lock_all(ctx, above)
    for other_id in above:
        refreshing.refresh_whole(ctx, _get(ctx, other_id), origin=origin)


def request_refresh(ctx: Ctx, segment_id: int) -> Segment:
    """Let a worker refresh the segment soon; it shows as refreshing until then."""
    _get(ctx, segment_id, lock=True)
    store.set_state(ctx, segment_id, "refreshing")
    jobs.enqueue(ctx, REFRESH_JOB, {"segment_id": segment_id}, key=str(segment_id))
    return get(ctx, segment_id)


def refresh_touched(ctx: Ctx, touched: Sequence[int] | Touched, *, origin: Origin = "live") -> int:
    """Test these people again for the brand's dynamic segments; return how many came or left in all.

    touched: uids, or what was touched of each: only segments whose rules listen to that are tested. Ends in the same
    memberships as refreshing each segment whole, when nothing else of anybody changed.
    """
    if not isinstance(touched, Mapping):
        touched = dict.fromkeys(touched, frozenset({EVERYTHING}))
    return refreshing.refresh_touched(ctx, touched, origin=origin)


def due(ctx: Ctx) -> list[int]:
    """Return the brand's dynamic segments last evaluated for another business day, each after those it is built on.

    A new day moves every window, and the scores among all customers with it, so they are evaluated whole, once the
    states count back from that day.
    """
    day = refreshing.day_of(ctx)
    return _in_order(s for s in store.listed(ctx) if s.kind == "dynamic" and s.as_of_on != day)


def dynamic(ctx: Ctx) -> list[int]:
    """Return the brand's dynamic segments, each after those it is built on."""
    return _in_order(s for s in store.listed(ctx) if s.kind == "dynamic")


def follow_day(ctx: Ctx, segment_id: int) -> bool:
    """Evaluate a segment whole if it is due, and those built on it that are not; tell whether it was due.

    Those built on it that are due themselves have their own turn. Raises SegmentNotFound.
    """
    rules = refreshing.rules_by_id(ctx)
    above = logic.dependents(segment_id, rules) if segment_id in rules else []
    store.lock_all(ctx, [segment_id, *above])
    segment, day = _get(ctx, segment_id), refreshing.day_of(ctx)
    if segment.as_of_on == day:
        return False
    if refreshing.refresh_whole(ctx, segment):
        for other in (_get(ctx, i) for i in above):
            if other.as_of_on == day:
                refreshing.refresh_whole(ctx, other)
    return True


def follow_states(ctx: Ctx, segment_id: int) -> None:
    """Evaluate a segment whole, as everybody's state was made anew. Raises SegmentNotFound.

    A new day is news about people, an import of history is not.
    """
    segment = _get(ctx, segment_id, lock=True)
    is_new_day = segment.as_of_on != refreshing.day_of(ctx)
    refreshing.refresh_whole(ctx, segment, origin="live" if is_new_day else "backfill")


def check_memberships(ctx: Ctx) -> list[int]:
    """Evaluate the brand's dynamic segments from the facts and put right who was in or out wrongly; return how many.

    In order of the segments, those built on others after these. All in one transaction: for the weekly check, which
    takes one after another, see `handlers`.
    """
    store_leaves.forget(ctx)
    return [check_membership(ctx, segment_id) for segment_id in to_check(ctx)]


def to_check(ctx: Ctx) -> list[int]:
    """Return the segments that a check is due for, each after those it is built on."""
    day = refreshing.day_of(ctx)
    sound = (s for s in store.listed(ctx) if s.kind == "dynamic" and s.version and s.state != "failed")
    return _in_order(s for s in sound if s.as_of_on == day)


def check_membership(ctx: Ctx, segment_id: int) -> int:
    """Check one segment, see `check_memberships`; what is kept of answers is used."""
    return drift.check(ctx, _get(ctx, segment_id, lock=True))


def health(ctx: Ctx) -> tuple[int, int]:
    """Return of all brands: how many people the last checks found in or out wrongly, how many segments have failed."""
    drifted, _, failed = store.drifts(ctx)
    return drifted, failed


def _in_order(segments: Iterable[Segment]) -> list[int]:
    return [i for level in logic.levels({s.id: s.rule for s in segments}) for i in level]


# --- reading people -------------------------------------------------------------------------------------
def count(ctx: Ctx, segment_id: int) -> int:
    """Return how many people within the scope are in."""
    return get(ctx, segment_id).people


def members(ctx: Ctx, segment_id: int, *, as_of: date | None = None) -> Iterator[list[int]]:
    """Yield the uids within the scope, ascending, at most 4,000 at a time.

    as_of: the people the rule would have found as known at the start of that day (a static segment: its list).
    Raises SegmentNotFound, QuestionTooLarge, QuestionTooSlow.
    """
    segment, ctx = _get(ctx, segment_id), costing.bounded(ctx)
    if as_of is not None and segment.kind == "dynamic" and segment.rule is not None:
        question = refreshing.compiled(ctx, segment.rule, Asking(as_of=as_of))
        uids = store_lake.found(ctx, question, scoped=True)
    else:
        uids = store_lake.uids(ctx, refreshing.membership(ctx, segment))
    for start in range(0, len(uids), EVENT_PEOPLE):
        yield uids.slice(start, EVENT_PEOPLE).to_pylist()


def numbers(ctx: Ctx, segment_id: int) -> Numbers:
    """Return the uids within the scope, ascending, all at once. Raises SegmentNotFound, QuestionTooLarge."""
    segment, ctx = _get(ctx, segment_id), costing.bounded(ctx)
    return store_lake.uids(ctx, refreshing.membership(ctx, segment)).to_numpy()


def members_page(ctx: Ctx, segment_id: int, *, after: int = 0, limit: int = 50) -> tuple[list[Member], int | None]:
    """Return the first members within the scope whose uid is above `after`, and the uid to go on after (None: end)."""
    segment = _get(ctx, segment_id)
    uids = store_lake.page(ctx, refreshing.membership(ctx, segment), after=after, limit=min(limit, EVENT_PEOPLE))
    return export.shown(ctx, uids), uids[-1] if len(uids) == limit else None


def rows_as_csv(ctx: Ctx, segment_id: int, mark: str, lang: Lang) -> Iterator[str]:
    """Yield the members within the scope as a CSV file, in parts; identifiers masked, cells safe in a spreadsheet.

    mark: of `core.sheet.watermark`. Needs segments.export; the caller audits. Raises Forbidden, SegmentNotFound.
    """
    ctx.require("segments.export")
    return export.rows_as_csv(costing.bounded(ctx), members(ctx, segment_id), mark, lang)


def list_as_csv(ctx: Ctx, segments: Sequence[Segment], mark: str, lang: Lang) -> Iterator[str]:
    """Yield segments as a CSV file. mark: of `core.sheet.watermark`. Needs segments.export; the caller audits."""
    ctx.require("segments.export")
    return export.list_as_csv(ctx, [(s, sentence_of(ctx, s.rule, s.made_from)) for s in segments], mark, lang)


def of_person(ctx: Ctx, uid: int) -> list[Segment]:
    """Return the brand's segments a person is in, by name."""
    return sorted(
        (s for s in store.listed(ctx, of_tags=False) if store_lake.among(ctx, refreshing.membership(ctx, s), [uid])),
        key=lambda s: s.name,
    )


def why(ctx: Ctx, segment_id: int, uid: int) -> Why:
    """Tell whether a person is in a segment, and what each of its conditions finds. Raises NotFound."""
    return explain(ctx, _get(ctx, segment_id), uid)


def diffs(ctx: Ctx, segment_id: int, *, before: int | None = None, limit: int = 50) -> list[Diff]:
    """Return what the refreshes of a segment changed, newest first. before: a version to go on below."""
    return store.diffs(ctx, _get(ctx, segment_id).id, before=before, limit=limit)
