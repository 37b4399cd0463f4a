"""The lake as insight reads it. Every figure of a kind is made of the same text, so pages cannot disagree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from regulars.core.ctx import Ctx
from regulars.infra.lake import UID_OF_SUID
from regulars.insight.contract import Span, Trade
from regulars.insight.logic import LAST_STEP, Gap

FIRST_ANONYMOUS = 2**31

BRAND = "({brand_id:UInt16} = 0 OR brand_id = {brand_id:UInt16})"
STORES = "({all_stores:UInt8} = 1 OR has({stores:Array(String)}, store))"
_PEOPLE = (
    "brand_id = {brand_id:UInt16} AND anonymous = 0"
    " AND ({all_stores:UInt8} = 1 OR hasAny(stores, {stores:Array(String)}))"
)

# One row per order as far as scope and day reach. A purchase is an order with a positive net, as on the ladder.
_ORDERS = f"""
    SELECT {UID_OF_SUID} AS uid, uid < {FIRST_ANONYMOUS} AS known, business_on,
        gross_fen - refunded_fen AS net_fen, net_fen > 0 AS purchase
    FROM orders FINAL WHERE {BRAND} AND {STORES} AND business_on <= {{today:Date}}
"""


def _trade(suffix: str) -> str:
    """What trade is, whatever it is grouped by, over rows of one person within one period."""
    return f"""
        sum(sold_fen{suffix}) AS sales_fen{suffix},
        sum(purchases{suffix}) AS orders{suffix},
        countIf(known AND purchases{suffix} > 0) AS buyers{suffix},
        countIf(known AND purchases{suffix} > 0 AND is_new{suffix}) AS new_buyers{suffix},
        sumIf(purchases{suffix}, NOT known) AS anonymous_orders{suffix},
        sumIf(sold_fen{suffix}, NOT known) AS anonymous_sales_fen{suffix}
    """


def bound(ctx: Ctx, **values: object) -> dict[str, Any]:
    """Return what every statement of the room is bound to, and values of its own."""
    stores = ctx.scope.stores
    return {
        "brand_id": ctx.brand_id,
        "today": ctx.today,
        "all_stores": int(stores is None),
        "stores": sorted(stores or ()),
        **values,
    }


def trade(ctx: Ctx, spans: Sequence[Span]) -> list[Trade]:
    """Return what was bought in each span of business days, read in one go."""
    inner = [
        f"minIf(business_on, purchase) >= {{start{n}:Date}} AS is_new{n},"
        f" sumIf(net_fen, business_on >= {{start{n}:Date}} AND business_on < {{end{n}:Date}}) AS sold_fen{n},"
        f" countIf(purchase AND business_on >= {{start{n}:Date}} AND business_on < {{end{n}:Date}}) AS purchases{n}"
        for n in range(len(spans))
    ]
    outer = [_trade(str(n)) for n in range(len(spans))]
    days = {f"start{n}": span.start for n, span in enumerate(spans)} | {f"end{n}": s.end for n, s in enumerate(spans)}
    row = ctx.lake.rows(
        f"SELECT {', '.join(outer)} FROM (SELECT uid, known, {', '.join(inner)} FROM ({_ORDERS}) GROUP BY uid, known)",
        bound(ctx, **days),
    )[0]
    return [Trade(**{name: row[f"{name}{n}"] for name in Trade.__dataclass_fields__}) for n in range(len(spans))]


def trade_by_month(ctx: Ctx) -> dict[date, Trade]:
    """Return what was bought by the first day of the month."""
    rows = ctx.lake.rows(
        f"""
        SELECT month, {_trade("")} FROM (
            SELECT known, month, sold_fen, purchases, month = first_month AS is_new
            FROM (
                SELECT uid, known, groupArray((month, sold_fen, purchases)) AS by_month,
                    minIf(month, purchases > 0) AS first_month
                FROM (
                    SELECT uid, known, toStartOfMonth(business_on) AS month, sum(net_fen) AS sold_fen,
                        countIf(purchase) AS purchases
                    FROM ({_ORDERS}) GROUP BY uid, known, month
                ) GROUP BY uid, known
            ) ARRAY JOIN by_month.1 AS month, by_month.2 AS sold_fen, by_month.3 AS purchases
        ) GROUP BY month ORDER BY month
        """,
        bound(ctx),
    )
    return {row.pop("month"): Trade(**row) for row in rows}


def cash_by_month(ctx: Ctx) -> dict[date, int]:
    """Return the cash net by the first day of the month: sales, refunds, fees, each on its own day; no stock."""
    rows = ctx.lake.rows(
        "SELECT toStartOfMonth(business_on) AS month, sum(amount_fen) AS cash_fen FROM order_lines FINAL"
        f" WHERE kind != 'stock' AND {BRAND} AND {STORES} AND business_on <= {{today:Date}} GROUP BY month",
        bound(ctx),
    )
    return {row["month"]: row["cash_fen"] for row in rows}


def unmatched_refund_fen(ctx: Ctx, span: Span) -> int:
    """Return what was given back in a span without an earlier sale to be found; positive."""
    rows = ctx.lake.rows(
        f"""
        SELECT sum(unmatched_fen) AS fen FROM refund_matches FINAL
        WHERE {BRAND} AND refund_on >= {{start:Date}} AND refund_on < {{end:Date}} AND (
            {{all_stores:UInt8}} = 1 OR (brand_id, suid, shop, document_id, ordinal) IN (
                SELECT brand_id, suid, shop, document_id, ordinal FROM order_lines FINAL WHERE {BRAND} AND {STORES}))
        """,
        bound(ctx, start=span.start, end=span.end),
    )
    return rows[0]["fen"] or 0


def people_by_step(ctx: Ctx) -> dict[int, int]:
    """Return how many known customers stand on each step of the ladder."""
    rows = ctx.lake.rows(
        f"SELECT ladder_step, count() AS people FROM user_state WHERE {_PEOPLE} AND ladder_step > 0"
        " GROUP BY ladder_step",
        bound(ctx),
    )
    return {row["ladder_step"]: row["people"] for row in rows}


def gaps_by_step(ctx: Ctx) -> dict[int, Gap]:
    """Return the days between purchase n and the next by step; those of the last step from n = 8 on, together.

    Quantiles interpolate linearly between the two values next to the rank.
    """
    rows = ctx.lake.rows(
        f"""
        SELECT step, count() AS count, quantileExactInclusive(0.5)(gap) AS median_days,
            quantileExactInclusive(0.75)(gap) AS q75_days
        FROM (
            SELECT least(n, {LAST_STEP}) AS step, toInt64(order_days[n + 1]) - toInt64(order_days[n]) AS gap
            FROM (SELECT order_days FROM user_state WHERE {_PEOPLE} AND purchase_number > 1)
            ARRAY JOIN range(1, length(order_days)) AS n
        ) GROUP BY step
        """,
        bound(ctx),
    )
    return {row.pop("step"): Gap(**row) for row in rows}
