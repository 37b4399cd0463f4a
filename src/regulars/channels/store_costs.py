"""SQL of what messages cost: the ledger, and the bill of a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx

Row = dict[str, Any]


def add(ctx: Ctx, entry: Mapping[str, Any]) -> None:
    """Write an entry on today: chunk_id, campaign_id, channel, account_id, kind, messages, parts, cost_fen."""
    ctx.tx.execute(
        "insert into message_cost (brand_id, day, campaign_id, channel, account_id, chunk_id, kind, messages, parts,"
        " cost_fen, at) values (%(brand)s, %(day)s, %(campaign_id)s, %(channel)s, %(account_id)s, %(chunk_id)s,"
        " %(kind)s, %(messages)s, %(parts)s, %(cost_fen)s, %(at)s)",
        {"brand": ctx.brand_id, "day": ctx.today, "at": ctx.now, **entry},
    )


def lock_bill(ctx: Ctx, chunk_id: int) -> Row:
    """Return a request's bill, locked until the transaction ends."""
    row = ctx.tx.execute("select bill from send_chunk where id = %(id)s for update", {"id": chunk_id}).fetchone()
    return row["bill"] if row else {}


def change_bill(ctx: Ctx, chunk_id: int, bill: Mapping[str, Any]) -> None:
    """Write a request's bill anew."""
    ctx.tx.execute("update send_chunk set bill = %(bill)s where id = %(id)s", {"id": chunk_id, "bill": Jsonb(bill)})


def sums(ctx: Ctx, first: date, last: date) -> list[Row]:
    """Return messages, parts and cost_fen by day, channel, account_id, campaign_id and kind; both days included."""
    return ctx.tx.execute(
        "select day, channel, account_id, campaign_id, kind, sum(messages)::bigint as messages,"
        " sum(parts)::bigint as parts, sum(cost_fen)::bigint as cost_fen from message_cost"
        " where brand_id = %(brand)s and day between %(first)s and %(last)s"
        " group by day, channel, account_id, campaign_id, kind"
        " order by day, channel, account_id, campaign_id, kind",
        {"brand": ctx.brand_id, "first": first, "last": last},
    ).fetchall()
