"""SQL that finds, and removes, all that channels know of a person. Keys: every uid the person ever had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.core.ctx import Ctx


def erase(ctx: Ctx, suids: Sequence[int]) -> int:
    """Delete all rows of these people in all brands; return how many rows went or changed."""
    who = {"suids": list(suids)}
    gone = 0
    for statement in (
        "delete from suppression where uid = any(%(suids)s)",
        "delete from contact_budget where uid = any(%(suids)s)",
        "delete from send_exception where uid = any(%(suids)s)",
        "delete from channel_log where uid = any(%(suids)s)",
        "delete from message_receipt where uid = any(%(suids)s)",
    ):
        gone += ctx.tx.execute(statement, who).rowcount
    gone += ctx.tx.execute("update test_message set values_uid = null where values_uid = any(%(suids)s)", who).rowcount
    return (
        gone
        + ctx.tx.execute(
            "update send_chunk set uids = array(select u from unnest(uids) as u where u <> all(%(suids)s::bigint[])),"
            " sent = array(select u from unnest(sent) as u where u <> all(%(suids)s::bigint[])),"
            " bill = case when bill ? 'of' then jsonb_set(bill, '{of}', (bill->'of') - %(suids)s::bigint[]::text[])"
            " else bill end"
            " where uids && %(suids)s::bigint[] or sent && %(suids)s::bigint[]",
            who,
        ).rowcount
    )


def export(ctx: Ctx, suids: Sequence[int]) -> dict[str, Any]:
    """Return all that is kept of these people, JSON-safe; empty lists left out."""
    who = {"suids": list(suids)}
    parts = {
        "suppressions": ctx.tx.execute(
            "select brand_id, channel_class, reason, until_at::text as until_at, created_at::text as created_at"
            " from suppression where uid = any(%(suids)s) order by created_at",
            who,
        ).fetchall(),
        "contacts": ctx.tx.execute(
            "select brand_id, channel_class, day::text as day, used from contact_budget"
            " where uid = any(%(suids)s) and lane = 0 and used > 0 order by day",
            who,
        ).fetchall(),
        "messages": ctx.tx.execute(
            "select b.brand_id, b.channel, b.campaign_id, b.origin, c.settled_at::text as at, l.title, l.body"
            " from send_chunk c join send_batch b on b.id = c.batch_id"
            " cross join lateral unnest(c.sent) as u(uid)"
            " left join channel_log l on l.request_id = c.request_id and l.uid = u.uid"
            " where c.sent && %(suids)s::bigint[] and u.uid = any(%(suids)s) order by c.settled_at",
            who,
        ).fetchall(),
        "receipts": ctx.tx.execute(
            "select b.brand_id, b.channel, b.campaign_id, r.state, r.reason, r.times, r.at::text as at"
            " from message_receipt r join send_chunk c on c.id = r.chunk_id join send_batch b on b.id = c.batch_id"
            " where r.uid = any(%(suids)s) order by r.at",
            who,
        ).fetchall(),
        "not_sent": ctx.tx.execute(
            "select b.brand_id, b.channel, b.campaign_id, e.state, e.reason, e.at::text as at from send_exception e"
            " join send_batch b on b.id = e.batch_id where e.uid = any(%(suids)s) order by e.at",
            who,
        ).fetchall(),
    }
    return {name: rows for name, rows in parts.items() if rows}
