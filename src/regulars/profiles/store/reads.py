"""What is read of people: lists, orders, timeline, figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString

from regulars.core.ctx import Ctx
from regulars.core.rule import Field
from regulars.infra.numbers import Numbers
from regulars.profiles.contract import Members, Sort
from regulars.profiles.store.scope import FIRST_ANONYMOUS, UID

_LIST: LiteralString = (
    "select uid, anonymous, purchase_number, ladder_step, net_fen, first_order_on, last_order_on, region,"
    " favourite_category, rfm_r, rfm_f, rfm_m, "
)
_REACHED: LiteralString = (
    " from person_now ps where brand_id = %(brand_id)s"
    " and (%(stores)s::text[] is null or stores && %(stores)s::text[])"
    " and (%(uids)s::bigint[] is null or uid = any(%(uids)s::bigint[]))"
)
# In parts, one after the other, each in the order of an index: however many people there are, a page reads a page.
_SORTED: dict[Sort, tuple[LiteralString, ...]] = {
    "last_order_on": (
        "last_order_on - date '1970-01-01' as place" + _REACHED + " and last_order_on is not null"
        " and (%(place)s::int is null or (last_order_on, uid) < (date '1970-01-01' + %(place)s::int, %(uid)s::bigint))"
        " order by last_order_on desc, uid desc limit %(limit)s",
        "-1 as place" + _REACHED + " and last_order_on is null and (%(place)s::int is distinct from -1"
        " or uid < %(uid)s::bigint) order by uid desc limit %(limit)s",
    ),
    "net_fen": (
        "net_fen as place" + _REACHED + " and (%(place)s::bigint is null"
        " or (net_fen, uid) < (%(place)s::bigint, %(uid)s::bigint)) order by net_fen desc, uid desc limit %(limit)s",
    ),
    "purchase_number": (
        "purchase_number as place" + _REACHED + " and (%(place)s::bigint is null"
        " or (purchase_number, uid) < (%(place)s::bigint, %(uid)s::bigint))"
        " order by purchase_number desc, uid desc limit %(limit)s",
    ),
}


def _reach(ctx: Ctx, uids: Sequence[int] | None) -> dict[str, Any]:
    return {
        "brand_id": ctx.brand_id,
        "stores": None if ctx.scope.stores is None else sorted(ctx.scope.stores),
        "uids": None if uids is None else list(uids),
    }


def listed(
    ctx: Ctx, *, uids: Sequence[int] | None, sort: Sort, after: tuple[int, int] | None, limit: int
) -> list[dict[str, Any]]:
    """Return people of the brand within the scope, highest first. after: (place, uid) of the last one seen."""
    place, uid = after or (None, None)
    found: list[dict[str, Any]] = []
    for part in _SORTED[sort]:
        bound = {**_reach(ctx, uids), "place": place, "uid": uid, "limit": limit - len(found)}
        found += ctx.tx.execute(_LIST + part, bound).fetchall()
        if len(found) == limit:
            break
    return found


def live_rows(ctx: Ctx, uids: Sequence[int]) -> list[dict[str, Any]]:
    """Return what the list shows of these people, in their order, as far as the scope reaches and they still are."""
    sql: LiteralString = _LIST + "0 as place" + _REACHED
    rows = {row["uid"]: row for row in ctx.tx.execute(sql, _reach(ctx, uids)).fetchall()}
    return [rows[uid] for uid in uids if uid in rows]


def values_of(ctx: Ctx, uids: Sequence[int], columns: Sequence[Field]) -> dict[int, list[Any]]:
    """Return uid -> the values of these fields of the person, as the list shows them."""
    asked: LiteralString = ", ".join(f"({one.live})" for one in columns if one.live is not None)
    sql: LiteralString = f"select uid, json_build_array({asked}) as cells{_REACHED}"
    return {row["uid"]: row["cells"] for row in ctx.tx.execute(sql, _reach(ctx, uids)).fetchall()}


def of_document(ctx: Ctx, document_id: str) -> list[int]:
    """Return the suids of the orders and refunds of the brand (of any, for the group) that have this number."""
    rows = ctx.tx.execute(
        "with recursive place as ("
        " (select brand_id, shop from order_document where %(brand_id)s = 0 or brand_id = %(brand_id)s"
        "   order by brand_id, shop limit 1)"
        " union all select following.brand_id, following.shop from place cross join lateral (select d.brand_id, d.shop"
        "   from order_document d where (d.brand_id, d.shop) > (place.brand_id, place.shop)"
        "   and (%(brand_id)s = 0 or d.brand_id = %(brand_id)s) order by d.brand_id, d.shop limit 1) following)"
        " select distinct d.suid from place join order_document d"
        "  on d.brand_id = place.brand_id and d.shop = place.shop and d.kind in ('sale', 'refund')"
        "  and d.document_id = %(document_id)s where d.suid > 0 limit 200",
        {"brand_id": ctx.brand_id, "document_id": document_id},
    )
    return [row["suid"] for row in rows]


# The same places as in `_SORTED`.
_PLACE: dict[Sort, LiteralString] = {
    "last_order_on": "toInt64(ifNull(toInt32(last_order_on), -1))",
    "net_fen": "net_fen",
    "purchase_number": "toInt64(purchase_number)",
}
_REACHED_IN_LAKE = (
    " FROM user_state AS s WHERE brand_id = {brand_id:UInt16}"
    " AND ({all_stores:UInt8} = 1 OR hasAny(stores, {stores:Array(String)}))"
)


def _reach_in_lake(ctx: Ctx) -> dict[str, Any]:
    stores = ctx.scope.stores
    return {"brand_id": ctx.brand_id, "all_stores": int(stores is None), "stores": sorted(stores or ())}


def places_among(
    ctx: Ctx, members: Members, *, sort: Sort, after: tuple[int, int] | None, limit: int
) -> list[dict[str, Any]]:
    """Return uid and place of those named within the scope, highest first. after: (place, uid) of the last one seen."""
    further, bound = "", _reach_in_lake(ctx) | dict(members.parameters) | {"limit": limit}
    if after is not None:
        further = " AND (place, s.uid) < ({place:Int64}, {after_uid:UInt32})"
        bound |= {"place": after[0], "after_uid": after[1]}
    return ctx.lake.rows(
        f"SELECT s.uid AS uid, {_PLACE[sort]} AS place{_REACHED_IN_LAKE} AND s.uid IN ({members.sql}){further}"
        " ORDER BY place DESC, uid DESC LIMIT {limit:UInt32}",
        bound,
    )


def among(ctx: Ctx, members: Members, uids: Sequence[int]) -> list[int]:
    """Return who of these is named."""
    sql = f"SELECT DISTINCT uid FROM ({members.sql}) WHERE uid IN {{uids:Array(UInt32)}} ORDER BY uid"
    return [row["uid"] for row in ctx.lake.rows(sql, dict(members.parameters) | {"uids": list(uids)})]


def allowing(ctx: Ctx, consent: str) -> Numbers:
    """Return who gave a consent, "channel:purpose", in the brand."""
    table = ctx.lake.arrow(
        "SELECT uid FROM user_state WHERE brand_id = {brand_id:UInt16} AND has(consents, {consent:String})",
        {"brand_id": ctx.brand_id, "consent": consent},
    )
    return table.column("uid").combine_chunks().to_numpy(zero_copy_only=False)


def counted(ctx: Ctx, members: Members | None = None) -> dict[str, int]:
    """Return how many people of the brand lie within the scope: identified, anonymous. members: only of these.

    Counted in the lake, which reads no more than it must.
    """
    counts = "countIf(s.anonymous = 0) AS identified, countIf(s.anonymous = 1) AS anonymous"
    named = "" if members is None else f" AND s.uid IN ({members.sql})"
    bound = _reach_in_lake(ctx) | dict(members.parameters if members else {})
    return ctx.lake.rows(f"SELECT {counts}{_REACHED_IN_LAKE}{named}", bound)[0]


def counted_of(ctx: Ctx, uids: Sequence[int]) -> dict[str, int]:
    """Return how many of these people lie within the scope: identified, anonymous."""
    row = ctx.tx.execute(
        "select count(*) filter (where not anonymous) as identified, count(*) filter (where anonymous) as anonymous"
        + _REACHED,
        _reach(ctx, uids),
    ).fetchone()
    return dict(row or {})


def live_state(ctx: Ctx, uid: int) -> dict[str, Any] | None:
    """Return a person's live state within the scope."""
    return ctx.tx.execute("select *" + _REACHED, _reach(ctx, [uid])).fetchone()


