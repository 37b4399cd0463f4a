"""A day beside another, as the lake knows it. Only people of these two days are read, and all their orders.

Who they are is asked of rows of the two days alone, whichever version of a row that is: somebody too many is sorted
out by the exact statement around it.
"""

from __future__ import annotations

from typing import Any

from regulars.core.ctx import Ctx
from regulars.infra.lake import UID_OF_SUID
from regulars.insight.contract import Cut, DayFigures, Part, Sold
from regulars.insight.store import BRAND, FIRST_ANONYMOUS, STORES, bound

_DAYS = "({on0:Date}, {on1:Date})"

_BUYERS = f"SELECT DISTINCT {UID_OF_SUID} AS uid FROM orders WHERE {BRAND} AND {STORES} AND business_on IN {_DAYS}"

# All numbers of those people, so that a first purchase before a merge counts.
_THEIRS = f"suid IN (SELECT uid FROM ({_BUYERS}) UNION ALL SELECT suid FROM uid_alias FINAL WHERE uid IN ({_BUYERS}))"


def _given_back(upto: str) -> str:
    return f"arraySum(arrayMap((fen, day) -> if(day <= {upto}, fen, 0), refund_fens, refund_days))"


# net0, net1: what an order came to as known on either day. in0, in1: whether it was placed then, before the cut.
_ORDERS = f"""
    SELECT {UID_OF_SUID} AS uid, uid < {FIRST_ANONYMOUS} AS known, business_on, shop, region,
        category_names, category_fens, refund_categories, refund_fens, refund_days,
        gross_fen - {_given_back("{on0:Date}")} AS net0, gross_fen - {_given_back("{on1:Date}")} AS net1,
        business_on = {{on0:Date}} AND ordered_at < {{until0:DateTime64(3, 'UTC')}} AS in0,
        business_on = {{on1:Date}} AND ordered_at < {{until1:DateTime64(3, 'UTC')}} AS in1
    FROM orders FINAL WHERE {BRAND} AND {STORES} AND business_on <= {{on0:Date}} AND {_THEIRS}
"""

_FIRST = "minIf(business_on, net0 > 0) AS first0, minIf(business_on, net1 > 0) AS first1"


def _figures(day: int) -> str:
    return f"""
        sum(purchases{day}) AS orders{day}, sum(sold{day}) AS net_fen{day},
        countIf(known AND purchases{day} > 0) AS buyers{day},
        countIf(known AND purchases{day} > 0 AND first{day} = {{on{day}:Date}}) AS new_buyers{day},
        sumIf(purchases{day}, NOT known) AS anonymous_orders{day}
    """


_TRADE = f"""
    SELECT {_figures(0)}, {_figures(1)} FROM (
        SELECT uid, known, {_FIRST}, countIf(in0 AND net0 > 0) AS purchases0, countIf(in1 AND net1 > 0) AS purchases1,
            sumIf(net0, in0) AS sold0, sumIf(net1, in1) AS sold1
        FROM ({_ORDERS}) GROUP BY uid, known
    )
"""

_REFUNDS = f"""
    SELECT uniqExactIf((shop, document_id), in0) AS refunds0, uniqExactIf((shop, document_id), in1) AS refunds1,
        -sumIf(amount_fen, in0) AS refunded_fen0, -sumIf(amount_fen, in1) AS refunded_fen1
    FROM (
        SELECT shop, document_id, amount_fen,
            business_on = {{on0:Date}} AND occurred_at < {{until0:DateTime64(3, 'UTC')}} AS in0,
            business_on = {{on1:Date}} AND occurred_at < {{until1:DateTime64(3, 'UTC')}} AS in1
        FROM order_lines FINAL WHERE {BRAND} AND {STORES} AND kind = 'refund'
            AND suid IN (SELECT suid FROM refund_matches WHERE {BRAND} AND refund_on IN {_DAYS})
    )
"""

