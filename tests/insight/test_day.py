"""A day beside the same weekday a week before: a hand-counted shop in London, today until noon."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from regulars.core.ctx import Ctx, Scope
from regulars.core.errors import BadInput
from regulars.insight import api_day, logic
from regulars.insight.contract import DayFigures, Part

ANONYMOUS = 2**31
TODAY, LAST = date(2011, 12, 10), date(2011, 12, 3)
_numbers = count(1)


@dataclass(frozen=True)
class Sale:
    uid: int
    at: datetime
    gross_fen: int
    back: tuple[date, int] | None = None
    shop: str = "web"
    region: str = ""
    store: str = ""
    categories: dict[str, int] = field(default_factory=dict[str, int])


def at(day: int, hour: int = 9, month: int = 12) -> datetime:
    return datetime(2011, month, day, hour, tzinfo=UTC)


SHOP = [
    Sale(1, at(10), 5_000),
    Sale(1, at(1, month=11), 100),
    Sale(2, at(10, 11), 2_000, (TODAY, 500)),  # new; a part came back
    Sale(3, at(10, 12), 9_999),  # at noon: not any more
    Sale(4, at(10), 300, (TODAY, 300)),  # given back whole: no order, nobody's first
    Sale(ANONYMOUS, at(10), 70),
    Sale(5, at(3), 4_000, (TODAY, 4_000)),  # given back since: last week did not know
    Sale(6, at(3, 11), 1_000),
    Sale(6, at(2), 10),
    Sale(7, at(3, 13), 8_888),  # later than noon
    Sale(8, at(9), 600),  # yesterday
    Sale(9, at(2, 23), 700),  # the Friday before
]


def sell(ctx: Ctx, sales: list[Sale]) -> None:
    rows = [
        {
            "brand_id": ctx.brand_id, "suid": s.uid, "shop": s.shop, "order_id": f"o{next(_numbers)}",
            "ordered_at": s.at, "business_on": s.at.date(), "gross_fen": s.gross_fen,
            "refunded_fen": s.back[1] if s.back else 0, "store": s.store, "region": s.region,
            "category_names": list(s.categories), "category_fens": list(s.categories.values()),
            "refund_days": [s.back[0]] if s.back else [], "refund_fens": [s.back[1]] if s.back else [],
            "refund_categories": [next(iter(s.categories), "")] if s.back else [], "version": 1,
        }
        for s in sales
    ]  # fmt: skip
    texts, numbers = ["shop", "order_id", "store", "region"], ["gross_fen", "refunded_fen"]
    schema = pa.schema(
        [
            ("brand_id", pa.uint16()),
            ("suid", pa.uint32()),
            ("ordered_at", pa.timestamp("ms", tz="UTC")),
            ("business_on", pa.date32()),
            *((name, pa.string()) for name in texts),
            *((name, pa.int64()) for name in numbers),
            ("category_names", pa.list_(pa.string())),
            ("category_fens", pa.list_(pa.int64())),
            ("refund_days", pa.list_(pa.date32())),
            ("refund_fens", pa.list_(pa.int64())),
            ("refund_categories", pa.list_(pa.string())),
            ("version", pa.uint64()),
        ]
    )
    ctx.lake.insert("orders", pa.Table.from_pylist(rows, schema))


def give_back(ctx: Ctx, uid: int, when: datetime, fen: int, store: str = "") -> None:
    """Write a refund line and that it was matched to some sale."""
    document = f"r{next(_numbers)}"
    line = {
        "brand_id": ctx.brand_id, "suid": uid, "shop": "web", "document_id": document, "ordinal": 1, "kind": "refund",
        "occurred_at": when, "business_on": when.date(), "amount_fen": -fen, "store": store, "version": 1,
    }  # fmt: skip
    schema = pa.schema(
        [
            ("brand_id", pa.uint16()),
            ("suid", pa.uint32()),
            *((name, pa.string()) for name in ("shop", "document_id", "kind", "store")),
            ("ordinal", pa.uint32()),
            ("occurred_at", pa.timestamp("ms", tz="UTC")),
            ("business_on", pa.date32()),
            ("amount_fen", pa.int64()),
            ("version", pa.uint64()),
        ]
    )
    ctx.lake.insert("order_lines", pa.Table.from_pylist([line], schema))
    match = {n: line[n] for n in ("brand_id", "suid", "shop", "document_id", "ordinal", "version")}
    known = pa.schema([schema.field(n) for n in match] + [pa.field("refund_on", pa.date32())])
    ctx.lake.insert("refund_matches", pa.Table.from_pylist([match | {"refund_on": when.date()}], known))


def view(ctx: Ctx, uid: int, when: datetime) -> None:
    row = {
        "brand_id": ctx.brand_id,
        "type": "page.viewed",
        "business_on": when.date(),
        "suid": uid,
        "occurred_at": when,
    }
    schema = pa.schema(
        [
            ("brand_id", pa.uint16()),
            ("type", pa.string()),
            ("business_on", pa.date32()),
            ("suid", pa.uint32()),
            ("occurred_at", pa.timestamp("ms", tz="UTC")),
        ]
    )
    ctx.lake.insert("events", pa.Table.from_pylist([row], schema))


def test_today_until_now_beside_last_week_until_the_same_hour(ctx: Ctx) -> None:
    sell(ctx, SHOP)
    give_back(ctx, 2, at(10, 11), 500)
    give_back(ctx, 5, at(10, 13), 4_000)  # after now
    give_back(ctx, 6, at(3, 10), 40)
    found = api_day.beside(ctx)
    assert (found.day.on, found.other.on, found.day.unfinished) == (TODAY, LAST, True)
    assert found.other.until == at(3, 12)
    assert found.now == DayFigures(None, 3, 6_570, 2, 1, 1, 1, 500)
    assert found.then == DayFigures(None, 2, 5_000, 2, 1, 0, 1, 40)
    assert found.now.returning_buyers == 1


def test_a_day_that_is_over_is_counted_whole(ctx: Ctx) -> None:
    sell(ctx, SHOP)
    found = api_day.beside(ctx, date(2011, 12, 9))
    assert not found.day.unfinished
    assert found.other.until == at(3, 0)
    assert (found.now.net_fen, found.then.net_fen) == (600, 700 + 10)
    with pytest.raises(BadInput, match="lies ahead"):
        api_day.beside(ctx, date(2011, 12, 11))


def test_visitors_are_people_and_unknown_where_no_visit_comes_in(ctx: Ctx) -> None:
    for uid, when in [(1, at(10)), (1, at(10, 10)), (2, at(10)), (3, at(10, 12)), (1, at(3))]:
        view(ctx, uid, when)
    found = api_day.beside(ctx)
    assert (found.now.visitors, found.then.visitors) == (2, 1)
    of_stores = replace(ctx, scope=Scope(frozenset({"*"}), stores=frozenset({"S1"})))
    assert api_day.beside(of_stores).now.visitors is None


def test_somebody_of_one_store_sees_that_store(ctx: Ctx) -> None:
    sell(ctx, [Sale(1, at(10), 100, store="S1"), Sale(1, at(9), 100, store="S2"), Sale(2, at(10), 7, store="S2")])
    give_back(ctx, 1, at(10), 30, store="S2")
    own = api_day.beside(replace(ctx, scope=Scope(frozenset({"*"}), stores=frozenset({"S1"})))).now
    assert (own.net_fen, own.buyers, own.new_buyers, own.refunds) == (
        100,
        1,
        1,
        0,
    )  # the other store's order is unknown


def test_a_purchase_before_a_merge_makes_nobody_new(ctx: Ctx) -> None:
    sell(ctx, [Sale(1, at(1), 100), Sale(2, at(10), 100)])
    assert api_day.beside(ctx).now.new_buyers == 1
    columns = [("suid", pa.uint32()), ("uid", pa.uint32()), ("version", pa.uint64())]
    ctx.lake.insert("uid_alias", pa.Table.from_pylist([{"suid": 2, "uid": 1, "version": 1}], pa.schema(columns)))
    ctx.lake.command("SYSTEM RELOAD DICTIONARY uid_alias_dict")
    now = api_day.beside(ctx).now
    assert (now.buyers, now.new_buyers) == (1, 0)


def test_the_change_is_told_apart_by_what_moved_most(ctx: Ctx) -> None:
    sell(
        ctx,
        [
            Sale(1, at(10), 900, region="Kent", categories={"tea": 900}),
            Sale(2, at(10), 500, (TODAY, 100), region="Kent", categories={"tea": 200, "jam": 300}),
            Sale(1, at(3), 300, region="Kent", categories={"jam": 300}),
            Sale(3, at(3), 400, region="Wales", categories={"jam": 400}),
        ],
    )
    found = api_day.why(ctx)
    assert (found.now_fen, found.then_fen) == (1_300, 700)
    assert (found.by_orders_fen, found.by_average_fen) == (0, 600)
    assert found.parts == (
        Part("category", "tea", 1_000, 0),
        Part("region", "Kent", 1_300, 300),
        Part("buyer", "returning", 900, 0),
        Part("category", "jam", 300, 700),
        Part("region", "Wales", 0, 400),
        Part("buyer", "new", 400, 700),
    )  # one shop alone tells nothing


def test_without_orders_on_a_day_nothing_is_said_of_their_size(ctx: Ctx) -> None:
    sell(ctx, [Sale(1, at(10), 100, region="Kent"), Sale(2, at(10), 50, region="Wales")])
    found = api_day.why(ctx)
    assert (found.by_orders_fen, found.by_average_fen) == (None, None)
    assert [p.change_fen for p in found.parts] == [100, 50]


def test_the_hour_is_the_shops_also_across_summer_time() -> None:
    now = datetime(2011, 10, 30, 12, tzinfo=UTC)  # noon in London, winter time since the morning
    day, other = logic.cuts(date(2011, 10, 30), now, "Europe/London")
    assert (day.until, other.until) == (now, datetime(2011, 10, 23, 11, tzinfo=UTC))


def test_a_day_over_http(client: TestClient, house) -> None:
    with house.ctx(1) as ctx:
        sell(ctx, SHOP)
    page = client.get("/api/overview/day").json()
    assert page["day"] == {"on": "2011-12-10", "until": "2011-12-10T12:00:00Z", "unfinished": True}
    assert (page["now"]["net_fen"], page["then"]["net_fen"], page["currency"]) == (6_570, 5_000, "GBP")
    why = client.get("/api/overview/changes", params={"on": "2011-12-09"}).json()
    assert (why["now_fen"], why["then_fen"], why["other"]["on"]) == (600, 710, "2011-12-02")
    assert (why["by_orders_fen"], why["by_average_fen"], why["parts"]) == (-355, 245, [])
    assert client.get("/api/overview/day", params={"on": "2011-12-11"}).status_code == 422
