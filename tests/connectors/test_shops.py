"""The shop platforms as sources: an order's life becomes facts once, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from regulars.connectors.api import connector_kinds
from regulars.connectors.contract import Connector, ConnectorConfig, NotTheirs, Statement, Window
from regulars.core.event import dictionary
from regulars.platforms import api as platforms
from regulars.platforms.contract import Incoming, Unclear

SHOPS = ["taobao", "douyin_shop", "youzan", "jd"]
UNPAID = frozenset({"taobao", "douyin_shop", "youzan"})
"""Platforms that show orders before they are paid."""
WHOLE = frozenset({"jd"})
"""Platforms whose refunds name an order and no part of it."""
CONFIG = ConnectorConfig(shop="旗舰店")


class Source:
    """A connector at work on a stand-in."""

    def __init__(self, outside: Any, clock: Any, key: str) -> None:
        self.outside, self.clock, self.key = outside, clock, key
        self.connector: Connector = connector_kinds().get(key)()
        self.begun = clock.system_now() - timedelta(minutes=1)

    def act(self, verb: str, **given: Any) -> str:
        self.clock.advance(timedelta(seconds=1))
        return self.outside.act(self.key, verb, **given)["id"]

    def many(self, n: int) -> list[str]:
        """Let n buyers order and pay, a second apart."""
        shop, made = self.outside.house.stands[self.key].shop, []
        for buyer in range(n):
            self.clock.advance(timedelta(seconds=1))
            made.append(shop.act("order", {"buyer": buyer, "goods": 1, "pay": True}).id)
        return made

    def window(self) -> Window:
        return Window(self.begun, self.clock.system_now() + timedelta(seconds=1))

    def pages(self, stream: str, between: Any = None) -> list[Statement]:
        session, page, found = self.outside.session(self.key), "", []
        window = self.window()
        while True:
            at = page
            told = platforms.run(
                lambda: self.connector.pull(session, CONFIG, stream, window=window, page=at)  # noqa: B023
            )
            assert not told.unread
            found += told.statements
            page = told.next
            if not page:
                return found
            if between:
                between()

    def facts(self, stream: str, between: Any = None) -> dict[str, Statement]:
        """What ingest keeps: a statement counts once by its source_id, and its payload is of the dictionary."""
        kept: dict[str, Statement] = {}
        for one in self.pages(stream, between):
            kept.setdefault(one.source_id, one)
            if one.type in dictionary:
                dictionary.get(one.type).model_validate(one.props)
        return kept


@pytest.fixture(params=SHOPS)
def source(request, outside, clock) -> Source:
    return Source(outside, clock, request.param)


def kinds(facts: dict[str, Statement]) -> Counter[str]:
    return Counter(one.type for one in facts.values())


def test_an_orders_life_becomes_facts_each_once(source):
    order = source.act("order", buyer=3, goods=[1, 2], quantity=2, post_fen=800, off_fen=333)
    seen = kinds(source.facts("orders"))
    assert seen == ({"order.created": 1} if source.key in UNPAID else {})
    ids: set[str] = set()
    for verb in ("pay", "send", "finish"):
        source.act(verb, id=order)
        ids |= set(source.facts("orders"))
    facts = source.facts("orders")
    assert ids == set(facts)
    assert kinds(facts) == {"order.created": 1, "order.placed": 1, "order.sent": 1, "order.finished": 1}
    placed = next(one for one in facts.values() if one.type == "order.placed")
    deal = source.outside.house.stands[source.key].shop.deals[order]
    assert placed.occurred_at == deal.paid
    assert placed.props["total_fen"] == deal.paid_fen == sum(x["amount_fen"] for x in placed.props["lines"])
    assert [x["quantity"] for x in placed.props["lines"]] == [2, 2]
    assert placed.props["region"] == deal.buyer.region[0]


def test_the_same_buyer_is_named_the_same_and_by_nothing_that_changes(source):
    source.act("order", buyer=5, goods=1, pay=True)
    before = {one.named[0] for one in source.facts("orders").values()}
    source.clock.advance(timedelta(hours=12))
    source.act("order", buyer=5, goods=2, pay=True)
    source.begun = source.clock.system_now() - timedelta(minutes=1)
    after = {one.named[0] for one in source.facts("orders").values()}
    assert before == after
    names = {name.ns for one in source.facts("orders").values() for name in one.named}
    assert not names & {"oaid", "phone"}


def test_money_given_back_is_told_once_and_only_when_it_is(source):
    order = source.act("order", buyer=1, goods=[1, 2], pay=True)
    refund = source.act("refund", id=order, line=1, done=False)
    assert kinds(source.facts("refunds"))["order.refunded"] == 0
    source.act("settle", id=refund)
    found = [one for one in source.facts("refunds").values() if one.type == "order.refunded"]
    deal = source.outside.house.stands[source.key].shop.deals[order]
    assert [one.props["total_fen"] for one in found] == [deal.lines[1].share_fen]
    assert found[0].props["order_id"] == order
    placed = next(one for one in source.facts("orders").values() if one.type == "order.placed")
    goods = [line["item_id"] for line in placed.props["lines"]]
    expected = goods if source.key in WHOLE else goods[1:]
    assert [line["item_id"] for line in found[0].props["lines"]] == expected


def test_an_order_given_back_whole_stays_a_sale_and_is_closed(source):
    order = source.act("order", buyer=1, goods=1, pay=True)
    source.act("refund", id=order)
    facts = source.facts("orders")
    assert kinds(facts) == {"order.created": 1, "order.placed": 1, "order.closed": 1}
    assert next(one for one in facts.values() if one.type == "order.closed").props["reason"] == "refunded"


def test_an_order_never_paid_is_no_sale(source):
    if source.key not in UNPAID:
        pytest.skip("this platform shows no unpaid orders")
    order = source.act("order", buyer=1, goods=1)
    source.act("close", id=order)
    facts = source.facts("orders")
    assert kinds(facts) == {"order.created": 1, "order.closed": 1}
    assert next(one for one in facts.values() if one.type == "order.closed").props["reason"] == "unpaid"


def test_a_long_window_is_read_whole_while_orders_change_in_it(source):
    made = source.many(120)
    waiting = iter(made)
    # While the pages are read, orders already in the window change and leave it: the next window has them.
    first = source.facts("orders", between=lambda: [source.act("send", id=next(waiting)) for _ in range(3)])
    second = source.facts("orders")
    told = {one.props["order_id"] for one in (*first.values(), *second.values())}
    assert told == set(made)
    assert {one.props["order_id"] for one in first.values()} >= set(made[10:])


@pytest.mark.parametrize("fault", ["http_500", "lost_request", "lost_answer"])
def test_a_lost_answer_loses_no_order(source, fault):
    made = set(source.many(3))
    source.outside.fault(source.key, fault)
    assert {one.props["order_id"] for one in source.facts("orders").values()} == made


def test_a_window_of_no_length_asks_nothing(source):
    now = source.clock.system_now()
    for stream in source.connector.streams:
        told = platforms.run(
            lambda stream=stream: source.connector.pull(
                source.outside.session(source.key), CONFIG, stream.key, window=Window(now, now), page=""
            )
        )
        assert (told.statements, told.next) == ((), "")


def test_garbage_is_not_taken_for_an_empty_page(source):
    source.act("order", buyer=1, goods=1, pay=True)
    source.outside.fault(source.key, "garbage", times=9)
    with pytest.raises(Unclear):
        source.facts("orders")


def test_goods_are_told_as_they_are(source):
    if not any(one.key == "items" for one in source.connector.streams):
        pytest.skip("no goods")
    source.act("item", goods=4, price_fen=1234)
    found = list(source.facts("items").values())
    assert [(one.type, one.props["price_fen"], one.props["state"]) for one in found] == [
        ("item.changed", 1234, "on_sale")
    ]
    assert found[0].props["item_name"]


def test_a_day_is_compared_by_what_was_paid_on_it(source):
    late = source.act("order", buyer=1, goods=1)
    paid = source.act("order", buyer=2, goods=2, pay=True)
    source.act("order", buyer=3, goods=2)
    source.clock.advance(timedelta(days=1))
    next_day = source.act("pay", id=late)
    shop = source.outside.house.stands[source.key].shop
    session = source.outside.session(source.key)

    def totals(order: str) -> Any:
        day = (shop.deals[order].paid + timedelta(hours=8)).date()
        return platforms.run(lambda: source.connector.totals(session, CONFIG, day)).by_order

    assert totals(paid) == {paid: shop.deals[paid].paid_fen}
    assert totals(next_day) == {late: shop.deals[late].paid_fen}


# --- messages ---------------------------------------------------------------------------------------------
class Letterbox:
    """Where the stand-in's messages go: kept as they arrived."""

    def __init__(self, outside: Any, clock: Any, key: str) -> None:
        self.got: list[Incoming] = []
        self._clock, self._stand, self._house = clock, outside.house.stands[key], outside.house

    async def push(self, message: Any) -> int:
        url = httpx2.URL(message.url)
        headers = {name.lower(): value for name, value in message.headers.items()}
        self.got.append(Incoming(message.method, dict(url.params), headers, message.body, self._clock.system_now()))
        return 200

    def callback(self, platform: str) -> str:
        return f"http://receiver.test/{platform}"

    def now(self) -> datetime:
        return self._house.now()

    @property
    def world(self) -> Any:
        return self._house.world


def test_a_message_says_what_to_read_and_a_forged_one_is_not_believed(source):
    if not source.connector.receives():
        pytest.skip("no messages")
    box = Letterbox(source.outside, source.clock, source.key)
    stand = source.outside.house.stands[source.key]
    stand.house = box
    asyncio.run(stand.act("order", {"buyer": 1, "goods": 1, "pay": True}))
    message = box.got[0]
    session = source.outside.session(source.key)
    received = source.connector.receive(session, CONFIG, message)
    assert list(received.changed) == ["orders"]
    assert received.changed["orders"] in stand.shop.deals
    assert received.status == 200
    for at in range(0, len(message.body), max(1, len(message.body) // 30)):
        body = message.body[:at] + bytes([message.body[at] ^ 1]) + message.body[at + 1 :]
        forged = Incoming(message.method, message.query, message.headers, body, message.at)
        with pytest.raises(NotTheirs):
            source.connector.receive(session, CONFIG, forged)
