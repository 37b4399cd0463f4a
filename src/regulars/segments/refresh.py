"""How a membership follows its rule: whole, or for the people touched only; both end in the same people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, RegularsError
from regulars.core.event import Origin
from regulars.core.rule import Compiled, FieldCatalog, LakeBinding, Rule, compile_lake, fields
from regulars.identity import api as identity
from regulars.infra import event_log
from regulars.profiles import api as profiles
from regulars.segments import logic, store, store_lake
from regulars.segments.answering import Answering, ToTake
from regulars.segments.contract import EVENT_PEOPLE, Segment
from regulars.segments.narrowing import each_source
from regulars.segments.store_lake import Membership
from regulars.segments.store_leaves import Answer

TOUCHED_AT_MOST = 20_000
"""Above so many touched people a whole evaluation costs less."""

TESTED_AT_ONCE, SUIDS_AT_ONCE = 1_500, 2_000
"""Numbers that fit, together, into one statement's address line."""

FOLD_AFTER_DIFFS = 32
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
    """Of whom a rule is asked.

    as_of: as known at the start of that day. touched: of these people only; suids: theirs, None when too many to
    name. sampled: of one person in 16.
    """

    as_of: date | None = None
    touched: Sequence[int] | None = None
    suids: Sequence[int] | None = None
    sampled: bool = False


def compiled(ctx: Ctx, rule: Rule, asking: Asking | None = None) -> Compiled:
    """Compile a rule over the brand's people. Raises BadInput when it asks about a segment that is not there."""
    asking = asking or Asking()
    rules = rules_by_id(ctx) if logic.built_on(rule) else {}
    if asking.as_of is not None:
        rule = logic.inlined(rule, rules)
    answer = compile_lake(
        rule,
        _catalog(asking),
        today=asking.as_of or ctx.today,
        person_source=_of_whom(profiles.state_source(ctx, asking.as_of), asking),
        bind=LakeBinding(
            brand_id=ctx.brand_id,
            as_of=asking.as_of,
            state_on=asking.as_of or state_day(ctx),
            versions={i: _whole_version(ctx, i, rules) for i in logic.built_on(rule)},
        ),
    )
    if asking.touched is None:
        return answer
    numbers = {"touched": list(asking.touched), "touched_suids": list(asking.suids or ())}
    return replace(answer, parameters=answer.parameters | numbers)


def answered(ctx: Ctx, rule: Rule, *, scoped: bool) -> Answer:
    """Answer a rule for everybody as of now. scoped: within the actor's reach. Raises BadInput as `compiled` does."""
    return _answering(ctx, rule).answer(rule, scoped=scoped)


def to_take(ctx: Ctx, rule: Rule) -> list[ToTake]:
    """Return the parts that `answered` within the scope puts together. Raises BadInput as `compiled` does."""
    return _answering(ctx, rule).to_take(rule)


def _answering(ctx: Ctx, rule: Rule) -> Answering:
    rules = rules_by_id(ctx) if logic.built_on(rule) else {}
    bind = LakeBinding(brand_id=ctx.brand_id, state_on=state_day(ctx))
    return Answering(ctx, bind, {i: membership(ctx, _known(ctx, i, rules)) for i in logic.built_on(rule)})


def of_touched(ctx: Ctx, touched: Sequence[int]) -> Asking:
    """Return the question about these people, at most TESTED_AT_ONCE of them."""
    suids = sorted({*touched, *(s for theirs in identity.suids_of(ctx, touched).values() for s in theirs)})
    return Asking(touched=touched, suids=suids if len(suids) <= SUIDS_AT_ONCE else None)


def state_day(ctx: Ctx) -> date:
    """Return the business day from which the stored state counts back."""
    return profiles.state_on(ctx) or ctx.today


def day_of(ctx: Ctx) -> date:
    """Return the business day a membership evaluated now is of."""
    return min(state_day(ctx), ctx.today)


def _catalog(asking: Asking) -> FieldCatalog:
    """Return the catalogue, its relations reading no more rows than the people asked about have."""
    if asking.touched is None and not asking.sampled:
        return fields
    return each_source(lambda source: _of_whom(source, asking))


