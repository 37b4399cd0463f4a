"""The states as they are written: changes to the lake, the live copy to PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from psycopg import sql
from psycopg.errors import UniqueViolation

from regulars.core.ctx import Ctx
from regulars.profiles.store.bulk import copy_in
from regulars.profiles.store.scope import FIRST_ANONYMOUS
from regulars.profiles.store.state import FACT_COLUMNS


def write_changes(ctx: Ctx, facts: pa.Table, version: int) -> None:
    """Write what is known of people who changed to the lake and to PostgreSQL. facts: FACT_COLUMNS."""
    n = facts.num_rows
    if n == 0:
        return
    ctx.lake.insert("user_state_delta", facts.append_column("version", pa.repeat(pa.scalar(version, pa.uint64()), n)))
    _stage(ctx, facts, version)
    ctx.tx.execute(_MERGE)


_SEEN = (
    "select brand_id, uid, (uid >= %(first_anonymous)s)::int as anonymous,"
    " coalesce(ps.purchase_number, 0) as purchase_number,"
    " coalesce(ps.ladder_step, 0) as ladder_step, coalesce(ps.gross_fen, 0) as gross_fen,"
    " coalesce(ps.refunded_fen, 0) as refunded_fen, coalesce(ps.net_fen, 0) as net_fen,"
    " coalesce(ps.units, 0) as units, ps.first_order_on, ps.last_order_on,"
    " coalesce(ps.order_days, '{}') as order_days, coalesce(ps.order_fens, '{}') as order_fens,"
    " coalesce(ps.favourite_category, '') as favourite_category, coalesce(ps.favourite_shop, '') as favourite_shop,"
    " coalesce(ps.region, '') as region, coalesce(ps.stores, '{}') as stores, s.day as last_event_on,"
    " coalesce(ps.member, false)::int as member, ps.member_since_on, coalesce(ps.consents, '{}') as consents,"
    " coalesce(ps.gender, '') as gender, coalesce(ps.province, '') as province, coalesce(ps.city, '') as city,"
    " coalesce(ps.cell, '') as cell, coalesce(ps.birth_md, 0) as birth_md, coalesce(ps.tags, '{}') as tags"
    " from unnest(%(uids)s::bigint[], %(days)s::date[]) as s(uid, day)"
    " cross join unnest(%(brand_ids)s::int[]) as b(brand_id)"
    " left join person_state ps using (brand_id, uid)"
    " where ps.uid is null or ps.last_event_on is null or ps.last_event_on < s.day"
)


def seen(ctx: Ctx, brand_ids: Sequence[int], days: Mapping[int, date]) -> pa.Table:
    """Return what is known of people, their last day raised to the given one; of those only for whom it is news."""
    rows = ctx.tx.execute(
        _SEEN,
        {
            "first_anonymous": FIRST_ANONYMOUS,
            "uids": list(days),
            "days": "{" + ",".join(map(str, days.values())) + "}",
            "brand_ids": list(brand_ids),
        },
    ).fetchall()
    return pa.Table.from_pylist(rows, schema=FACTS)


FACTS = pa.schema(
    [
        ("brand_id", pa.uint16()),
        ("uid", pa.uint32()),
        ("anonymous", pa.uint8()),
        ("purchase_number", pa.uint32()),
        ("ladder_step", pa.uint8()),
        ("gross_fen", pa.int64()),
        ("refunded_fen", pa.int64()),
        ("net_fen", pa.int64()),
        ("units", pa.int64()),
        ("first_order_on", pa.date32()),
        ("last_order_on", pa.date32()),
        ("order_days", pa.list_(pa.date32())),
        ("order_fens", pa.list_(pa.int64())),
        ("favourite_category", pa.string()),
        ("favourite_shop", pa.string()),
        ("region", pa.string()),
        ("stores", pa.list_(pa.string())),
        ("last_event_on", pa.date32()),
        ("member", pa.uint8()),
        ("member_since_on", pa.date32()),
        ("consents", pa.list_(pa.string())),
        ("gender", pa.string()),
        ("province", pa.string()),
        ("city", pa.string()),
        ("cell", pa.string()),
        ("birth_md", pa.uint16()),
        ("tags", pa.list_(pa.string())),
    ]
)
"""FACT_COLUMNS as the lake takes them."""

_NAMES = sql.SQL(", ").join(sql.Identifier(c) for c in (*FACT_COLUMNS, "version"))
_CHANGES = sql.SQL(", ").join(
    sql.SQL("{c} = excluded.{c}").format(c=sql.Identifier(c)) for c in (*FACT_COLUMNS[2:], "version")
)
_MERGE = sql.SQL(
    "insert into person_state ({names}) select {names} from person_state_in order by brand_id, uid"
    " on conflict (brand_id, uid) do update set {changes} where person_state.version <= excluded.version"
).format(names=_NAMES, changes=_CHANGES)


def _stage(ctx: Ctx, facts: pa.Table, version: int) -> None:
    ctx.tx.execute(
        "create temporary table if not exists person_state_in (like person_state including defaults)"
        " on commit delete rows"
    )
    ctx.tx.execute("truncate person_state_in")
    _append(ctx, "person_state_in", facts, version)


def _append(ctx: Ctx, target: str, facts: pa.Table, version: int) -> None:
    rows = facts.select(FACT_COLUMNS)
    copy_in(ctx, target, rows.append_column("version", pa.repeat(pa.scalar(version, pa.int64()), len(rows))))


def follow_base(ctx: Ctx, brand_id: int, low: int, high: int, version: int) -> None:
    """Bring the live copy of the people with low <= uid < high to the base; who is as before is not written."""
    columns = ", ".join(FACT_COLUMNS)
    bound: dict[str, Any] = {"brand_id": brand_id, "low": low, "high": high}
    facts = ctx.lake.arrow(
        f"SELECT {columns} FROM user_state_base WHERE brand_id = {{brand_id:UInt16}}"
        " AND uid >= {low:UInt64} AND uid < {high:UInt64}",
        bound,
    )
    if ctx.tx.execute(_ANYBODY, bound).fetchone() is None and _appended(ctx, facts, version):
        return
    _stage(ctx, facts, version)
    ctx.tx.execute("analyze person_state_in")
    ctx.tx.execute(_CHANGED, {**bound, "version": version})
    ctx.tx.execute(_GONE, {**bound, "version": version})


def _appended(ctx: Ctx, facts: pa.Table, version: int) -> bool:
    """Append the states of a first load, of which nothing stands yet, unless somebody else writes one meanwhile."""
    try:
        with ctx.tx.transaction():
            _append(ctx, "person_state", facts, version)
    except UniqueViolation:
        return False
    return True


_ANYBODY = "select 1 from person_state where brand_id = %(brand_id)s and uid >= %(low)s and uid < %(high)s limit 1"
_CHANGED = sql.SQL(
    "insert into person_state ({names}) select {fresh} from person_state_in i"
    " left join person_state ps on ps.brand_id = i.brand_id and ps.uid = i.uid"
    " where ps.uid is null or ({old}) is distinct from ({new})"
    " on conflict (brand_id, uid) do update set {changes} where person_state.version < excluded.version"
).format(
    names=_NAMES,
    fresh=sql.SQL(", ").join(sql.Identifier("i", c) for c in (*FACT_COLUMNS, "version")),
    old=sql.SQL(", ").join(sql.Identifier("ps", c) for c in FACT_COLUMNS),
    new=sql.SQL(", ").join(sql.Identifier("i", c) for c in FACT_COLUMNS),
    changes=_CHANGES,
)
_GONE = (
    "delete from person_state ps where brand_id = %(brand_id)s and uid >= %(low)s and uid < %(high)s"
    " and version < %(version)s"
    " and not exists (select 1 from person_state_in i where i.brand_id = ps.brand_id and i.uid = ps.uid)"
)


def keys(states: pa.Table) -> list[tuple[int, int]]:
    """Return (brand_id, uid) of states."""
    return list(zip(states.column("brand_id").to_pylist(), states.column("uid").to_pylist(), strict=True))


def drop_states(ctx: Ctx, gone: Sequence[tuple[int, int]], version: int) -> None:
    """Delete states of people who are no more. gone: (brand_id, uid)."""
    if not gone:
        return
    brand_ids, uids = [b for b, _ in gone], [u for _, u in gone]
    ctx.lake.insert(
        "user_state_delta",
        pa.table(
            {
                "brand_id": pa.array(brand_ids, pa.uint16()),
                "uid": pa.array(uids, pa.uint32()),
                "version": pa.array([version] * len(gone), pa.uint64()),
                "deleted": pa.array([1] * len(gone), pa.uint8()),
            }
        ),
    )
    ctx.tx.execute(
        "delete from person_state ps using unnest(%(brand_ids)s::int[], %(uids)s::bigint[]) as g(brand_id, uid)"
        " where ps.brand_id = g.brand_id and ps.uid = g.uid and ps.version < %(version)s",
        {"brand_ids": brand_ids, "uids": uids, "version": version},
    )


def highest_suids(ctx: Ctx) -> tuple[int, int]:
    """Return the highest suid of a known and of an anonymous person that the lake holds, 0 where there is none."""
    row = ctx.lake.rows(
        f"SELECT maxIf(suid, suid < {FIRST_ANONYMOUS}) AS known, maxIf(suid, suid >= {FIRST_ANONYMOUS}) AS anonymous"
        " FROM (SELECT suid FROM order_lines UNION ALL SELECT suid FROM timeline"
        " UNION ALL SELECT suid FROM person_attributes)"
    )[0]
    return row["known"], row["anonymous"]
