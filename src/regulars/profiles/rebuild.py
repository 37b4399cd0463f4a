"""How derived things follow the facts: refund matches, then orders, then states; whole, or of the people touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from regulars.core.clock import business_day
from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.identity import api as identity
from regulars.profiles.logic import match_refunds
from regulars.profiles.store import base, derived, facts, live, state, touched
from regulars.profiles.store.cuts import Cuts, cuts_in_force, save_cuts, take_cuts
from regulars.profiles.store.lines import next_version
from regulars.profiles.store.scope import FIRST_ANONYMOUS, SUIDS_AT_ONCE, People
from regulars.workspace import api as workspace

Progress = Callable[[int, int], None]
"""Told (done, total) of the steps."""

PEOPLE_AT_ONCE = 2_000_000
"""How many people a whole run takes at once: bounds memory. Those who were once anonymous have rows everywhere, so
each part reads more than its share."""

FOLD_ABOVE = 200_000
"""Changed people beyond which reading around them costs more than folding them into the base."""


@dataclass(frozen=True, slots=True)
class _Brands:
    """facts: brands whose orders are made anew. states: those and the group."""

    facts: list[int]
    states: list[int]
    known: list[int]

    def of(self, brand_id: int) -> list[int]:
        """Return the brands whose facts a state is made of."""
        return self.known if brand_id == GROUP_BRAND_ID else [brand_id]


def _brands(ctx: Ctx) -> _Brands:
    known = [brand.id for brand in workspace.brands(ctx.tx)]
    facts = known if ctx.brand_id == GROUP_BRAND_ID else [ctx.brand_id]
    return _Brands(facts, [*facts, GROUP_BRAND_ID], known)


def rebuild_touched(ctx: Ctx, uids: Sequence[int]) -> None:
    """Make anew what is derived of these people; of numbers that are nobody any more, delete it."""
    brands = _with_cuts(ctx)
    for part, people in _parts(ctx, sorted(set(uids))):
        version = next_version(ctx)
        found: list[pa.Table] = []
        if people is not None:
            for brand_id in brands.facts:
                _derive(ctx, brand_id, people, version)
            found = [_facts(ctx, brands, people, b) for b in brands.states]
            live.write_changes(ctx, pa.concat_tables(found), version)
        still = {key for table in found for key in live.keys(table)}
        live.drop_states(ctx, [(b, u) for b in brands.states for u in part if (b, u) not in still], version)
    touched.note(ctx, ctx.brand_id, {"order": uids, "line": uids})


def note_seen(ctx: Ctx, days: Mapping[int, date]) -> None:
    """Say when people of the brand were last seen, of whom nothing else is new. days: by uid.

    Somebody without a state gets one: were more known of the person, a state would stand.
    """
    if not days:
        return
    brands = _with_cuts(ctx)
    version = next_version(ctx)
    live.write_changes(ctx, live.seen(ctx, brands.states, days), version)


def forget(ctx: Ctx, numbers: Sequence[int]) -> int:
    """Erase all facts of these suids and all that was derived of them; return how many rows of PostgreSQL went.

    That they are nobody any more is itself a change of state, so that answers kept elsewhere lose them too.
    """
    gone = facts.erase(ctx, numbers)
    everywhere = [
        (brand_id, number) for brand_id in _brands(ctx.for_brand(GROUP_BRAND_ID)).states for number in numbers
    ]
    live.drop_states(ctx, everywhere, next_version(ctx))
    return gone


def _parts(ctx: Ctx, uids: Sequence[int]) -> Iterator[tuple[list[int], People | None]]:
    """Yield people in parts that fit into one statement."""
    owned = identity.suids_of(ctx, uids)
    part: list[int] = []
    suids: list[int] = []
    for uid in uids:
        more = owned.get(uid, [])
        if len(more) > SUIDS_AT_ONCE:
            yield [uid], People.between(uid, uid + 1)
            continue
        if len(suids) + len(more) > SUIDS_AT_ONCE or len(part) >= SUIDS_AT_ONCE:
            yield part, People.owning(suids) if suids else None
            part, suids = [], []
        part.append(uid)
        suids += more
    if part:
        yield part, People.owning(suids) if suids else None


def rebuild_all(ctx: Ctx, progress: Progress | None = None, *, recut: bool = True) -> None:
    """Make anew what is derived of everybody: refund matches, orders, states.

    recut: take the day's cut points anew; False keeps those in force and their day, so that the answer must equal
    what the incremental runs arrived at.
    """
    brands = _brands(ctx)
    base.hold(ctx)
    version = next_version(ctx)
    ranges = _ranges(*live.highest_suids(ctx))
    total, done = len(ranges) * (2 * len(brands.states) + len(brands.facts)), 0

    def step() -> None:
        nonlocal done
        done += 1
        base.stay(ctx)
        if progress:
            progress(done, total)

    derived.settle_facts(ctx)
    for brand_id in brands.facts:
        for low, high in ranges:
            people = People.between(low, high)
            derived.write_evident_matches(ctx, brand_id, people, version)
            _derive(ctx, brand_id, people, version, doubtful=True)
            derived.drop_stale(ctx, brand_id, people, version)
            step()
    derived.settle(ctx)
    base.clear_next(ctx)
    for brand_id in brands.states:
        cuts = (None if recut else cuts_in_force(ctx, brand_id)) or _new_cuts(ctx, brands, brand_id)
        known = state.parameters(brand_id, brands.of(brand_id))
        for low, high in ranges:
            base.add_next(ctx, brand_id, People.between(low, high), known, cuts)
            step()
        base.put_in_force(ctx, brand_id, cuts, version)
        for low, high in ranges:
            live.follow_base(ctx, brand_id, low, high, version)
            step()


def _ranges(known: int, anonymous: int) -> list[tuple[int, int]]:
    if known + max(anonymous - FIRST_ANONYMOUS, 0) < PEOPLE_AT_ONCE:
        return [(1, 2**32)]
    starts = [*range(1, known + 1, PEOPLE_AT_ONCE), *range(FIRST_ANONYMOUS, anonymous + 1, PEOPLE_AT_ONCE)]
    return [(start, start + PEOPLE_AT_ONCE) for start in starts]


def roll_day(ctx: Ctx) -> list[int]:
    """Bring states whose day is over to the business day of now; return the brands for which that was due.

    Due as well where the scores were cut before there was anybody to cut them over: the first orders have come since.
    """
    brands = _brands(ctx)
    due = {b: new for b in brands.states if (new := _due(ctx, brands, b))}
    if due:
        base.hold(ctx)
    for brand_id, cuts in due.items():
        base.fold(ctx, brand_id, cuts)
    return list(due)


def _due(ctx: Ctx, brands: _Brands, brand_id: int) -> Cuts | None:
    before = cuts_in_force(ctx, brand_id)
    if before is None or (before.people and before.as_of_on == today(ctx, brand_id)):
        return None
    new = _new_cuts(ctx, brands, brand_id)
    return new if new.people or new.as_of_on != before.as_of_on else None


def fold_changes(ctx: Ctx) -> list[int]:
    """Write the changes into the base where they are many by now; return the brands for which that was done."""
    brands = _brands(ctx)
    many = [b for b, n in sorted(base.changed(ctx, brands.states).items()) if n > FOLD_ABOVE]
    if many:
        base.hold(ctx)
    for brand_id in many:
        cuts = cuts_in_force(ctx, brand_id)
        if cuts is not None:
            base.fold(ctx, brand_id, cuts)
    return many


def today(ctx: Ctx, brand_id: int) -> date:
    """Return the business day of now in the brand's zone; the group lives in that of its first brand."""
    return business_day(ctx.now, workspace.brand(ctx.tx, brand_id).zone)