_VISITORS = f"""
    SELECT uniqExactIf(uid, business_on = {{on0:Date}}) AS visitors0,
        uniqExactIf(uid, business_on = {{on1:Date}}) AS visitors1
    FROM (
        SELECT {UID_OF_SUID} AS uid, business_on FROM events
        WHERE {BRAND} AND type = 'page.viewed' AND suid > 0 AND (
            (business_on = {{on0:Date}} AND occurred_at < {{until0:DateTime64(3, 'UTC')}})
            OR (business_on = {{on1:Date}} AND occurred_at < {{until1:DateTime64(3, 'UTC')}}))
    )
"""

# What each order brought, with whether its day was that of the person's first purchase. Goods given back lower their
# category.
_BOUGHT = f"""
    SELECT known, if(row.1 = 0, first0 = {{on0:Date}}, first1 = {{on1:Date}}) AS is_new, row.1 AS nth, row.2 AS shop,
        row.3 AS region, row.4 AS net_fen, row.5 AS names, row.6 AS fens, row.7 AS back_names, row.8 AS back_fens
    FROM (
        SELECT known, {_FIRST},
            groupArrayIf((in1, toString(shop), toString(region), if(in0, net0, net1), category_names, category_fens,
                refund_categories, arrayMap((fen, day) -> if(day <= if(in0, {{on0:Date}}, {{on1:Date}}), fen, 0),
                    refund_fens, refund_days)), in0 OR in1) AS bought
        FROM ({_ORDERS}) GROUP BY uid, known
    ) ARRAY JOIN bought AS row
"""

_PARTS = f"""
    SELECT part.1 AS dimension, part.2 AS value, sumIf(part.3, nth = 0) AS now_fen, sumIf(part.3, nth = 1) AS then_fen
    FROM ({_BOUGHT})
    ARRAY JOIN arrayConcat(
        [('shop', shop, net_fen), ('region', region, net_fen),
         ('buyer', multiIf(NOT known, 'anonymous', is_new, 'new', 'returning'), net_fen)],
        arrayMap((name, fen) -> ('category', name, fen), names, fens),
        arrayMap((name, fen) -> ('category', name, -fen), back_names, back_fens)) AS part
    GROUP BY dimension, value HAVING now_fen != 0 OR then_fen != 0
"""


def _bound(ctx: Ctx, days: tuple[Cut, Cut]) -> dict[str, Any]:
    ends = {f"until{n}": cut.until for n, cut in enumerate(days)}
    return bound(ctx, **{f"on{n}": cut.on for n, cut in enumerate(days)}, **ends)


def figures(ctx: Ctx, days: tuple[Cut, Cut]) -> tuple[DayFigures, DayFigures]:
    """Return what happened on either day up to its cut."""
    values = _bound(ctx, days)
    row = ctx.lake.rows(_TRADE, values)[0] | ctx.lake.rows(_REFUNDS, values)[0]
    seen = ctx.lake.rows(_VISITORS, values)[0] if ctx.scope.stores is None else {}
    row |= seen if any(seen.values()) else {"visitors0": None, "visitors1": None}
    first, second = (
        DayFigures(**{name: row[f"{name}{n}"] for name in DayFigures.__dataclass_fields__}) for n in (0, 1)
    )
    return first, second


def orders(ctx: Ctx, days: tuple[Cut, Cut]) -> tuple[Sold, Sold]:
    """Return how many orders there were on either day up to its cut, and what they came to."""
    row = ctx.lake.rows(_TRADE, _bound(ctx, days))[0]
    return Sold(row["orders0"], row["net_fen0"]), Sold(row["orders1"], row["net_fen1"])


def parts(ctx: Ctx, days: tuple[Cut, Cut]) -> list[Part]:
    """Return what every shop, region, category and kind of buyer brought on either day."""
    return [Part(**row) for row in ctx.lake.rows(_PARTS, _bound(ctx, days))]
