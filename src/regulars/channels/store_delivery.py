"""SQL of how sending goes: what waits, went out, came back; and the messages behind a figure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, LiteralString

from regulars.core.ctx import Ctx

Row = dict[str, Any]
_ACCOUNT = "coalesce((b.config ->> 'account_id')::bigint, 0)"
_OPEN = "('planned', 'leased', 'attempting')"


def waiting(ctx: Ctx) -> list[Row]:
    """Return what waits by channel, account and why: messages, requests, how many of both are due now.

    why: "hour" (quiet hours), "turn" (its provider's pace), an error's text, a code of ours, "" = about to go.
    """
    return ctx.tx.execute(
        "select b.channel, " + _ACCOUNT + " as account_id,"
        " case when c.error <> '' then c.error when c.not_before > %(now)s then 'hour'"
        "  when c.retry_at > %(system_now)s then 'turn' else '' end as why,"
        " sum(cardinality(c.uids))::bigint as messages, count(*)::bigint as requests,"
        " coalesce(sum(cardinality(c.uids)) filter (where c.not_before <= %(now)s), 0)::bigint as due_messages,"
        " (count(*) filter (where c.not_before <= %(now)s))::bigint as due_requests"
        " from send_chunk c join send_batch b on b.id = c.batch_id"
        " where c.state in " + _OPEN + " and b.brand_id = %(brand)s and b.origin <> 'replay'"
        " group by 1, 2, 3 order by 1, 2, 4 desc",
        {"brand": ctx.brand_id, "now": ctx.now, "system_now": ctx.clock.system_now()},
    ).fetchall()


def days(ctx: Ctx, first: date, last: date) -> list[Row]:
    """Return people by day, channel, account and state, both days included.

    state: sent, suppressed, failed, unknown; "receipt " and the receipt's state: of what was sent on that day.
    """
    return ctx.tx.execute(
        "with mine as (select c.id, b.channel, " + _ACCOUNT + " as account_id, cardinality(c.sent) as sent,"
        "   (c.settled_at at time zone %(zone)s)::date as day from send_chunk c join send_batch b on b.id = c.batch_id"
        "  where b.brand_id = %(brand)s and b.origin <> 'replay'"
        "   and (c.settled_at at time zone %(zone)s)::date between %(first)s and %(last)s),"
        " went as (select day, channel, account_id, 'sent' as state, sum(sent)::bigint as people from mine"
        "  group by day, channel, account_id having sum(sent) > 0),"
        " kept as (select (e.at at time zone %(zone)s)::date as day, b.channel, " + _ACCOUNT + " as account_id,"
        "   e.state, count(*)::bigint as people from send_exception e join send_batch b on b.id = e.batch_id"
        "  where b.brand_id = %(brand)s and b.origin <> 'replay'"
        "   and (e.at at time zone %(zone)s)::date between %(first)s and %(last)s group by 1, 2, 3, 4),"
        " told as (select m.day, m.channel, m.account_id, 'receipt ' || r.state as state, count(*)::bigint as people"
        "  from message_receipt r join mine m on m.id = r.chunk_id group by 1, 2, 3, 4)"
        " select * from went union all select * from kept union all select * from told order by 1, 2, 3, 4",
        {"brand": ctx.brand_id, "zone": ctx.zone, "first": first, "last": last},
    ).fetchall()


def reasons(ctx: Ctx, first: date, last: date, limit: int = 50) -> list[Row]:
    """Return why people were not reached in these days, the commonest first: channel, state, reason, people.

    Receipts of failure count too, with the provider's code.
    """
    return ctx.tx.execute(
        "select channel, state, reason, count(*)::bigint as people from ("
        " select b.channel, e.state, e.reason from send_exception e join send_batch b on b.id = e.batch_id"
        "  where b.brand_id = %(brand)s and b.origin <> 'replay'"
        "  and (e.at at time zone %(zone)s)::date between %(first)s and %(last)s"
        " union all select b.channel, 'not_delivered', r.reason from message_receipt r"
        "  join send_chunk c on c.id = r.chunk_id join send_batch b on b.id = c.batch_id"
        "  where r.state = 'failed' and b.brand_id = %(brand)s and b.origin <> 'replay'"
        "  and (c.settled_at at time zone %(zone)s)::date between %(first)s and %(last)s) why"
        " group by channel, state, reason order by people desc, channel, reason limit %(limit)s",
        {"brand": ctx.brand_id, "zone": ctx.zone, "first": first, "last": last, "limit": limit},
    ).fetchall()


def paces(ctx: Ctx) -> dict[tuple[int, str], float]:
    """Return for how many seconds each bucket is taken, by (account, name); 0 = free."""
    rows = ctx.tx.execute(
        "select account_id, name, greatest(extract(epoch from free_at - %(now)s), 0)::float as ahead_s"
        " from platform_bucket",
        {"now": ctx.clock.system_now()},
    ).fetchall()
    return {(row["account_id"], row["name"]): row["ahead_s"] for row in rows}


_LISTS: Mapping[str, LiteralString] = {
    "sent": "select c.id, u.uid, 'sent' as state, '' as reason, c.settled_at as at from chunk c,"
    " unnest(c.sent) as u(uid)",
    "waiting": "select c.id, u.uid, 'waiting' as state, c.error as reason, c.not_before as at from chunk c,"
    " unnest(c.uids) as u(uid) where c.state in " + _OPEN,
    "told": "select c.id, r.uid, r.state, r.reason, r.at from chunk c join message_receipt r on r.chunk_id = c.id"
    " where r.state = %(told)s",
}
_KEPT = (
    "select e.batch_id as id, e.uid, e.state, e.reason, e.at, b.channel, b.campaign_id from send_exception e"
    " join send_batch b on b.id = e.batch_id where b.brand_id = %(brand)s and b.origin <> 'replay'"
    " and e.state = %(state)s and (%(channel)s = '' or b.channel = %(channel)s)"
    " and (%(account)s < 0 or " + _ACCOUNT + " = %(account)s) and (%(reason)s = '' or e.reason = %(reason)s)"
    " and (e.at at time zone %(zone)s)::date between %(first)s and %(last)s"
    " and (e.batch_id, e.uid) < (%(before)s, %(uid)s) order by e.batch_id desc, e.uid desc limit %(limit)s"
)


def messages(ctx: Ctx, wanted: Mapping[str, Any]) -> list[Row]:
    """Return the messages behind a figure, newest requests first: id, uid, state, reason, at, channel, campaign_id.

    wanted: state, channel ("" = any), account (-1 = any), reason ("" = any), first, last (days), before and uid (the
    place after which to go on), limit.
    """
    given = {**wanted, "brand": ctx.brand_id, "zone": ctx.zone}
    state = wanted["state"]
    if state in ("suppressed", "failed", "unknown"):
        return ctx.tx.execute(_KEPT, given).fetchall()
    told = "failed" if state == "not_delivered" else state
    part = _LISTS[state if state in _LISTS else "told"]
    days: LiteralString = "true" if state == "waiting" else (
        "(c.settled_at at time zone %(zone)s)::date between %(first)s and %(last)s"
    )  # fmt: skip
    return ctx.tx.execute(
        "with chunk as (select c.id, c.uids, c.sent, c.state, c.error, c.settled_at, c.not_before, b.channel,"
        "  b.campaign_id from send_chunk c join send_batch b on b.id = c.batch_id where b.brand_id = %(brand)s"
        "  and b.origin <> 'replay' and (%(channel)s = '' or b.channel = %(channel)s)"
        "  and (%(account)s < 0 or " + _ACCOUNT + " = %(account)s) and c.id <= %(before)s and " + days + ")"
        " select l.*, c.channel, c.campaign_id from (" + part + ") l join chunk c on c.id = l.id"
        " where (l.id, l.uid) < (%(before)s, %(uid)s) and (%(reason)s = '' or l.reason = %(reason)s)"
        " order by l.id desc, l.uid desc limit %(limit)s",
        {**given, "told": told},
    ).fetchall()
