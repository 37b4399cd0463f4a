"""Held back: what is invented, where there is no room; and days are those of the platform."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from regulars.app.boot import load_rooms
from regulars.infra import event_log
from regulars.ingest import api, api_sources
from regulars.ingest.pressure import Limits
from regulars.workspace import api_accounts

HOUR = timedelta(hours=1)


class Shop:
    """A Tmall shop of the sandbox as a source of brand 1, whose zone is London."""

    def __init__(self, db, make_ctx, clock, outside) -> None:
        load_rooms()
        self.db, self.make_ctx, self.clock, self.outside = db, make_ctx, clock, outside
        given = {"name": "Tmall", "account_id": outside.account("taobao"), "config": {"shop": "tmall"}}
        with db.tx() as tx:
            self.id = api_sources.connect(make_ctx(tx), "taobao", given).id

    def order(self) -> dict[str, Any]:
        return self.outside.act("taobao", "order", buyer=1, goods=1, pay=True)

    def read(self) -> int:
        self.clock.advance(HOUR)
        found = api_sources.read(self.db, self.make_ctx, 1, self.id, "orders")
        while any([event_log.step(self.db, self.make_ctx, one) for one in event_log.consumers()]):
            pass
        return found

    def problem(self) -> str:
        with self.db.tx() as tx:
            found = api_sources.source(self.make_ctx(tx), self.id).streams
        return next(((s.problem or {}).get("code", "") for s in found if s.key == "orders"), "")

    def practise(self, *, on: bool) -> None:
        with self.db.tx() as tx:
            api_accounts.set_for_practice(self.make_ctx(tx), on=on)


@pytest.fixture
def shop(db, make_ctx, clock, outside) -> Shop:
    return Shop(db, make_ctx, clock, outside)


def test_what_the_sandbox_invents_reaches_no_brand_that_is_not_for_practice_and_is_read_once_it_is(shop):
    shop.practise(on=False)
    shop.order()
    assert (shop.read(), shop.problem()) == (0, "practice.real_brand")
    shop.practise(on=True)
    assert shop.read() > 0
    assert shop.problem() == ""


def test_a_day_is_the_platforms_own_also_for_a_brand_of_another_zone(shop):
    shop.clock.advance(17 * HOUR)  # one in the morning of 2 January in Beijing, still the first in London
    order = shop.order()
    shop.read()
    compared = {day: api_sources.compare(shop.db, shop.make_ctx, 1, shop.id, date(2026, 1, day)) for day in (1, 2)}
    assert [(one.orders, one.our_orders, one.differing) for one in compared.values()] == [(0, 0, ()), (1, 1, ())]
    assert order


@pytest.mark.parametrize("hook", ["sources", "receipts"])
def test_messages_of_platforms_wait_outside_while_there_is_no_place(client, hook):
    assert client.post(f"/hooks/{hook}/nobody", content=b"{}").status_code == 404
    api.wire(limits=Limits(requests=0))
    answer = client.post(f"/hooks/{hook}/nobody", content=b"{}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