def stored_state(ctx: Ctx, uid: int) -> dict[str, Any] | None:
    """Return a person's state with the arrays of orders."""
    rows = ctx.lake.rows(
        "SELECT * FROM user_state WHERE brand_id = {brand_id:UInt16} AND uid = {uid:UInt32}",
        {"brand_id": ctx.brand_id, "uid": uid},
    )
    return rows[0] if rows else None


_STORES = "({all_stores:UInt8} = 1 OR has({stores:Array(String)}, store))"


def _bound(ctx: Ctx, brands: Sequence[int], suids: Sequence[int]) -> dict[str, Any]:
    return {
        "brands": list(brands),
        "suids": list(suids),
        "all_stores": int(ctx.scope.stores is None),
        "stores": sorted(ctx.scope.stores or ()),
    }


def orders(
    ctx: Ctx, brands: Sequence[int], suids: Sequence[int], *, before: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Return a person's orders, newest first. before: (ordered_at, key) of the last one seen."""
    at, key = before or (None, "")
    return ctx.lake.rows(
        "SELECT shop, order_id, ordered_at, business_on, lines, units, gross_fen, refunded_fen,"
        " gross_fen - refunded_fen AS net_fen, currency, concat(toString(brand_id), '/', shop, '/', order_id) AS key"
        " FROM orders FINAL WHERE brand_id IN {brands:Array(UInt16)} AND suid IN {suids:Array(UInt32)}"
        f" AND {_STORES}"
        + (" AND (ordered_at, key) < ({at:DateTime64(3, 'UTC')}, {key:String})" if at else "")
        + " ORDER BY ordered_at DESC, key DESC LIMIT {limit:UInt32}",
        {**_bound(ctx, brands, suids), "at": at, "key": key, "limit": limit},
    )


_LINE_FIGURES = f"""
SELECT count() AS lines, uniqExact(shop, document_id) AS invoices,
    uniqExactIf(uid, known) AS customers,
    uniqExactIf((shop, document_id), kind = 'refund') AS cancelled_invoices,
    toString(sum(quantity * unit_price)) AS value_all,
    countIf(positive) AS positive_lines, uniqExactIf(uid, positive) AS positive_customers,
    uniqExactIf((shop, document_id), positive) AS positive_invoices,
    toString(sumIf(quantity * unit_price, positive)) AS positive_value,
    countIf(NOT known) AS anonymous_lines,
    countIf(kind = 'stock') AS stock_lines, countIf(kind = 'cash') AS cash_lines
FROM (
    SELECT *, {UID} AS uid, suid > 0 AND uid < {FIRST_ANONYMOUS} AS known,
        known AND quantity > 0 AND unit_price > 0 AS positive
    FROM order_lines FINAL WHERE brand_id = {{brand_id:UInt16}}
)
"""
_REFUND_FIGURES = f"""
SELECT count() AS lines, countIf(unmatched_quantity = 0 AND notEmpty(quantities)) AS matched,
    lines - matched AS unmatched, countIf(unmatched_quantity > 0 AND notEmpty(quantities)) AS partly,
    sum(unmatched_fen) AS unmatched_fen
FROM refund_matches FINAL WHERE brand_id = {{brand_id:UInt16}} AND {UID} < {FIRST_ANONYMOUS}
"""
_UNMATCHED = f"""
SELECT {UID} AS uid, shop, document_id, ordinal, refund_on, unmatched_quantity, unmatched_fen
FROM refund_matches FINAL
WHERE brand_id = {{brand_id:UInt16}} AND (unmatched_quantity > 0 OR unmatched_fen != 0)
    AND (refund_on, shop, document_id, ordinal)
        < ({{refund_on:Date}}, {{shop:String}}, {{document_id:String}}, {{ordinal:UInt32}})
ORDER BY refund_on DESC, shop DESC, document_id DESC, ordinal DESC LIMIT {{limit:UInt32}}
"""


def figures(ctx: Ctx) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the figures of all order lines of the brand, and of the refund lines of identified people."""
    bound = {"brand_id": ctx.brand_id}
    return ctx.lake.rows(_LINE_FIGURES, bound)[0], refund_figures(ctx)


def refund_figures(ctx: Ctx) -> dict[str, Any]:
    """Return the figures of the refund lines of identified people."""
    return ctx.lake.rows(_REFUND_FIGURES, {"brand_id": ctx.brand_id})[0]


def unmatched(ctx: Ctx, after: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """Return refund lines with a part that found no sale, newest first. after: key of the last one seen."""
    return ctx.lake.rows(_UNMATCHED, {"brand_id": ctx.brand_id, "limit": limit, **after})
