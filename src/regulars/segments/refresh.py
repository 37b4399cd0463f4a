"""How a membership follows its rule: whole, or for the people touched only; both end in the same people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import TypeVar

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, RegularsError
from regulars.core.event import Origin
from regulars.core.rule import Compiled, LakeBinding, Rule, compile_lake, fields
from regulars.core.rule.lake import Path
from regulars.infra import event_log
from regulars.profiles import api as profiles
from regulars.segments import costing, logic, store, store_lake
from regulars.segments.answering import Answering
from regulars.segments.contract import EVENT_PEOPLE, Segment
from regulars.segments.listening import EVERYTHING, Touched, to_test
from regulars.segments.narrowing import each_source
from regulars.segments.store_lake import Membership
from regulars.segments.store_leaves import Answer
from regulars.segments.testing import Tested, Testing

T = TypeVar("T")

TOUCHED_AT_MOST = 20_000
"""Above so many touched people a whole evaluation costs less."""

NAMED_AT_ONCE = 3_000
"""Numbers that fit into one statement's address line."""

FOLD_AFTER_DIFFS = 96
"""A membership made of more diffs than this is written as a whole again, to keep reading it cheap."""


def membership(ctx: Ctx, segment: Segment, version: int | None = None) -> Membership:
    """Return where a segment's people lie at a version; None = the current one."""
    upto = segment.version if version is None else version
    return Membership(segment.id, tuple(store.versions(ctx, segment.id, upto)) if upto else ())


def rules_by_id(ctx: Ctx) -> dict[int, Rule | None]:
    """Return the live segments' rules; None for static ones, whose people no rule decides any more."""
    return {s.id: s.rule if s.kind == "dynamic" else None for s in store.listed(ctx)}


# --- rules to SQL ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Asking:
    """Of whom a rule is asked. as_of: as known at the start of that day. sampled: of one person in 16."""

    as_of: date | None = None
    sampled: bool = False


def compiled(ctx: Ctx, rule: Rule, asking: Asking | None = None) -> Compiled:
    """Compile a rule over the brand's people. Raises BadInput when it asks about a segment that is not there."""
    asking = asking or Asking()
    rules = rules_by_id(ctx) if logic.built_on(rule) else {}
    if asking.as_of is not None:
        rule = logic.inlined(rule, rules)
    states = profiles.state_source(ctx, asking.as_of)
    return compile_lake(
        rule,
        each_source(_sampled) if asking.sampled else fields,
        today=asking.as_of or ctx.today,
        person_source=_sampled(states) if asking.sampled else states,
        bind=LakeBinding(
            brand_id=ctx.brand_id,
            as_of=asking.as_of,
            state_on=asking.as_of or state_day(ctx),
            versions={i: _whole_version(ctx, i, rules) for i in logic.built_on(rule)},
        ),
    )


def told(ctx: Ctx, rule: Rule, ask: Callable[[Answer], T], *, scoped: bool) -> T:
    """Return what `ask` finds in the answer to a rule for everybody as of now. scoped: within the actor's reach.

    Raises BadInput as `compiled` does.
    """
    return answering(ctx, rule).told(rule, ask, scoped=scoped)


def answering(ctx: Ctx, rule: Rule) -> Answering:
    """Return what can say of a rule which parts it takes, and answer it. Raises BadInput as `compiled` does."""
    rules = rules_by_id(ctx) if logic.built_on(rule) else {}
    bind = LakeBinding(brand_id=ctx.brand_id, state_on=state_day(ctx))
    return Answering(ctx, bind, {i: membership(ctx, _known(ctx, i, rules)) for i in logic.built_on(rule)})


def state_day(ctx: Ctx) -> date:
    """Return the business day from which the stored state counts back."""
    return profiles.state_on(ctx) or ctx.today


def day_of(ctx: Ctx) -> date:
    """Return the business day a membership evaluated now is of."""
    return min(state_day(ctx), ctx.today)


def _sampled(source: str) -> str:
    return store_lake.sampled(source, logic.SAMPLE_SHARE)


