"""The check of memberships: what following got wrong is put right, said, and told to the world as no news."""

from __future__ import annotations

from typing import Any

import pytest
from tests.segments.rows import Order, write_orders, write_states
from tests.segments.test_membership import TODAY, bought, buy, day, inside, make, people, told

from regulars.core.ctx import Ctx
from regulars.core.rule import parse
from regulars.infra import event_log, jobs
from regulars.segments import api, drift, handlers, store


@pytest.fixture
def shop(ctx: Ctx) -> list[Order]:
    orders = [Order(1, day(200)), *(Order(2, day(n)) for n in (100, 40))]
    write_orders(ctx, orders)
    write_states(ctx, orders, TODAY)
    return orders


def test_a_membership_that_was_followed_has_no_drift(ctx: Ctx, shop: list[Order]) -> None:
    often = make(ctx, "Often", bought(2))
    api.refresh_touched(ctx, buy(ctx, shop, Order(1, day(0)), Order(9, day(0))))
    before = api.get(ctx, often)
    events = len(told(ctx))
    assert api.check_memberships(ctx) == [0]
    newest = api.diffs(ctx, often)[0]
    assert (newest.drift, newest.whole, newest.joined, newest.left, newest.people) == (0, True, 0, 0, 2)
    assert api.diffs(ctx, often)[1].drift is None
    assert people(ctx, often) == [1, 2]
    assert api.get(ctx, often).people == before.people
    assert len(told(ctx)) == events
    assert store.drifts(ctx) == (0, 1, 0)


def test_drift_is_put_right_and_said(ctx: Ctx, shop: list[Order]) -> None:
    often = make(ctx, "Often", bought(2))
    above = make(ctx, "Built on it", {"op": "not", "rule": inside(often)})
    buy(ctx, shop, Order(1, day(0)), Order(9, day(1)), Order(9, day(0)))  # and nobody is told
    assert people(ctx, often) == [2]
    assert api.check_memberships(ctx) == [2, 1]
    assert people(ctx, often) == [1, 2, 9]
    assert people(ctx, above) == []
    assert [(e["joined"], e["left"], e["origin"]) for e in told(ctx)[-2:]] == [
        ([1, 9], [], "rebuild"),
        ([], [1], "rebuild"),
    ]
    assert store.drifts(ctx) == (3, 2, 0)
    assert api.check_memberships(ctx) == [0, 0]
    assert store.drifts(ctx) == (0, 2, 0)


def test_people_on_their_way_are_left_to_the_follower(ctx: Ctx, shop: list[Order]) -> None:
    often = make(ctx, "Often", bought(2))
    ctx.tx.execute("insert into event_consumer (name) values (%(name)s)", {"name": drift.CONSUMER})
    event_log.emit(ctx, "page.viewed", "test", "1", {"page": "home", "url": "/"}, suid=9)
    buy(ctx, shop, Order(1, day(0)), Order(9, day(1)), Order(9, day(0)))
    assert api.check_memberships(ctx) == [1]
    assert people(ctx, often) == [1, 2]
    assert [e.suid for e in event_log.unread(ctx, drift.CONSUMER) if e.suid] == [9]


def test_a_check_that_fails_shows(ctx: Ctx, shop: list[Order], monkeypatch: pytest.MonkeyPatch) -> None:
    often = make(ctx, "Often", bought(2))

    def broken(*_: Any) -> None:
        raise event_log.LakeError("no room", "Make some.")

    monkeypatch.setattr(drift.store_lake, "difference", broken)
    assert api.check_memberships(ctx) == [0]
    assert (api.get(ctx, often).state, api.get(ctx, often).error) == ("failed", "no room Make some.")
    assert store.drifts(ctx) == (0, 0, 1)


def test_the_weekly_job_checks_every_brand(db: Any, make_ctx: Any, lake: Any) -> None:
    with db.tx() as tx:
        ctx = make_ctx(tx, 1)
        orders = [Order(2, day(n)) for n in (100, 40)]
        write_orders(ctx, orders)
        write_states(ctx, orders, TODAY)
        write_states(ctx, orders, TODAY, brand_id=0)
        made = [api.create(make_ctx(tx, brand), name="Often", rule=parse(bought(2))).id for brand in (0, 1)]
    with db.tx() as tx:
        jobs.enqueue(make_ctx(tx, 0), handlers.CHECK, {})
    while jobs.run_due(db, make_ctx, owner="t"):
        pass
    with db.tx() as tx:
        for brand, segment_id in zip((0, 1), made, strict=True):
            assert api.diffs(make_ctx(tx, brand), segment_id)[0].drift == 0