def _of_whom(source: str, asking: Asking) -> str:
    if asking.touched is not None:
        return store_lake.narrowed(source, by_suid=asking.suids is not None)
    return store_lake.sampled(source, logic.SAMPLE_SHARE) if asking.sampled else source


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

    A failure of the lake is kept with the segment, whose membership then stays what it was.
    """
    assert segment.rule is not None, "a dynamic segment has a rule"  # noqa: S101 - a constraint of the table
    try:
        with ctx.tx.transaction():
            return _evaluate_whole(ctx, segment, segment.rule, token=token, origin=origin)
    except RegularsError as error:
        store.set_state(ctx, segment.id, "failed", f"{error.message} {error.hint}".strip()[:1000])
        return False


def _evaluate_whole(ctx: Ctx, segment: Segment, rule: Rule, *, token: str, origin: Origin) -> bool:
    found = answered(ctx, rule, scoped=False)
    day = day_of(ctx)
    version = store.begin_run(ctx, segment.id, whole=True, as_of_on=day, token=token)
    store_lake.write_found(ctx, segment.id, version, found)
    return settle(ctx, segment, version, day=day, origin=origin, path=found.path)


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
class _Change:
    segment: Segment
    joined: set[int] = field(default_factory=set[int])
    left: set[int] = field(default_factory=set[int])
    path: str = ""


def refresh_touched(ctx: Ctx, uids: Sequence[int], *, origin: Origin = "live") -> int:
    """Test these people again for every live dynamic segment of the brand; return how many came or left.

    Raises Unavailable when the lake does not answer: the caller tries again.
    """
    touched = sorted(logic.checked_uids(uids))
    store.lock_all(ctx, [segment.id for segment in store.listed(ctx)])
    segments = {s.id: s for s in store.listed(ctx) if s.kind == "dynamic" and s.version}
    if not touched or not segments:
        return 0
    day, moved, renewed = day_of(ctx), 0, set[int]()
    for level in logic.levels({s.id: s.rule for s in segments.values()}):
        whole = [i for i in level if _needs_whole(segments[i], day, renewed, len(touched))]
        renewed |= {i for i in whole if refresh_whole(ctx, segments[i], origin=origin)}
        changes = [_tested(ctx, segments[i], touched) for i in level if i not in whole]
        moved += _write_changes(ctx, [c for c in changes if c.joined or c.left], day=day, origin=origin)
    store.looked_at(ctx, list(segments), at=ctx.clock.system_now())
    return moved


def _needs_whole(segment: Segment, day: date, renewed: set[int], touched: int) -> bool:
    """Tell whether others than the people touched may have come or left: a new day, a new base, a failure before."""
    stale = segment.as_of_on != day or segment.state == "failed" or bool(logic.built_on(segment.rule) & renewed)
    return stale or touched > TOUCHED_AT_MOST


def _tested(ctx: Ctx, segment: Segment, touched: Sequence[int]) -> _Change:
    assert segment.rule is not None, "a dynamic segment has a rule"  # noqa: S101 - a constraint of the table
    change, current = _Change(segment), membership(ctx, segment)
    for part in logic.pages(touched, TESTED_AT_ONCE):
        question = compiled(ctx, segment.rule, of_touched(ctx, part))
        now_in = set(store_lake.found(ctx, question, scoped=False).to_pylist())
        was_in = store_lake.among(ctx, current, part)
        change.joined |= now_in - was_in
        change.left |= was_in - now_in
        change.path = question.path
    return change


def _write_changes(ctx: Ctx, changes: Sequence[_Change], *, day: date, origin: Origin) -> int:
    rows: list[tuple[int, int, int, int]] = []
    versions: list[int] = []
    for change in changes:
        version = store.begin_run(ctx, change.segment.id, whole=False, as_of_on=day, token="")
        versions.append(version)
        rows += [(change.segment.id, version, uid, 1) for uid in sorted(change.joined)]
        rows += [(change.segment.id, version, uid, -1) for uid in sorted(change.left)]
    store_lake.write_changes(ctx, rows, token=f"touched:{versions[0] if versions else 0}")
    for change, version in zip(changes, versions, strict=True):
        _settle_change(ctx, change, version, day=day, origin=origin)
    return len(rows)


def _settle_change(ctx: Ctx, change: _Change, version: int, *, day: date, origin: Origin) -> None:
    segment, joined, left = change.segment, sorted(change.joined), sorted(change.left)
    people = segment.people + len(joined) - len(left)
    store.end_run(ctx, version, {"joined": len(joined), "departed": len(left), "people": people, "path": change.path})
    store.raise_version(ctx, segment.id, version=version, people=people, as_of_on=day, at=ctx.clock.system_now())
    if len(store.versions(ctx, segment.id, version)) > FOLD_AFTER_DIFFS:
        store_lake.fold(ctx, membership(ctx, segment, version), version)
        store.make_whole(ctx, version)
    tell(ctx, segment.id, version, [*((u, 1) for u in joined), *((u, -1) for u in left)], origin=origin)


# --- merges, un-merges, erasure -------------------------------------------------------------------------
def realign(ctx: Ctx, numbers: Sequence[int]) -> None:
    """Follow a merge or an un-merge once the lake knows of it. numbers: all suids and uids concerned.

    Static segments read their frozen list anew; then dynamic ones, which may be built on those, test them again.
    """
    for segment in store.listed(ctx):
        if segment.kind == "static" and segment.version:
            _remap(ctx, segment, numbers)
    refresh_touched(ctx, numbers)


def _remap(ctx: Ctx, segment: Segment, numbers: Sequence[int]) -> None:
    frozen = Membership(segment.id, (store.first_version(ctx, segment.id),))
    current = membership(ctx, segment)
    if not any(
        store_lake.among(ctx, where, part)
        for where in (frozen, current)
        for part in logic.pages(numbers, TESTED_AT_ONCE)
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