def _known(ctx: Ctx, segment_id: int, rules: Mapping[int, Rule | None]) -> Segment:
    segment = store.get(ctx, segment_id) if segment_id in rules else None
    if segment is None:
        raise BadInput(
            f"There is no segment {segment_id} to build on.",
            "It may have been deleted, or belong to another brand.",
            code="segment.unknown",
        )
    return segment


def _whole_version(ctx: Ctx, segment_id: int, rules: Mapping[int, Rule | None]) -> int:
    """Return the current version of a segment, after making sure that its bitmaps stand by themselves."""
    segment = _known(ctx, segment_id, rules)
    current = membership(ctx, segment)
    if len(current.versions) > 1:
        store_lake.fold(ctx, current, segment.version)
        store.make_whole(ctx, segment.version)
    return segment.version


# --- whole ----------------------------------------------------------------------------------------------
def refresh_whole(ctx: Ctx, segment: Segment, *, token: str = "", origin: Origin = "live") -> bool:
    """Evaluate a dynamic segment for everybody; tell whether its people changed.

    Each statement keeps within the limits of a count. A failure of the lake is kept with the segment, whose
    membership then stays what it was.
    """
    assert segment.rule is not None, "a dynamic segment has a rule"  # noqa: S101 - a constraint of the table
    try:
        with ctx.tx.transaction():
            return _evaluate_whole(costing.bounded(ctx), segment, segment.rule, token=token, origin=origin)
    except RegularsError as error:
        store.set_state(ctx, segment.id, "failed", f"{error.message} {error.hint}".strip()[:1000])
        return False


def _evaluate_whole(ctx: Ctx, segment: Segment, rule: Rule, *, token: str, origin: Origin) -> bool:
    day = day_of(ctx)

    def write(found: Answer) -> tuple[int, Path]:
        version = store.begin_run(ctx, segment.id, whole=True, as_of_on=day, token=token)
        store_lake.write_found(ctx, segment.id, version, found)
        return version, found.path

    version, path = told(ctx, rule, write, scoped=False)
    return settle(ctx, segment, version, day=day, origin=origin, path=path)


def settle(ctx: Ctx, segment: Segment, version: int, *, day: date, origin: Origin, path: str) -> bool:
    """Compare a whole version just written to the current one; make it current and tell the world, if they differ."""
    before = membership(ctx, segment)
    after = Membership(segment.id, (version,))
    joined, departed = store_lake.write_difference(ctx, before, after, version)
    people = store_lake.count(_unscoped(ctx), after)
    store.end_run(ctx, version, {"joined": joined, "departed": departed, "people": people, "path": path})
    store.raise_version(ctx, segment.id, version=version, people=people, as_of_on=day, at=ctx.clock.system_now())
    if not joined and not departed and segment.version:
        return False
    # The first membership of a segment is not news about anybody.
    _tell_of(ctx, segment.id, version, origin=origin if segment.version else "rebuild")
    return True


def freeze(ctx: Ctx, segment: Segment, uids: Iterable[int]) -> None:
    """Fill a static segment with a list of people. Raises BadInput for what cannot be a customer's number."""
    version = store.begin_run(ctx, segment.id, whole=True, as_of_on=ctx.today, token="")
    pages = (logic.checked_uids(part) for part in logic.pages(uids, 100_000))
    store_lake.write_uids(ctx, segment.id, version, pages)
    after = Membership(segment.id, (version,))
    people = store_lake.count(_unscoped(ctx), after)
    store.end_run(ctx, version, {"joined": people, "departed": 0, "people": people, "path": "list"})
    store.raise_version(ctx, segment.id, version=version, people=people, as_of_on=ctx.today, at=ctx.clock.system_now())
    _tell_of(ctx, segment.id, version, origin="rebuild")


def _unscoped(ctx: Ctx) -> Ctx:
    """Memberships are kept for everybody; a scope narrows what an actor reads of them."""
    return replace(ctx, scope=replace(ctx.scope, stores=None))


