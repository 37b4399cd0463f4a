"""Sources that are read: nothing lost, nothing twice, whatever happens in between; and what is shown of it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from tests.ingest import shop_outside
from tests.ingest.shop_outside import DAY, HOUR, MINUTE, Killed, order, running, sign

from regulars.app.boot import load_rooms
from regulars.connectors.contract import NotTheirs
from regulars.core.errors import NotFound
from regulars.infra import event_log
from regulars.ingest import api, api_sources
from regulars.platforms import api as platforms
from regulars.platforms.contract import Incoming


@pytest.fixture
def shop():
    with running() as one:
        yield one


class Reading:
    """A source of brand 1 that reads the shop."""

    def __init__(self, db, make_ctx, clock, shop) -> None:
        load_rooms()
        self.db, self.make_ctx, self.clock, self.shop = db, make_ctx, clock, shop
        with self.ctx() as ctx:
            settings = {"access_token": "t" * 64, "secret": "SEC" + "s" * 61}
            self.account = platforms.add_account(ctx, "dingtalk", "Shop", settings).id

    def ctx(self, brand_id: int = 1):
        return _Opened(self.db, self.make_ctx, brand_id)

    def connect(self, history_days: int = 0) -> api_sources.Source:
        given = {"name": "Web shop", "account_id": self.account, "history_days": history_days,
                 "config": {"shop": "web", "url": self.shop.url}}  # fmt: skip
        with self.ctx() as ctx:
            self.id = api_sources.connect(ctx, "test_shop", given).id
        return self.now()

    def now(self) -> api_sources.Source:
        with self.ctx() as ctx:
            return api_sources.source(ctx, self.id)

    def stream(self, key: str = "orders") -> api_sources.StreamState:
        return next(s for s in self.now().streams if s.key == key)

    def read(self, stream: str = "orders") -> int:
        return api_sources.read(self.db, self.make_ctx, 1, self.id, stream)

    def post(self, body: bytes, signature: str) -> tuple[int, bytes, str]:
        message = Incoming("POST", {}, {"x-signature": signature}, body, self.clock.system_now())
        return api_sources.receive(self.db, self.make_ctx, self.now().hook, message)

    def log(self) -> list[dict[str, Any]]:
        with self.ctx() as ctx:
            return ctx.tx.execute("select * from event_log order by seq").fetchall()

    def orders(self) -> list[str]:
        return sorted(e["props"]["order_id"] for e in self.log() if e["type"] == "order.placed")

    def settle(self) -> None:
        while any([event_log.step(self.db, self.make_ctx, one) for one in event_log.consumers()]):
            pass


class _Opened:
    def __init__(self, db, make_ctx, brand_id: int) -> None:
        self._tx, self._make_ctx, self._brand_id = db.tx(), make_ctx, brand_id

    def __enter__(self):
        return self._make_ctx(self._tx.__enter__(), self._brand_id)

    def __exit__(self, *error: Any) -> Any:
        return self._tx.__exit__(*error)


@pytest.fixture
def reading(db, make_ctx, clock, shop) -> Reading:
    shop_outside.dies.clear()
    return Reading(db, make_ctx, clock, shop)


def test_every_page_of_a_window_is_read_and_the_next_window_goes_on(reading, shop, clock):
    reading.connect()
    clock.advance(HOUR)
    shop.orders = [order(f"A{n}", clock.system_now() - n * MINUTE) for n in range(1, 6)]
    assert reading.read() == 5
    assert reading.stream().read_to == clock.system_now()
    clock.advance(MINUTE)
    shop.orders.append(order("B1", clock.system_now() - MINUTE / 2))
    assert reading.read() == 1
    assert reading.orders() == ["A1", "A2", "A3", "A4", "A5", "B1"]
    assert reading.stream().facts == 6


def test_what_the_shop_shows_late_is_found_within_the_overlap(reading, shop, clock):
    reading.connect()
    clock.advance(HOUR)
    reading.read()
    late = order("LATE", clock.system_now() - 2 * MINUTE)
    clock.advance(MINUTE)
    shop.orders.append(late)
    assert reading.read() == 1
    assert reading.read() == 0
    assert reading.orders() == ["LATE"]


def test_a_changed_order_is_another_state_and_the_same_state_counts_once(reading, shop, clock):
    reading.connect()
    clock.advance(HOUR)
    placed = clock.system_now() - 4 * MINUTE
    shop.orders = [order("A1", placed, 1000)]
    reading.read()
    clock.advance(MINUTE)
    shop.orders = [order("A1", placed, 900, modified=clock.system_now() - MINUTE / 2)]
    reading.read()
    assert [e["props"]["total_fen"] for e in reading.log()] == [1000, 900]


@pytest.mark.parametrize("page", [2, 4])
def test_a_crash_between_pages_loses_nothing_and_doubles_nothing(reading, shop, clock, page):
    reading.connect()
    clock.advance(HOUR)
    shop.orders = [order(f"A{n}", clock.system_now() - n * MINUTE) for n in range(1, 7)]
    shop_outside.dies.append(page)
    with pytest.raises(Killed):
        reading.read()
    assert len(reading.orders()) == page
    assert reading.stream().read_to is None
    assert reading.read() == 6 - page
    assert reading.orders() == [f"A{n}" for n in range(1, 7)]
    assert reading.stream().facts == 6


def test_history_is_backfill_and_what_comes_after_is_live(reading, shop, clock):
    connected = clock.system_now()
    shop.orders = [order("OLD", connected - 3 * DAY), order("NEW", connected + HOUR / 2)]
    reading.connect(history_days=30)
    clock.advance(HOUR)
    reading.read()
    assert {e["props"]["order_id"]: e["origin"] for e in reading.log()} == {"OLD": "backfill", "NEW": "live"}


def test_history_is_read_in_windows_the_platform_allows_and_not_further_back_than_asked(reading, shop, clock):
    connected = clock.system_now()
    shop.orders = [order("TOO-OLD", connected - 11 * DAY), order("OLD", connected - 9 * DAY)]
    reading.connect(history_days=10)
    reading.read()
    assert reading.orders() == ["OLD"]
    assert reading.stream().read_to == connected
    spans = [(q["start"], q["end"]) for path, q in shop.asked if path == "/orders"]
    assert len(set(spans)) >= 10
    assert all(later[0] < earlier[1] for earlier, later in pairwise(spans))


def test_a_long_history_is_read_in_several_goes(reading, shop, clock):
    connected = clock.system_now()
    shop.orders = [order(f"A{n:02}", connected - n * DAY) for n in range(1, 80)]
    reading.connect(history_days=85)
    first = reading.read()
    assert 0 < first < 79
    assert reading.stream().succeeded_at is None
    assert first + reading.read() == 79
    assert reading.stream().succeeded_at == connected


def test_what_came_before_the_source_is_not_read_unless_asked(reading, shop, clock):
    shop.orders = [order("OLD", clock.system_now() - DAY)]
    reading.connect()
    clock.advance(HOUR)
    assert reading.read() == 0


def test_failures_wait_twice_as_long_each_time_are_shown_and_pass(reading, shop, clock):
    reading.connect()
    clock.advance(HOUR)
    shop.orders = [order("A1", clock.system_now() - MINUTE)]
    shop.refuse = 3
    pauses = []
    for _ in range(3):
        reading.read()
        pauses.append((reading.stream().next_at - clock.system_now()).total_seconds())
    assert pauses == [30, 60, 120]
    assert (reading.stream().problem or {})["message"] == "too many calls"
    with reading.ctx() as ctx:
        assert api_sources.in_trouble(ctx) == 1
    assert reading.read() == 1
    assert (reading.stream().failures, reading.stream().problem) == (0, None)


def test_an_answer_nobody_expected_is_a_failure_that_is_shown(reading, shop, clock):
    reading.connect()
    clock.advance(HOUR)
    shop.orders = [order("A1", clock.system_now() - MINUTE)]
    shop.garbage = 1
    assert reading.read() == 0
    assert (reading.stream().failures, (reading.stream().problem or {})["code"]) == (1, "source.fault")
    assert reading.read() == 1


def test_a_stream_by_cursor_goes_on_where_it_was(reading, shop, clock):
    reading.connect()
    at = (clock.system_now() + MINUTE).isoformat()
    clock.advance(HOUR)
    shop.views = [{"n": n, "page": f"/p{n}", "who": f"w{n}", "at": at} for n in range(3)]
    shop_outside.dies.append(2)
    with pytest.raises(Killed):
        reading.read("views")
    assert reading.read("views") == 1
    shop.views.append({"n": 3, "page": "/p3", "who": "w3", "at": at})
    asked = len(shop.asked)
    assert reading.read("views") == 1
    assert shop.asked[asked][1]["after"] == "3"
    assert [e["props"]["page"] for e in reading.log()] == ["/p0", "/p1", "/p2", "/p3"]


def test_rows_nobody_understands_are_to_be_fixed_and_are_there_once(reading, shop, clock):
    reading.connect()
    clock.advance(HOUR)
    at = clock.system_now() - MINUTE
    unread = {name: value for name, value in order("BAD", at).items() if name != "fen"}
    shop.orders = [unread, order("A1", at)]
    wrong = {**order("ZERO", at), "id": ""}  # understood by the connector, refused by the dictionary
    shop.orders.append(wrong)
    for _ in range(3):
        reading.read()
        clock.advance(MINUTE)
    with reading.ctx() as ctx:
        waiting = api.quarantine(ctx)
    assert len(waiting) == 2
    assert {row.source for row in waiting} == {f"test_shop:{reading.id}"}
    assert (reading.orders(), reading.stream().unread) == (["A1"], 1)


def test_a_message_is_a_fact_before_it_is_answered_and_has_its_stream_read(reading, shop, clock):
    reading.connect()
    reading.read()
    clock.advance(MINUTE / 4)
    body = json.dumps(order("A1", clock.system_now())).encode()
    assert reading.post(body, sign(body, "between us"))[:2] == (200, b"ok")
    assert reading.post(body, sign(body, "between us"))[:2] == (200, b"ok")
    assert reading.orders() == ["A1"]
    assert reading.stream().next_at == clock.system_now()
    assert reading.now().messages == 2


def test_a_message_that_is_not_theirs_leaves_no_trace(reading, shop, clock):
    reading.connect()
    body = json.dumps(order("A1", clock.system_now())).encode()
    with pytest.raises(NotTheirs):
        reading.post(body, sign(body, "a guess"))
    with reading.ctx() as ctx:
        assert api.quarantine(ctx) == []
    assert (reading.log(), reading.now().messages) == ([], 0)


def test_a_source_that_is_switched_off_is_neither_read_nor_listened_to(reading, shop, clock):
    reading.connect()
    clock.advance(HOUR)
    shop.orders = [order("A1", clock.system_now() - MINUTE)]
    with reading.ctx() as ctx:
        api_sources.change(ctx, reading.id, {"is_on": False})
    assert reading.read() == 0
    body = json.dumps(shop.orders[0]).encode()
    with pytest.raises(NotFound):
        reading.post(body, sign(body, "between us"))
    assert shop.asked == []


def test_another_brand_neither_sees_nor_reads_it(reading, shop, clock):
    reading.connect()
    clock.advance(HOUR)
    shop.orders = [order("A1", clock.system_now() - MINUTE)]
    with reading.ctx(2) as ctx:
        assert api_sources.connected(ctx) == []
        for touch in (api_sources.source, api_sources.read_now, api_sources.disconnect, api_sources.days):
            with pytest.raises(NotFound):
                touch(ctx, reading.id)
    assert api_sources.read(reading.db, reading.make_ctx, 2, reading.id, "orders") == 0
    assert reading.log() == []


def test_the_daily_comparison_names_what_is_missing_and_what_differs(reading, shop, clock):
    reading.connect()
    day = clock.system_now()
    clock.advance(HOUR)
    shop.orders = [order("SAME", day + MINUTE, 1000), order("DIFFERS", day + 2 * MINUTE, 2000)]
    reading.read()
    reading.settle()
    shop.orders = [
        order("SAME", day + MINUTE, 1000), order("DIFFERS", day + 2 * MINUTE, 2500),
        order("MISSING", day + 3 * MINUTE, 700),
    ]  # fmt: skip
    found = api_sources.compare(reading.db, reading.make_ctx, 1, reading.id, day.date())
    assert found is not None
    assert (found.orders, found.fen, found.our_orders, found.our_fen) == (3, 4200, 2, 3000)
    assert set(found.differing) == {("DIFFERS", 2500, 2000), ("MISSING", 700, None)}
    clock.advance(HOUR)
    shop.orders[1]["modified"] = shop.orders[2]["modified"] = shop_outside.iso(clock.system_now() - MINUTE)
    reading.read()
    reading.settle()
    again = api_sources.compare(reading.db, reading.make_ctx, 1, reading.id, day.date())
    assert again is not None
    assert (again.our_fen, again.differing) == (4200, ())


def test_a_secret_of_a_source_is_never_shown(reading):
    shown = reading.connect()
    assert "between us" not in str(shown.config)