def past_source(ctx: Ctx, as_of: date) -> str:
    """Return a SELECT of the brand's states as they were known at the start of a business day."""
    known = state.parameters(ctx.brand_id, _brands(ctx).of(ctx.brand_id), as_of)
    return state.past(known, take_cuts(ctx, known, as_of).parameters())


def _derive(ctx: Ctx, brand_id: int, people: People, version: int, *, doubtful: bool = False) -> None:
    found = derived.refunded_lines(ctx, brand_id, people, doubtful=doubtful)
    matches = [m for lines in found for m in match_refunds(lines)]
    derived.write_matches(ctx, brand_id, matches, version)
    derived.write_orders(ctx, brand_id, people, version)


def _new_cuts(ctx: Ctx, brands: _Brands, brand_id: int) -> Cuts:
    return take_cuts(ctx, state.parameters(brand_id, brands.of(brand_id)), today(ctx, brand_id))


def _with_cuts(ctx: Ctx) -> _Brands:
    """Return the brands, each of them with cut points in force."""
    brands = _brands(ctx)
    for brand_id in brands.states:
        if cuts_in_force(ctx, brand_id) is None:
            save_cuts(ctx, brand_id, _new_cuts(ctx, brands, brand_id), next_version(ctx))
    return brands


def _facts(ctx: Ctx, brands: _Brands, people: People, brand_id: int) -> pa.Table:
    known = state.parameters(brand_id, brands.of(brand_id))
    return ctx.lake.arrow(state.facts_sql(people), {**known, **people.parameters})
