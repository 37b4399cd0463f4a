"""Sums of what everybody bought, as the database keeps them (model_trade.py): read, put together, taken anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import sql

from regulars.core.ctx import Ctx
from regulars.infra.lake import UID_OF_SUID
from regulars.profiles.store.scope import FIRST_ANONYMOUS
from regulars.profiles.store.summing import states_of, sums_of

_KEYS: dict[LiteralString, tuple[LiteralString, ...]] = {
    "trade_day": ("brand_id", "day"),
    "trade_step": ("brand_id", "anonymous", "step", "gap_days"),
    "trade_loss": ("brand_id", "uid"),
}
_SUMS: dict[LiteralString, tuple[LiteralString, ...]] = {
    "trade_day": (
        "orders",
        "sales_fen",
        "anonymous_orders",
        "anonymous_sales_fen",
        "new_buyers",
        "month_buyers",
        "window_buyers",
    ),
    "trade_step": ("times",),
    "trade_loss": ("times",),
}


def due(ctx: Ctx) -> bool:
    """Tell whether the brand's sums are still to be taken of states that were there before."""
    row = ctx.tx.execute("select 1 from trade_due where brand_id = %(brand_id)s", {"brand_id": ctx.brand_id})
    return row.fetchone() is not None


def brands_due(ctx: Ctx) -> list[int]:
    """Return the brands whose sums are still to be taken, the group's among them."""
    return [row["brand_id"] for row in ctx.tx.execute("select brand_id from trade_due order by brand_id")]


def take(ctx: Ctx, brand_id: int) -> None:
    """Take a brand's sums of its states; who writes states waits until this transaction ends."""
    bound = {"brand_id": brand_id}
    ctx.tx.execute("lock table person_state in share row exclusive mode")
    for table in _KEYS:
        ctx.tx.execute(sql.SQL("delete from {} where brand_id = %(brand_id)s").format(sql.Identifier(table)), bound)
    ctx.tx.execute(sums_of(states_of("%(brand_id)s")), bound)
    ctx.tx.execute("delete from trade_due where brand_id = %(brand_id)s", bound)


def put_together(ctx: Ctx) -> None:
    """Let one row stand where differences were appended; nobody waits, and no sum changes."""
    for table, keys in _KEYS.items():
        names = [*keys, *_SUMS[table]]
        sums = [sql.SQL("sum({c}) as {c}").format(c=sql.Identifier(c)) for c in _SUMS[table]]
        ctx.tx.execute(
            sql.SQL(
                "with gone as (delete from {table} returning *)"
                " insert into {table} ({names}) select * from (select {keys}, {sums} from gone group by {keys}) as s"
                " where ({sum_names}) <> ({zeros})"
            ).format(
                table=sql.Identifier(table),
                names=_names(names),
                keys=_names(keys),
                sums=sql.SQL(", ").join(sums),
                sum_names=sql.SQL(", ").join(sql.Identifier("s", c) for c in _SUMS[table]),
                zeros=sql.SQL(", ").join(sql.SQL("0") for _ in _SUMS[table]),
            )
        )


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(n) for n in names)


def days(ctx: Ctx) -> list[dict[str, Any]]:
    """Return the sums of every day up to today, in order: day, and the columns of `trade_day`."""
    sums = ", ".join(f"sum({name})::bigint as {name}" for name in _SUMS["trade_day"])
    return ctx.tx.execute(
        f"select day, {sums} from trade_day where brand_id = %(brand_id)s and day <= %(today)s"
        " group by day order by day",
        {"brand_id": ctx.brand_id, "today": ctx.today},
    ).fetchall()


def losers(ctx: Ctx) -> list[int]:
    """Return who of the brand has orders that came to less than nothing."""
    rows = ctx.tx.execute(
        "select uid from trade_loss where brand_id = %(brand_id)s group by uid having sum(times) > 0",
        {"brand_id": ctx.brand_id},
    )
    return [row["uid"] for row in rows]


def losses(ctx: Ctx, suids: Sequence[int]) -> list[dict[str, Any]]:
    """Return day, anonymous, fen of the orders of these suids that came to less than nothing, up to today."""
    return ctx.lake.rows(
        f"SELECT business_on AS day, {UID_OF_SUID} >= {FIRST_ANONYMOUS} AS anonymous,"
        " sum(gross_fen - refunded_fen) AS fen FROM orders FINAL"
        " WHERE ({brand_id:UInt16} = 0 OR brand_id = {brand_id:UInt16}) AND suid IN {suids:Array(UInt32)}"
        " AND gross_fen < refunded_fen AND business_on <= {today:Date} GROUP BY day, anonymous",
        {"brand_id": ctx.brand_id, "suids": list(suids), "today": ctx.today},
    )


def steps(ctx: Ctx) -> list[dict[str, Any]]:
    """Return step, gap_days (None: people who stand there) and times, of known people who bought."""
    return ctx.tx.execute(
        "select step, gap_days, sum(times)::bigint as times from trade_step"
        " where brand_id = %(brand_id)s and step > 0 and not anonymous group by step, gap_days having sum(times) <> 0"
        " order by step, gap_days",
        {"brand_id": ctx.brand_id},
    ).fetchall()


def people(ctx: Ctx) -> dict[bool, int]:
    """Return how many people the brand has on record; True: the anonymous."""
    rows = ctx.tx.execute(
        "select anonymous, sum(times)::bigint as times from trade_step"
        " where brand_id = %(brand_id)s and gap_days is null group by anonymous",
        {"brand_id": ctx.brand_id},
    )
    return {row["anonymous"]: row["times"] for row in rows}