def _tell_of(ctx: Ctx, segment_id: int, version: int, *, origin: Origin) -> None:
    table = store_lake.changes(ctx, segment_id, version)
    rows = zip(table.column("uid").to_pylist(), table.column("direction").to_pylist(), strict=True)
    tell(ctx, segment_id, version, rows, origin=origin)


def tell(ctx: Ctx, segment_id: int, version: int, changes: Iterable[tuple[int, int]], *, origin: Origin) -> None:
    """Emit who came (+1) and left (-1), at most 4,000 people an event."""
    for number, part in enumerate(logic.pages(changes, EVENT_PEOPLE)):
        event_log.emit(
            ctx,
            "segment.changed",
            "segments",
            f"{segment_id}:{version}:{number}",
            {
                "segment_id": segment_id,
                "version": version,
                "joined": [uid for uid, direction in part if direction > 0],
                "left": [uid for uid, direction in part if direction < 0],
            },
            origin=origin,
        )


# --- touched people only --------------------------------------------------------------------------------
@dataclass(slots=True)
class Change:
    """Who came to a segment and who left."""

    segment: Segment
    joined: set[int]
    left: set[int]
    path: str


def refresh_touched(ctx: Ctx, touched: Touched, *, origin: Origin = "live") -> int:
    """Test these people again for every live dynamic segment that listens; return how many came or left.

    Raises BadInput for what cannot be a customer's number, Unavailable when the lake does not answer: the caller
    tries again.
    """
    logic.checked_uids(touched)
    if not touched:
        return 0
    # this lock before those of the segments, whichever brand comes first: so nobody waits in a ring
    with profiles.alone_aside(ctx):
        store.lock_all(ctx, [segment.id for segment in store.listed(ctx)])
        return _refresh_touched(ctx, touched, origin)


def _refresh_touched(ctx: Ctx, touched: Touched, origin: Origin) -> int:
    listed, day = store.listed(ctx), day_of(ctx)
    # Those of another day are evaluated whole, one by one and not in here, by the job that follows the day.
    of_today = (s for s in listed if s.as_of_on == day and s.version)
    segments = {s.id: s for s in of_today if s.kind == "dynamic" and s.rule is not None}
    if not segments:
        return 0
    rules = {i: s.rule for i, s in segments.items() if s.rule is not None}
    pending = to_test(rules, touched, ctx.today)
    testing = Testing(ctx, {i: rules[i] for i in pending}, LakeBinding(brand_id=ctx.brand_id, state_on=state_day(ctx)))
    ask = set[int]().union(*pending.values()) if len(touched) <= TOUCHED_AT_MOST else set[int]()
    tested = testing.ask(ask, _memberships(ctx, [s.id for s in listed if s.version]))
    moved, renewed = 0, set[int]()
    for level in logic.levels(rules):
        whole = [i for i in level if _needs_whole(segments[i], renewed, len(touched))]
        for segment_id in whole:
            if refresh_whole(ctx, segments[segment_id], origin=origin):
                renewed.add(segment_id)
            tested.inside[segment_id] = _inside(ctx, segment_id, ask)
        changes = [_moved(segments[i], testing, tested, pending) for i in level if i in pending and i not in whole]
        moved += write_changes(ctx, [c for c in changes if c.joined or c.left], day=day, origin=origin)
    store.looked_at(ctx, list(segments), at=ctx.clock.system_now())
    return moved


def _memberships(ctx: Ctx, ids: Sequence[int]) -> list[Membership]:
    return [Membership(segment_id, versions) for segment_id, versions in store.versions_of(ctx, ids).items()]


def _inside(ctx: Ctx, segment_id: int, uids: Iterable[int]) -> set[int]:
    (current,) = _memberships(ctx, [segment_id])
    return {u for part in logic.pages(uids, NAMED_AT_ONCE) for u in store_lake.among(ctx, current, part)}


