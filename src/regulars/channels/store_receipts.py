"""SQL of receipts: which message one is about, what is known of it, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.core.ctx import Ctx
from regulars.infra.db import Connection

Row = dict[str, Any]
_MESSAGE = (
    "select c.id, c.batch_id, c.source, c.state, c.uids, c.sent, c.request_id::text as request_id, c.provider_id,"
    " c.settled_at, c.bill, b.brand_id, b.channel, b.config, b.message, b.campaign_id, b.node, b.origin"
    " from send_chunk c join send_batch b on b.id = c.batch_id"
)


def message(tx: Connection, chunk_id: int) -> Row | None:
    """Return a request with what its batch says of it."""
    return tx.execute(_MESSAGE + " where c.id = %(id)s", {"id": chunk_id}).fetchone()


def message_of_provider(tx: Connection, brand_id: int, provider_id: str) -> Row | None:
    """Return the request that a provider knows under its own id."""
    return tx.execute(
        _MESSAGE + " where c.provider_id = %(provider)s and c.provider_id <> '' and b.brand_id = %(brand)s"
        " order by c.id desc limit 1",
        {"provider": provider_id, "brand": brand_id},
    ).fetchone()


def message_of_request(tx: Connection, brand_id: int, request_id: str) -> Row | None:
    """Return the request of our own id, as a provider gave it back; None also for what is no id of ours."""
    try:
        own = UUID(request_id)
    except ValueError:
        return None
    return tx.execute(
        _MESSAGE + " where c.request_id = %(request)s and b.brand_id = %(brand)s", {"request": own, "brand": brand_id}
    ).fetchone()


def newest_delivered(ctx: Ctx, uids: Sequence[int], reach: Sequence[str], since: datetime) -> tuple[Row, int] | None:
    """Return the request and uid of the newest message that reached a person by one of these channels."""
    row = ctx.tx.execute(
        "select r.chunk_id, r.uid from message_receipt r join send_chunk c on c.id = r.chunk_id"
        " join send_batch b on b.id = c.batch_id where r.uid = any(%(uids)s) and r.state = 'delivered'"
        " and r.at >= %(since)s and b.brand_id = %(brand)s and b.channel = any(%(channels)s)"
        " order by r.at desc, r.chunk_id desc limit 1",
        {"uids": list(uids), "since": since, "brand": ctx.brand_id, "channels": list(reach)},
    ).fetchone()
    found = message(ctx.tx, row["chunk_id"]) if row else None
    return (found, row["uid"]) if found and row else None


def write(ctx: Ctx, chunk_id: int, uid: int, receipt: Mapping[str, Any]) -> bool:
    """Write a receipt: state, reason, at; False when the same was known."""
    row = ctx.tx.execute(
        "insert into message_receipt as r (chunk_id, uid, state, reason, at)"
        " values (%(chunk)s, %(uid)s, %(state)s, %(reason)s, %(at)s)"
        " on conflict (chunk_id, uid, state) do update set times = r.times + 1 returning r.times",
        {"chunk": chunk_id, "uid": uid, **receipt},
    ).fetchone()
    return row is not None and row["times"] == 1


def found_sent(ctx: Ctx, chunk_id: int, batch_id: int, uid: int) -> bool:
    """Take a person off the list of unknowns, as a receipt shows that it was sent; False when they were not on it."""
    gone = ctx.tx.execute(
        "delete from send_exception where batch_id = %(batch)s and uid = %(uid)s and state = 'unknown'",
        {"batch": batch_id, "uid": uid},
    ).rowcount
    if not gone:
        return False
    ctx.tx.execute(
        "update send_chunk set sent = array_append(sent, %(uid)s::bigint),"
        " state = case when state = 'unknown' then 'sent' else state end where id = %(id)s and not %(uid)s = any(sent)",
        {"id": chunk_id, "uid": uid},
    )
    return True


def found_failed(ctx: Ctx, batch_id: int, uid: int, reason: str) -> bool:
    """Write that an unknown one was refused after all; False when they were not unknown."""
    return (
        ctx.tx.execute(
            "update send_exception set state = 'failed', reason = %(reason)s, at = %(now)s"
            " where batch_id = %(batch)s and uid = %(uid)s and state = 'unknown'",
            {"batch": batch_id, "uid": uid, "reason": reason[:200], "now": ctx.now},
        ).rowcount
        > 0
    )


def to_ask(tx: Connection, channels: Sequence[str], since: datetime, limit: int) -> list[Row]:
    """Return requests whose end is not known: unknown ones first, then those sent without a receipt for everybody.

    The oldest of each first. What waits for receipts, often thousands, does not hold up what may need a person.
    """
    return tx.execute(
        _MESSAGE + " where b.channel = any(%(channels)s) and c.settled_at >= %(since)s and b.origin <> 'replay'"
        " and (c.state = 'unknown' or (c.state = 'sent' and cardinality(c.sent) >"
        "  (select count(distinct r.uid) from message_receipt r where r.chunk_id = c.id"
        "   and r.state in ('delivered', 'failed'))))"
        " order by c.state <> 'unknown', c.id limit %(limit)s",
        {"channels": list(channels), "since": since, "limit": limit},
    ).fetchall()
