"""Refund matches and orders, derived in the lake from order lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.profiles.logic import Line, RefundMatch
from regulars.profiles.store.scope import UID, People

_OWN = "brand_id = {brand_id:UInt16} AND suid > 0 AND "

_REFUNDED_ITEMS = f"""
SELECT DISTINCT {UID} AS uid, shop, item_id FROM order_lines FINAL
WHERE {_OWN} @people AND kind = 'refund'
"""

# Only lines of items that a person gave back: all that matching needs, and little of the whole.
_LINES = f"""
SELECT {UID} AS uid, kind, suid, toString(shop) AS shop, document_id, ordinal, occurred_at, business_on, item_id,
    toString(category) AS category, quantity, unit_price, amount_fen, refund_of
FROM order_lines FINAL
WHERE {_OWN} @people AND kind IN ('sale', 'refund') AND (uid, shop, item_id) IN ({_REFUNDED_ITEMS})
"""

# One sale and one refund of an item that the sale covers: most of all, and nothing to choose between.
_PAIRS = f"""
SELECT uid, shop, item_id,
    anyIf((suid, document_id, ordinal, business_on, quantity, amount_fen, occurred_at, refund_of),
        kind = 'refund') AS back,
    anyIf((suid, document_id, ordinal, category, quantity, occurred_at), kind = 'sale') AS sale
FROM ({_LINES}) GROUP BY uid, shop, item_id
HAVING count() = 2 AND countIf(kind = 'sale') = 1 AND back.5 < 0 AND sale.5 + back.5 >= 0
    AND if(back.8 = '', sale.6 <= back.7, sale.2 = back.8)
"""
_EVIDENT = f"""
INSERT INTO refund_matches (
    brand_id, suid, shop, document_id, ordinal, refund_on, sale_suids, sale_shops, sale_document_ids, sale_ordinals,
    sale_categories, quantities, amounts_fen, unmatched_quantity, unmatched_fen, version)
SELECT {{brand_id:UInt16}}, back.1, shop, back.2, back.3, back.4, [sale.1], [shop], [sale.2], [sale.3], [sale.4],
    [-back.5], [-back.6], 0, 0, {{version:UInt64}}
FROM ({_PAIRS})
"""
_DOUBTFUL = f"SELECT * FROM ({_LINES}) WHERE (uid, shop, item_id) NOT IN (SELECT uid, shop, item_id FROM ({_PAIRS}))"

_MATCHES = pa.schema(
    [
        ("brand_id", pa.uint16()),
        ("suid", pa.uint32()),
        ("shop", pa.string()),
        ("document_id", pa.string()),
        ("ordinal", pa.uint32()),
        ("refund_on", pa.date32()),
        ("sale_suids", pa.list_(pa.uint32())),
        ("sale_shops", pa.list_(pa.string())),
        ("sale_document_ids", pa.list_(pa.string())),
        ("sale_ordinals", pa.list_(pa.uint32())),
        ("sale_categories", pa.list_(pa.string())),
        ("quantities", pa.list_(pa.int64())),
        ("amounts_fen", pa.list_(pa.int64())),
        ("unmatched_quantity", pa.int64()),
        ("unmatched_fen", pa.int64()),
        ("version", pa.uint64()),
    ]
)

_ORDERS = f"""
INSERT INTO orders (
    brand_id, suid, shop, order_id, ordered_at, business_on, lines, units, gross_fen, refunded_units, refunded_fen,
    currency, store, region, category_names, category_fens, category_lines,
    refund_days, refund_units, refund_fens, refund_categories, version)
SELECT
    brand_id, s.suid, s.shop, s.document_id, s.ordered_at, s.business_on, s.lines, s.units, s.gross_fen,
    arraySum(r.given.2), arraySum(r.given.3), s.currency, s.store, s.region,
    s.categories.1, s.categories.2, s.categories.3, r.given.1, r.given.2, r.given.3, r.given.4, {{version:UInt64}}