def _needs_whole(segment: Segment, renewed: set[int], touched: int) -> bool:
    """Tell whether others than the people touched may have come or left: a new base, a failure before."""
    is_stale = segment.state == "failed" or bool(logic.built_on(segment.rule) & renewed)
    return is_stale or touched > TOUCHED_AT_MOST


def _moved(segment: Segment, testing: Testing, tested: Tested, pending: dict[int, set[int]]) -> Change:
    """Compare whom the rule holds for to who is in; those who moved count as touched for what is built on it."""
    asked = pending[segment.id]
    was_in, now_in = tested.inside[segment.id], testing.members(segment.id, tested)
    joined, left = (now_in - was_in) & asked, (was_in - now_in) & asked
    tested.inside[segment.id] = (was_in | joined) - left
    for other, theirs in pending.items():
        if segment.id in testing.built_on(other):
            theirs |= joined | left
    return Change(segment, joined, left, testing.path(segment.id))


def write_changes(ctx: Ctx, changes: Sequence[Change], *, day: date, origin: Origin, drift: int | None = None) -> int:
    """Make changes the current memberships and tell the world; return how many came or left.

    drift: of a single change that puts right what following had wrong.
    """
    if not changes:
        return 0
    counts = [
        {
            "segment_id": c.segment.id,
            "joined": len(c.joined),
            "departed": len(c.left),
            "people": c.segment.people + len(c.joined) - len(c.left),
            "path": c.path,
        }
        for c in changes
    ]
    versions = store.add_changes(ctx, counts, as_of_on=day, drift=drift)
    rows = [
        (change.segment.id, version, uid, direction)
        for change, version in zip(changes, versions, strict=True)
        for direction, people in ((1, change.joined), (-1, change.left))
        for uid in sorted(people)
    ]
    store_lake.write_changes(ctx, rows, token=f"touched:{versions[0]}")
    _fold_long(ctx, [change.segment.id for change in changes])
    for (segment_id, version), own in groupby(rows, key=lambda row: row[:2]):
        tell(ctx, segment_id, version, ((uid, direction) for _, _, uid, direction in own), origin=origin)
    return len(rows)


def _fold_long(ctx: Ctx, ids: Sequence[int]) -> None:
    for current in _memberships(ctx, ids):
        if len(current.versions) > FOLD_AFTER_DIFFS:
            store_lake.fold(ctx, current, current.versions[-1])
            store.make_whole(ctx, current.versions[-1])


# --- merges, un-merges, erasure -------------------------------------------------------------------------
def realign(ctx: Ctx, numbers: Sequence[int]) -> None:
    """Follow a merge or an un-merge once the lake knows of it. numbers: all suids and uids concerned.

    Static segments read their frozen list anew; then dynamic ones, which may be built on those, test them again.
    """
    with profiles.alone_aside(ctx):  # before any segment is locked, as in `refresh_touched`
        for segment in store.listed(ctx):
            if segment.kind == "static" and segment.version:
                _remap(ctx, segment, numbers)
        refresh_touched(ctx, dict.fromkeys(numbers, frozenset({EVERYTHING})))


def _remap(ctx: Ctx, segment: Segment, numbers: Sequence[int]) -> None:
    frozen = Membership(segment.id, (store.first_version(ctx, segment.id),))
    current = membership(ctx, segment)
    if not any(
        store_lake.among(ctx, where, part)
        for where in (frozen, current)
        for part in logic.pages(numbers, NAMED_AT_ONCE)
    ):
        return
    day = segment.as_of_on or ctx.today
    version = store.begin_run(ctx, segment.id, whole=True, as_of_on=day, token="")
    store_lake.write_mapped(ctx, frozen, version)
    settle(ctx, segment, version, day=day, origin="rebuild", path="alias")


def erase(ctx: Ctx, numbers: Sequence[int]) -> int:
    """Take people out of everything that was ever written about segments; return how many places they stood in."""
    stood = store_lake.erase(ctx, numbers)
    if stood:
        for segment in store.listed_everywhere(ctx):
            people = store_lake.count(_unscoped(ctx), membership(ctx, segment))
            store.recount(ctx, segment.id, people)
    return stood
