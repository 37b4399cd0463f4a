"""What happened with a person, in order: events, and each order or refund as one moment however it came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars.core.ctx import Ctx

ORDER_EVENTS = "('order.placed', 'order.refunded')"

# The bounds of time stand within both halves, where the order of the rows makes them cheap.
_TIME = "occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at <= {until:DateTime64(3, 'UTC')}"
_WHOSE = "brand_id IN {brands:Array(UInt16)} AND suid IN {suids:Array(UInt32)}"
_STORES = "({all_stores:UInt8} = 1 OR has({stores:Array(String)}, store))"
_MOMENTS = f"""(
    SELECT occurred_at, toString(type) AS type, toString(origin) AS origin, toString(shop) AS shop, props,
        toString(event_id) AS key, '' AS document_id, 0 AS lines, 0 AS amount_fen, '' AS currency
    FROM timeline WHERE {_WHOSE} AND {_TIME} AND type NOT IN {ORDER_EVENTS}
    UNION ALL
    SELECT min(order_lines.occurred_at) AS occurred_at,
        if(kind = 'sale', 'order.placed', 'order.refunded') AS type, toString(argMin(order_lines.origin, ordinal)),
        toString(shop), '' AS props, concat(kind, '/', toString(brand_id), '/', shop, '/', document_id) AS key,
        document_id, count() AS lines, sum(order_lines.amount_fen) AS amount_fen,
        toString(argMin(order_lines.currency, ordinal))
    FROM order_lines FINAL WHERE {_WHOSE} AND {_STORES}
    GROUP BY brand_id, kind, shop, document_id
) WHERE {_TIME}"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a timeline is wanted. types: none = any. since, until: instants, both included."""

    types: tuple[str, ...]
    since: datetime
    until: datetime


def _bound(ctx: Ctx, brands: Sequence[int], suids: Sequence[int], wanted: Wanted) -> dict[str, Any]:
    return {
        "brands": list(brands),
        "suids": list(suids),
        "all_stores": int(ctx.scope.stores is None),
        "stores": sorted(ctx.scope.stores or ()),
        "types": list(wanted.types),
        "since": wanted.since,
        "until": wanted.until,
    }


def moments(
    ctx: Ctx, brands: Sequence[int], suids: Sequence[int], wanted: Wanted, *, before: tuple[datetime, str] | None,
    limit: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return what happened with a person, newest first. before: (occurred_at, key) of the last one seen."""
    at, key = before or (None, "")
    bound = _bound(ctx, brands, suids, wanted)
    if at is not None:
        bound |= {"at": at, "key": key, "until": min(at, wanted.until)}
    return ctx.lake.rows(
        f"SELECT * FROM {_MOMENTS}"
        + (" AND type IN {types:Array(String)}" if wanted.types else "")
        + (" AND (occurred_at, key) < ({at:DateTime64(3, 'UTC')}, {key:String})" if at else "")
        + " ORDER BY occurred_at DESC, key DESC LIMIT {limit:UInt32}",
        {**bound, "limit": limit},
    )


def counted(ctx: Ctx, brands: Sequence[int], suids: Sequence[int], wanted: Wanted) -> list[dict[str, Any]]:
    """Return type and n of the moments of each type, most first."""
    return ctx.lake.rows(
        f"SELECT type, count() AS n FROM {_MOMENTS} GROUP BY type ORDER BY n DESC, type",
        _bound(ctx, brands, suids, wanted),
    )