FROM (
    SELECT brand_id, suid, shop, document_id,
        min(first_at) AS ordered_at, min(first_on) AS business_on, sum(n) AS lines,
        sum(category_units) AS units, sum(category_fen) AS gross_fen,
        argMin(currency, first_ordinal) AS currency, argMin(store, first_ordinal) AS store,
        argMin(region, first_ordinal) AS region,
        arraySort(groupArray((toString(category), category_fen, toInt64(n)))) AS categories
    FROM (
        SELECT brand_id, suid, shop, document_id, category,
            min(occurred_at) AS first_at, min(order_lines.business_on) AS first_on, min(ordinal) AS first_ordinal,
            count() AS n, sum(quantity) AS category_units, sum(amount_fen) AS category_fen,
            argMin(order_lines.currency, ordinal) AS currency, argMin(order_lines.store, ordinal) AS store,
            argMin(order_lines.region, ordinal) AS region
        FROM order_lines FINAL WHERE {_OWN} @people AND kind = 'sale'
        GROUP BY brand_id, suid, shop, document_id, category
    ) GROUP BY brand_id, suid, shop, document_id
) AS s
LEFT JOIN (
    SELECT sale_suid, sale_shop, sale_document_id,
        arraySort(groupArray((refund_on, quantity, amount_fen, sale_category))) AS given
    FROM refund_matches FINAL
    ARRAY JOIN sale_suids AS sale_suid, sale_shops AS sale_shop, sale_document_ids AS sale_document_id,
        sale_categories AS sale_category, quantities AS quantity, amounts_fen AS amount_fen
    WHERE {_OWN} @people
    GROUP BY sale_suid, sale_shop, sale_document_id
) AS r ON r.sale_suid = s.suid AND r.sale_shop = toString(s.shop) AND r.sale_document_id = s.document_id
"""

# What this run did not write again is no longer so.
_STALE_ORDERS = f"""
INSERT INTO orders (brand_id, suid, shop, order_id, version, deleted)
SELECT brand_id, suid, shop, order_id, {{version:UInt64}}, 1 FROM orders FINAL
WHERE {_OWN} @people AND version < {{version:UInt64}}
"""
_STALE_MATCHES = f"""
INSERT INTO refund_matches (brand_id, suid, shop, document_id, ordinal, version, deleted)
SELECT brand_id, suid, shop, document_id, ordinal, {{version:UInt64}}, 1 FROM refund_matches FINAL
WHERE {_OWN} @people AND version < {{version:UInt64}}
"""


def write_evident_matches(ctx: Ctx, brand_id: int, people: People, version: int) -> None:
    """Write the matches between which and others there is nothing to choose, just as `match_refunds` finds them."""
    _run(ctx, _EVIDENT, brand_id, people, version)


def refunded_lines(ctx: Ctx, brand_id: int, people: People, *, doubtful: bool = False) -> Iterable[list[Line]]:
    """Yield each person's sale and refund lines of the items the person gave back.

    doubtful: of those only that `write_evident_matches` leaves.
    """
    sql = (_DOUBTFUL if doubtful else _LINES).replace("@people", people.condition)
    table = ctx.lake.arrow(sql, {"brand_id": brand_id, **people.parameters})
    persons: dict[int, list[Line]] = defaultdict(list)
    columns = [table.column(name).to_pylist() for name in ("uid", *Line.__dataclass_fields__)]
    for uid, *values in zip(*columns, strict=True):
        persons[uid].append(Line(*values))
    return persons.values()


def write_matches(ctx: Ctx, brand_id: int, matches: Sequence[RefundMatch], version: int) -> None:
    """Write the matches of all refund lines of these people."""
    rows = [
        {
            "brand_id": brand_id,
            "suid": m.refund.suid,
            "shop": m.refund.shop,
            "document_id": m.refund.document_id,
            "ordinal": m.refund.ordinal,
            "refund_on": m.refund.business_on,
            "sale_suids": [a.sale.suid for a in m.allocations],
            "sale_shops": [a.sale.shop for a in m.allocations],
            "sale_document_ids": [a.sale.document_id for a in m.allocations],
            "sale_ordinals": [a.sale.ordinal for a in m.allocations],
            "sale_categories": [a.sale.category for a in m.allocations],
            "quantities": [a.quantity for a in m.allocations],
            "amounts_fen": [a.amount_fen for a in m.allocations],
            "unmatched_quantity": m.unmatched_quantity,
            "unmatched_fen": m.unmatched_fen,
            "version": version,
        }
        for m in matches
    ]
    ctx.lake.insert("refund_matches", pa.Table.from_pylist(rows, schema=_MATCHES))


def write_orders(ctx: Ctx, brand_id: int, people: People, version: int) -> None:
    """Make the orders of these people anew of their sale lines and refund matches."""
    _run(ctx, _ORDERS, brand_id, people, version)


def settle_facts(ctx: Ctx) -> None:
    """Let each line and attribute lie once, so that reading what stands costs no merging; takes a while."""
    _settle(ctx, "order_lines", "person_attributes")


def settle(ctx: Ctx) -> None:
    """Let each order and match lie once."""
    _settle(ctx, "refund_matches", "orders")


def _settle(ctx: Ctx, *tables: str) -> None:
    for table in tables:
        ctx.lake.command(f"OPTIMIZE TABLE {table} FINAL SETTINGS optimize_skip_merged_partitions = 1")


def drop_stale(ctx: Ctx, brand_id: int, people: People, version: int) -> None:
    """Take away matches and orders that a run of this version should have written again and did not.

    Lines go only with their document's correction or with an erasure, which take away what hangs on them; so only
    whole runs sweep.
    """
    _run(ctx, _STALE_MATCHES, brand_id, people, version)
    _run(ctx, _STALE_ORDERS, brand_id, people, version)


def _run(ctx: Ctx, sql: str, brand_id: int, people: People, version: int) -> None:
    ctx.lake.command(
        sql.replace("@people", people.condition), {"brand_id": brand_id, "version": version, **people.parameters}
    )
