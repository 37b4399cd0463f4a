"""Whole memberships are let go of by and by; who was in at which version is told all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random  # noqa: TID251 - seeded, for shops made up here

import pytest
from tests.depth import depth
from tests.segments.rows import Order, write_orders, write_states
from tests.segments.test_membership import TODAY, alias, bought, buy, day, make, people

from regulars.core.clock import ManualClock
from regulars.core.ctx import Ctx
from regulars.core.rule import parse
from regulars.infra.db import Database
from regulars.segments import api, handlers, refresh, store_lake

MakeCtx = Callable[..., Ctx]
DAYS = 5


def versions(ctx: Ctx, segment_id: int) -> list[int]:
    rows = ctx.tx.execute("select version from segment_run where segment_id = %(id)s", {"id": segment_id}).fetchall()
    return sorted(row["version"] for row in rows)


def told(ctx: Ctx, segment_id: int) -> dict[int, list[int]]:
    """Return who was in at each version."""
    segment = api.get(ctx, segment_id)
    return {
        version: store_lake.uids(ctx, refresh.membership(ctx, segment, version)).to_pylist()
        for version in versions(ctx, segment_id)
    }


def whole_by_day(ctx: Ctx, segment_id: int) -> dict[date, list[int]]:
    found: dict[date, list[int]] = {}
    for diff in sorted(api.diffs(ctx, segment_id, limit=10_000), key=lambda d: d.version):
        if diff.whole:
            found.setdefault(diff.as_of_on, []).append(diff.version)
    return found


def lying(ctx: Ctx, segment_id: int) -> list[int]:
    rows = ctx.lake.rows(
        "SELECT DISTINCT version FROM segment_version WHERE segment_id = {s:UInt32} ORDER BY version", {"s": segment_id}
    )
    return [row["version"] for row in rows]


@pytest.mark.parametrize("seed", range(depth(1, 4)))
def test_who_was_in_is_told_after_as_before(
    db: Database, make_ctx: MakeCtx, clock: ManualClock, lake: object, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(refresh, "FOLD_AFTER_DIFFS", 3)
    monkeypatch.setattr(handlers, "WHOLE_DAYS", 2)
    monkeypatch.setattr(store_lake, "VERSIONS_AT_ONCE", 12)  # so that the segments are taken in several goes
    random, shop = Random(seed), [Order(1, day(200)), *(Order(2, day(n)) for n in (100, 40))]
    with db.tx() as tx:
        ctx = make_ctx(tx)
        write_orders(ctx, shop)
        write_states(ctx, shop, TODAY)
        ids = [make(ctx, f"{n} or more", bought(n)) for n in (1, 2, 3)]
        frozen = make(ctx, "Frozen", bought(2), kind="static")
        gone = make(ctx, "Deleted", bought(2))
        api.refresh(ctx, gone)
        api.delete(ctx, gone)
    for number in range(1, DAYS + 1):
        with db.tx() as tx:
            ctx = make_ctx(tx)
            for _ in range(random.randint(3, 7)):
                orders = [Order(random.randint(1, 9), day(random.randint(0, 90))) for _ in range(random.randint(1, 3))]
                api.refresh_touched(ctx, buy(ctx, shop, *orders))
                if random.random() < 0.2:
                    api.refresh(ctx, random.choice(ids))
            alias(ctx, number, **{f"s{2 if random.random() < 0.5 else 3}": random.randint(1, 3)})
            refresh.realign(ctx, [1, 2, 3])  # the frozen list is read anew
        clock.advance(timedelta(days=1))
        with db.tx() as tx:
            for segment_id in ids:
                api.follow_day(make_ctx(tx), segment_id)
    every = [*ids, frozen]
    with db.tx() as tx:
        ctx = make_ctx(tx)
        before = {i: told(ctx, i) for i in every}
        changes = {i: api.diffs(ctx, i, limit=10_000) for i in every}
        whole = {i: whole_by_day(ctx, i) for i in every}
        since, newest = ctx.today - timedelta(days=2), {i: api.get(ctx, i).version for i in every}
    for _ in range(2):  # the second night deletes what the first one let go of
        handlers.forget_versions(db, make_ctx, 0, {})
        with db.tx() as tx:
            ctx = make_ctx(tx)
            assert {i: told(ctx, i) for i in every} == before
            assert {i: api.diffs(ctx, i, limit=10_000) for i in every} == changes
    with db.tx() as tx:
        ctx = make_ctx(tx)
        for segment_id in every:
            kept = {of_day[-1] for on, of_day in whole[segment_id].items() if on >= since}
            kept.add(max(v for of_day in whole[segment_id].values() for v in of_day))
            kept.add(versions(ctx, segment_id)[0])
            assert lying(ctx, segment_id) == sorted(v for v in kept if before[segment_id][v])  # nobody leaves no row
            assert newest[segment_id] == api.get(ctx, segment_id).version
        assert lying(ctx, gone) == versions(ctx, gone)
        refresh.realign(ctx, [1, 2, 3])
        assert people(ctx, ids[0]) == api.evaluate(ctx, parse(bought(1)))


def test_what_is_read_now_is_deleted_a_night_later(db: Database, make_ctx: MakeCtx, lake: object) -> None:
    with db.tx() as tx:
        ctx = make_ctx(tx)
        shop = [Order(1, day(200))]
        write_orders(ctx, shop)
        write_states(ctx, shop, TODAY)
        segment_id = make(ctx, "Once or more", bought(1))
        for uid in (2, 3):
            buy(ctx, shop, Order(uid, day(0)))
            api.refresh(ctx, segment_id)
        reading = refresh.membership(ctx, api.get(ctx, segment_id), versions(ctx, segment_id)[1])
    with db.tx() as tx:
        ctx = make_ctx(tx)
        store_lake.fold(ctx, reading, max(versions(ctx, segment_id)) + 1)  # by a refresh that is under way
    handlers.forget_versions(db, make_ctx, 0, {})
    with db.tx() as tx:
        assert store_lake.uids(make_ctx(tx), reading).to_pylist() == [1, 2]
    handlers.forget_versions(db, make_ctx, 0, {})
    with db.tx() as tx:
        ctx = make_ctx(tx)
        first, _, newest = versions(ctx, segment_id)
        assert lying(ctx, segment_id) == [first, newest, newest + 1]
