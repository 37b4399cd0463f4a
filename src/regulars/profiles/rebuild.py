"""How derived things follow the facts: refund matches, then orders, then states; whole, or of the people touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from regulars.core.clock import business_day
from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.identity import api as identity
from regulars.profiles.logic import match_refunds
from regulars.profiles.store import derived, live, state
from regulars.profiles.store.lines import next_version
from regulars.profiles.store.live import Cuts
from regulars.profiles.store.scope import FIRST_ANONYMOUS, People
from regulars.workspace import api as workspace

Progress = Callable[[int, int], None]
"""Told (done, total) of the steps."""

SUIDS_AT_ONCE = 3_000
"""Numbers that fit into one statement's address line."""

PEOPLE_AT_ONCE = 500_000
"""How many people a whole run takes at once: bounds memory."""


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
    brands = _brands(ctx)
    cuts = {b: live.cuts_in_force(ctx, b) or _new_cuts(ctx, brands, b) for b in brands.states}
    for part, people in _parts(ctx, sorted(set(uids))):
        version = next_version(ctx)
        found: list[pa.Table] = []
        if people is not None:
            for brand_id in brands.facts:
                _derive(ctx, brand_id, people, version)
            found = [_states(ctx, brands, people, cuts[b], b) for b in brands.states]
            live.write_states(ctx, pa.concat_tables(found), version)
        still = {key for table in found for key in live.keys(table)}
        live.drop_states(ctx, [(b, u) for b in brands.states for u in part if (b, u) not in still], version)


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


def rebuild_all(ctx: Ctx, progress: Progress | None = None, *, facts: bool = True, recut: bool = True) -> None:
    """Make anew what is derived of everybody.

    facts: also refund matches and orders, not only states. recut: take the day's cut points anew; False keeps
    those in force and their day, so that the answer must equal what the incremental runs arrived at.
    """
    brands = _brands(ctx)
    version = next_version(ctx)
    ranges = _ranges(*live.highest_suids(ctx))
    total, done = len(ranges) * (len(brands.states) + (len(brands.facts) if facts else 0)), 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    for brand_id in brands.facts if facts else []:
        for people in ranges:
            _derive(ctx, brand_id, people, version)
            derived.drop_stale(ctx, brand_id, people, version)
            step()
    for brand_id in brands.states:
        in_force = None if recut else live.cuts_in_force(ctx, brand_id)
        cuts = in_force or _new_cuts(ctx, brands, brand_id)
        for people in ranges:
            live.write_states(ctx, _states(ctx, brands, people, cuts, brand_id), version)
            step()
        live.drop_stale(ctx, brand_id, version)


def _ranges(known: int, anonymous: int) -> list[People]:
    if known + max(anonymous - FIRST_ANONYMOUS, 0) < PEOPLE_AT_ONCE:
        return [People.between(1, 2**32)]
    low = range(1, known + 1, PEOPLE_AT_ONCE)
    high = range(FIRST_ANONYMOUS, anonymous + 1, PEOPLE_AT_ONCE)
    return [People.between(start, start + PEOPLE_AT_ONCE) for start in (*low, *high)]


def roll_day(ctx: Ctx) -> list[int]:
    """Bring states whose day is over to the business day of now; return the brands for which that was due."""
    due = [b for b in _brands(ctx).states if _in_force_on(ctx, b) not in {None, today(ctx, b)}]
    if due:
        rebuild_all(ctx.for_brand(GROUP_BRAND_ID), facts=False)
    return due


def _in_force_on(ctx: Ctx, brand_id: int) -> date | None:
    cuts = live.cuts_in_force(ctx, brand_id)
    return cuts.as_of_on if cuts else None


def today(ctx: Ctx, brand_id: int) -> date:
    """Return the business day of now in the brand's zone; the group lives in that of its first brand."""
    return business_day(ctx.now, workspace.brand(ctx.tx, brand_id).zone)


def past_source(ctx: Ctx, as_of: date) -> str:
    """Return a SELECT of the brand's states as they were known at the start of a business day."""
    brands = _brands(ctx)
    known = state.parameters(ctx.brand_id, brands.of(ctx.brand_id), as_of, known_before=as_of)
    cuts = live.take_cuts(ctx, known)
    return state.rendered({**known, **cuts.parameters()})


def _derive(ctx: Ctx, brand_id: int, people: People, version: int) -> None:
    matches = [m for lines in derived.refunded_lines(ctx, brand_id, people) for m in match_refunds(lines)]
    derived.write_matches(ctx, brand_id, matches, version)
    derived.write_orders(ctx, brand_id, people, version)


def _new_cuts(ctx: Ctx, brands: _Brands, brand_id: int) -> Cuts:
    cuts = live.take_cuts(ctx, state.parameters(brand_id, brands.of(brand_id), today(ctx, brand_id)))
    live.save_cuts(ctx, brand_id, cuts, next_version(ctx))
    return cuts


def _states(ctx: Ctx, brands: _Brands, people: People, cuts: Cuts, brand_id: int) -> pa.Table:
    known = state.parameters(brand_id, brands.of(brand_id), cuts.as_of_on)
    return ctx.lake.arrow(state.state_sql(people), {**known, **cuts.parameters(), **people.parameters})
