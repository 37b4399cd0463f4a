"""Small shops written straight into the lake's tables, with states worked out here in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.profiles.store import touched

ANONYMOUS = 2**31
_versions = count(1)


@dataclass(frozen=True)
class Order:
    """A sale document of one person; money in minor units."""

    uid: int
    day: date
    gross_fen: int = 1_000
    refunded_fen: int = 0
    store: str = ""
    brand_id: int = 1

    @property
    def net_fen(self) -> int:
        return self.gross_fen - self.refunded_fen


def write_orders(ctx: Ctx, orders: Sequence[Order]) -> None:
    version = next(_versions)
    ctx.lake.insert(
        "orders",
        pa.Table.from_pylist(
            [
                {
                    "brand_id": o.brand_id,
                    "suid": o.uid,
                    "shop": "web",
                    "order_id": f"{version}-{i}",
                    "ordered_at": datetime(o.day.year, o.day.month, o.day.day, 10, tzinfo=UTC) + timedelta(seconds=i),
                    "business_on": o.day,
                    "lines": 1,
                    "units": 1,
                    "gross_fen": o.gross_fen,
                    "refunded_fen": o.refunded_fen,
                    "currency": "GBP",
                    "store": o.store,
                    "region": "United Kingdom",
                    "version": version,
                    "deleted": 0,
                }
                for i, o in enumerate(orders)
            ],
            pa.schema(
                [
                    ("brand_id", pa.uint16()),
                    ("suid", pa.uint32()),
                    ("shop", pa.string()),
                    ("order_id", pa.string()),
                    ("ordered_at", pa.timestamp("ms", tz="UTC")),
                    ("business_on", pa.date32()),
                    ("lines", pa.uint32()),
                    ("units", pa.int64()),
                    ("gross_fen", pa.int64()),
                    ("refunded_fen", pa.int64()),
                    ("currency", pa.string()),
                    ("store", pa.string()),
                    ("region", pa.string()),
                    ("version", pa.uint64()),
                    ("deleted", pa.uint8()),
                ]
            ),
        ),
    )

    for brand_id in {o.brand_id for o in orders}:
        touched.note(ctx, brand_id, {"order": {o.uid for o in orders}})


def write_states(ctx: Ctx, orders: Iterable[Order], as_of: date, *, brand_id: int = 1) -> None:
    """Write what the orders make of their people: counts, days, money, windows."""
    by_person: dict[int, list[Order]] = defaultdict(list)
    for order in orders:
        by_person[order.uid].append(order)
    version = next(_versions)
    rows = [_state(uid, theirs) | {"brand_id": brand_id, "version": version} for uid, theirs in by_person.items()]
    if rows:
        ctx.lake.insert("user_state_delta", pa.Table.from_pylist(rows, _STATE))
        _write_live(ctx, rows)
        _count_from(ctx, as_of, brand_id)


def _write_live(ctx: Ctx, rows: Sequence[dict[str, object]]) -> None:
    """Write the copy of states that lies in PostgreSQL."""
    names = [field.name for field in _STATE if field.name not in ("version", "deleted")]
    with ctx.tx.cursor() as cursor:
        cursor.execute(
            "delete from person_state where (brand_id, uid) in (select * from unnest(%s::int[], %s::bigint[]))",
            ([row["brand_id"] for row in rows], [row["uid"] for row in rows]),
        )
        with cursor.copy(f"copy person_state ({', '.join(names)}, member, consents, version) from stdin") as copy:
            for row in rows:
                values = [bool(row[n]) if n == "anonymous" else row[n] for n in names]
                copy.write_row([*values, False, [], row["version"]])


def _count_from(ctx: Ctx, as_of: date, brand_id: int) -> None:
    # one version a day: answers kept of the base stand until the day changes
    cuts = {"brand_id": brand_id, "as_of_on": as_of, "version": as_of.toordinal()}
    schema = pa.schema([("brand_id", pa.uint16()), ("as_of_on", pa.date32()), ("version", pa.uint64())])
    ctx.lake.insert("day_cuts", pa.Table.from_pylist([cuts], schema))


def remove_states(ctx: Ctx, uids: Sequence[int], *, brand_id: int = 1) -> None:
    """Write that these people are no longer anybody (merged into others)."""
    version = next(_versions)
    rows = [_state(uid, []) | {"brand_id": brand_id, "version": version, "deleted": 1} for uid in uids]
    ctx.lake.insert("user_state_delta", pa.Table.from_pylist(rows, _STATE))
    ctx.tx.execute(
        "delete from person_state where brand_id = %(brand_id)s and uid = any(%(uids)s)",
        {"brand_id": brand_id, "uids": list(uids)},
    )


_STATE = pa.schema(
    [
        ("brand_id", pa.uint16()),
        ("uid", pa.uint32()),
        ("anonymous", pa.uint8()),
        ("purchase_number", pa.uint32()),
        ("ladder_step", pa.uint8()),
        ("gross_fen", pa.int64()),
        ("refunded_fen", pa.int64()),
        ("net_fen", pa.int64()),
        ("first_order_on", pa.date32()),
        ("last_order_on", pa.date32()),
        ("order_days", pa.list_(pa.date32())),
        ("order_fens", pa.list_(pa.int64())),
        ("stores", pa.list_(pa.string())),
        ("version", pa.uint64()),
        ("deleted", pa.uint8()),
    ]
)


def _state(uid: int, orders: Sequence[Order]) -> dict[str, object]:
    bought = sorted((o for o in orders if o.net_fen > 0), key=lambda o: o.day)
    return {
        "uid": uid,
        "anonymous": int(uid >= ANONYMOUS),
        "purchase_number": len(bought),
        "ladder_step": min(len(bought), 8),
        "gross_fen": sum(o.gross_fen for o in orders),
        "refunded_fen": sum(o.refunded_fen for o in orders),
        "net_fen": sum(o.net_fen for o in orders),
        "first_order_on": bought[0].day if bought else None,
        "last_order_on": bought[-1].day if bought else None,
        "order_days": [o.day for o in bought],
        "order_fens": [o.net_fen for o in bought],
        "stores": sorted({o.store for o in orders if o.store}),
        "deleted": 0,
    }
