"""SQL of the messages of one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.core.ctx import Ctx

Row = dict[str, Any]
KEPT_BACK = 100


def messages(ctx: Ctx, request_ids: Sequence[str], suids: Sequence[int]) -> dict[str, Row]:
    """Return what is known of messages to one person, by request: batch, bill, receipts (in order), text if kept."""
    rows = ctx.tx.execute(
        "select c.request_id::text as request_id, c.id as chunk_id, c.bill, b.channel, b.config, b.message,"
        " b.campaign_id, b.origin, l.title, l.body,"
        " (select coalesce(jsonb_agg(jsonb_build_object('state', r.state, 'reason', r.reason, 'at', r.at)"
        "   order by r.at, r.state), '[]') from message_receipt r where r.chunk_id = c.id and r.uid = any(%(suids)s)"
        "   and r.state <> 'machine') as receipts"
        " from send_chunk c join send_batch b on b.id = c.batch_id"
        " left join channel_log l on l.request_id = c.request_id and l.uid = any(%(suids)s)"
        " where c.request_id = any(%(requests)s::uuid[]) and b.brand_id = %(brand)s",
        {"brand": ctx.brand_id, "requests": list(request_ids), "suids": list(suids)},
    ).fetchall()
    return {row["request_id"]: row for row in rows}


def kept_back(ctx: Ctx, suids: Sequence[int]) -> list[Row]:
    """Return the newest messages that did not go to a person, or of which nobody knows."""
    return ctx.tx.execute(
        "select e.state, e.reason, e.at, b.channel, b.campaign_id, b.config from send_exception e"
        " join send_batch b on b.id = e.batch_id where e.uid = any(%(suids)s) and e.state <> 'failed'"
        " and b.brand_id = %(brand)s and b.origin <> 'replay' order by e.at desc limit %(limit)s",
        {"brand": ctx.brand_id, "suids": list(suids), "limit": KEPT_BACK},
    ).fetchall()
