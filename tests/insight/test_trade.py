"""What was bought, by span and month: hand-counted shops."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from tests.segments.rows import ANONYMOUS, Order, write_orders, write_states

from regulars.core.ctx import Ctx, Scope
from regulars.insight import api, logic, store
from regulars.insight.contract import Month, Span, Trade
from regulars.insight.logic import Gap
from regulars.profiles import api_trade

TODAY = date(2011, 12, 10)
SHOP = [
    Order(1, date(2011, 10, 5), 5_000),
    Order(1, date(2011, 11, 20), 3_000, 1_000),
    Order(1, date(2011, 12, 10), 2_000),  # today counts
    Order(2, date(2011, 11, 11), 4_000),  # first of the last 30 days
    Order(2, date(2011, 11, 10), 700),  # last of the 30 before
    Order(3, date(2011, 12, 1), 900, 900),  # given back whole: no purchase, nobody's first
    Order(4, date(2011, 10, 12), 100),  # first of the 30 before
    Order(4, date(2011, 10, 11), 200),  # before both
    Order(5, date(2011, 12, 11), 9_999),  # tomorrow: not yet
    Order(ANONYMOUS, date(2011, 12, 2), 50),
    Order(ANONYMOUS + 1, date(2011, 10, 20), 60, 80),  # given back at a higher price
    Order(9, date(2011, 12, 3), 77_777, brand_id=2),
]


def bought(ctx: Ctx, span: Span) -> Trade:
    alone, beside_another = store.trade(ctx, [span]), store.trade(ctx, [Span(date(2000, 1, 1), TODAY), span])
    assert alone[0] == beside_another[1]
    return alone[0]


def lines(ctx: Ctx, *rows: tuple[str, date, int]) -> None:
    ctx.lake.insert(
        "order_lines",
        pa.Table.from_pylist(
            [
                {
                    "brand_id": 1,
                    "suid": 0 if kind in ("stock", "cash") else 1,
                    "document_id": f"d{i}",
                    "ordinal": 1,
                    "kind": kind,
                    "occurred_at": datetime(day.year, day.month, day.day, tzinfo=UTC),
                    "business_on": day,
                    "amount_fen": fen,
                    "version": 1,
                }
                for i, (kind, day, fen) in enumerate(rows)
            ],
            pa.schema(
                [
                    ("brand_id", pa.uint16()),
                    ("suid", pa.uint32()),
                    ("document_id", pa.string()),
                    ("ordinal", pa.uint32()),
                    ("kind", pa.string()),
                    ("occurred_at", pa.timestamp("ms", tz="UTC")),
                    ("business_on", pa.date32()),
                    ("amount_fen", pa.int64()),
                    ("version", pa.uint64()),
                ]
            ),
        ),
    )


def test_spans_touch_and_end_with_today() -> None:
    now, previous = logic.spans(TODAY)
    assert now == Span(date(2011, 11, 11), date(2011, 12, 11))
    assert previous == Span(date(2011, 10, 12), date(2011, 11, 11))


def test_trade_of_the_last_and_previous_thirty_days(ctx: Ctx) -> None:
    write_orders(ctx, SHOP)
    now, previous = logic.spans(TODAY)
    assert bought(ctx, now) == Trade(
        sales_fen=2_000 + 2_000 + 4_000 + 0 + 50,
        orders=4,
        buyers=2,
        new_buyers=0,  # 1 began in October, 2 the day before the span
        anonymous_orders=1,
        anonymous_sales_fen=50,
    )
    assert bought(ctx, previous) == Trade(700 + 100 - 20, 2, 2, 1, 0, -20)
    assert bought(ctx, previous).returning_buyers == 1


def test_trade_of_nothing_is_zero(ctx: Ctx) -> None:
    assert bought(ctx, logic.spans(TODAY)[0]) == logic.NOTHING
    assert logic.months(store.trade_by_month(ctx), store.cash_by_month(ctx), TODAY) == ()


def test_months(ctx: Ctx) -> None:
    write_orders(ctx, [*SHOP, Order(6, date(2011, 8, 31), 10)])
    lines(
        ctx,
        ("sale", date(2011, 10, 5), 5_000),
        ("refund", date(2011, 12, 1), -1_000),
        ("cash", date(2011, 12, 1), -30),
        ("stock", date(2011, 12, 1), -400),
    )
    found = logic.months(store.trade_by_month(ctx), store.cash_by_month(ctx), TODAY)
    assert found == (
        Month(date(2011, 8, 1), Trade(10, 1, 1, 1, 0, 0), 0, unfinished=False),
        Month(date(2011, 9, 1), logic.NOTHING, 0, unfinished=False),
        Month(date(2011, 10, 1), Trade(5_280, 3, 2, 2, 0, -20), 5_000, unfinished=False),
        Month(date(2011, 11, 1), Trade(6_700, 3, 2, 1, 0, 0), 0, unfinished=False),
        Month(date(2011, 12, 1), Trade(2_050, 2, 1, 0, 1, 50), -1_030, unfinished=True),
    )


def test_a_month_is_finished_the_day_after_its_last() -> None:
    trades = {date(2011, 11, 1): logic.NOTHING}
    assert [m.unfinished for m in logic.months(trades, {}, date(2011, 11, 30))] == [True]
    assert [m.unfinished for m in logic.months(trades, {}, date(2011, 12, 1))] == [False]


def test_months_end_where_the_data_ends_and_keep_the_gaps_between() -> None:
    trades = {date(2010, 12, 1): logic.NOTHING, date(2011, 2, 1): logic.NOTHING}
    found = logic.months(trades, {date(2011, 3, 1): 5}, date(2026, 11, 22))
    assert [m.first_on for m in found] == [date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 1)]


def test_the_group_adds_the_brands(ctx: Ctx) -> None:
    write_orders(ctx, SHOP)
    now, _ = logic.spans(TODAY)
    assert bought(ctx.for_brand(0), now).sales_fen == bought(ctx, now).sales_fen + 77_777


def test_scope_of_stores_narrows_every_figure(ctx: Ctx) -> None:
    orders = [Order(1, date(2011, 12, 1), 100, store="Leeds"), Order(2, date(2011, 12, 2), 30, store="York")]
    write_orders(ctx, orders)
    write_states(ctx, orders, TODAY)
    narrow = replace(ctx, scope=Scope(frozenset({"*"}), stores=frozenset({"York"})))
    now, _ = logic.spans(TODAY)
    assert bought(narrow, now).sales_fen == 30
    assert store.trade_by_month(narrow)[date(2011, 12, 1)].orders == 1
    assert store.people_by_step(narrow) == {1: 1}


def test_unmatched_refunds(ctx: Ctx) -> None:
    rows = [
        {"brand_id": 1, "document_id": f"C{i}", "ordinal": 1, "refund_on": day, "unmatched_fen": fen, "version": 1}
        for i, (day, fen) in enumerate([(date(2011, 12, 1), 40), (date(2011, 11, 10), 5), (date(2011, 12, 10), 2)])
    ]
    ctx.lake.insert(
        "refund_matches",
        pa.Table.from_pylist(
            rows,
            pa.schema(
                [
                    ("brand_id", pa.uint16()),
                    ("document_id", pa.string()),
                    ("ordinal", pa.uint32()),
                    ("refund_on", pa.date32()),
                    ("unmatched_fen", pa.int64()),
                    ("version", pa.uint64()),
                ]
            ),
        ),
    )
    now, previous = logic.spans(TODAY)
    assert store.unmatched_refund_fen(ctx, now) == 42
    assert store.unmatched_refund_fen(ctx, previous) == 5


def test_gaps_and_steps(ctx: Ctx) -> None:
    orders = [
        *(Order(1, date(2011, 1, d)) for d in (1, 2, 4, 4)),  # gaps 1, 2, 0
        *(Order(2, date(2011, 1, d)) for d in (1, 11)),  # gap 10
        Order(3, date(2011, 1, 1)),
        Order(3, date(2011, 1, 9), 5, 5),  # given back: no second purchase
        *(Order(4, date(2011, 2, d)) for d in range(1, 11)),  # ten purchases, a day apart
        *(Order(ANONYMOUS, date(2011, 3, d)) for d in (1, 31)),
    ]
    write_states(ctx, orders, TODAY)
    assert store.people_by_step(ctx) == {1: 1, 2: 1, 4: 1, 8: 1}
    gaps = store.gaps_by_step(ctx)
    assert gaps[1] == Gap(3, 1.0, 5.5)  # 1, 1, 10
    assert gaps[2] == Gap(2, 1.5, 1.75)  # 1, 2
    assert gaps[3] == Gap(2, 0.5, 0.75)  # 0, 1
    assert gaps[8] == Gap(2, 1.0, 1.0)  # 8 to 9 and 9 to 10 together
    assert set(gaps) == set(range(1, 9))


def test_ladder() -> None:
    steps = logic.ladder({1: 60, 2: 30, 8: 10}, {1: Gap(40, 12.5, 20.0)})
    assert [s.reached for s in steps] == [100, 40, 10, 10, 10, 10, 10, 10]
    assert [s.lost for s in steps] == [60, 30, 0, 0, 0, 0, 0, 0]
    assert [s.next_rate_bp for s in steps] == [4_000, 2_500, 10_000, 10_000, 10_000, 10_000, 10_000, None]
    assert (steps[0].median_gap_days, steps[1].median_gap_days) == (12.5, None)
    assert logic.ladder({}, {})[0].next_rate_bp is None


@pytest.mark.parametrize(
    ("part", "whole", "bp"), [(1, 3, 3_333), (2, 3, 6_667), (1, 8, 1_250), (0, 5, 0), (5, 5, 10_000)]
)
def test_rates_are_rounded_half_up(part: int, whole: int, bp: int) -> None:
    assert logic.rate_bp(part, whole) == bp


def test_overdue_beyond_the_upper_quartile() -> None:
    steps = logic.ladder({1: 9, 2: 9}, {1: Gap(20, 5, 30.0), 2: Gap(20, 5, 30.5), 3: Gap(19, 5, 2)})
    assert logic.overdue_after_days(steps) == {1: 31, 2: 31}  # step 3 has too few gaps to say
    assert logic.at_risk_rule({}) is None


def test_a_home_that_had_states_before_it_had_sums_is_filled_and_answers_alike_meanwhile(
    ctx: Ctx, db, make_ctx
) -> None:
    write_orders(ctx, SHOP)
    write_states(ctx, [o for o in SHOP if o.brand_id == 1], TODAY)
    ctx.tx.execute("delete from trade_day; delete from trade_step; delete from trade_loss")
    ctx.tx.execute("insert into trade_due values (1), (0)")
    ctx.tx.commit()
    before = api.overview(ctx)
    assert not api_trade.stand(ctx)
    api_trade.take(db, make_ctx)
    assert api_trade.stand(ctx)
    after = api.overview(ctx)
    assert (after.now, after.previous, after.months, after.ladder) == (
        before.now,
        before.previous,
        before.months,
        before.ladder,
    )
    assert after.now.sales_fen == 8_050


def test_sums_stay_what_they_are_when_they_are_put_together(ctx: Ctx) -> None:
    write_orders(ctx, SHOP)
    write_states(ctx, [o for o in SHOP if o.brand_id == 1], TODAY)
    write_states(ctx, SHOP[:3], TODAY)  # person 1 again, as it was
    told = api_trade.days(ctx), api_trade.steps(ctx)
    api_trade.put_together(ctx)
    assert (api_trade.days(ctx), api_trade.steps(ctx)) == told
    rows = ctx.tx.execute("select count(*) as n from trade_day where brand_id = 1").fetchone()
    assert rows is not None
    assert rows["n"] <= 1 + len({o.day for o in SHOP}) * 2
