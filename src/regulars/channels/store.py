"""The room's SQL: batches and their requests, exceptions, suppression, contact budget, the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from regulars.channels.contract import Outcome, SendRequest, Suppression, Tally
from regulars.core.ctx import Ctx
from regulars.infra.db import Connection


def open_batch(ctx: Ctx, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the batch of this key, made now if it is new. row: the columns; JSON values plain."""
    values = {**row, "brand_id": ctx.brand_id, "created_at": ctx.clock.system_now()}
    for name in ("config", "message", "quiet_hours", "frequency"):
        values[name] = Jsonb(values[name]) if values[name] is not None else None
    ctx.tx.execute(
        "insert into send_batch (brand_id, key, channel, config, message, purpose, quiet_hours, frequency, campaign_id,"
        " node, origin, replay_at, priority, created_at)"
        " values (%(brand_id)s, %(key)s, %(channel)s, %(config)s, %(message)s,"
        " %(purpose)s, %(quiet_hours)s, %(frequency)s, %(campaign_id)s, %(node)s, %(origin)s, %(replay_at)s,"
        " %(priority)s, %(created_at)s) on conflict (brand_id, key) do nothing",
        values,
    )
    found = batch_by_key(ctx, str(row["key"]))
    if found is None:
        raise LookupError("The batch just written is not there.")
    return found


def batch_by_key(ctx: Ctx, key: str) -> dict[str, Any] | None:
    """Return a batch of the brand."""
    return ctx.tx.execute(
        "select * from send_batch where brand_id = %(brand_id)s and key = %(key)s",
        {"brand_id": ctx.brand_id, "key": key},
    ).fetchone()


def batch(tx: Connection, batch_id: int) -> dict[str, Any]:
    """Return a batch by its number."""
    row = tx.execute("select * from send_batch where id = %(id)s", {"id": batch_id}).fetchone()
    if row is None:
        raise LookupError(f"There is no batch {batch_id}.")
    return row


def planned_before(ctx: Ctx, batch_id: int, source: int) -> bool:
    """Tell whether this group of people was planned already."""
    return (
        ctx.tx.execute(
            "select 1 from send_chunk where batch_id = %(batch)s and source = %(source)s union all"
            " select 1 from send_exception where batch_id = %(batch)s and source = %(source)s limit 1",
            {"batch": batch_id, "source": source},
        ).fetchone()
        is not None
    )


def add_chunks(ctx: Ctx, batch: Mapping[str, Any], source: int, chunks: Sequence[Mapping[str, Any]]) -> None:
    """Write requests: no, request_id, uids, not_before. One already there stays as it is."""
    now = ctx.clock.system_now()
    with ctx.tx.cursor() as cursor:
        cursor.executemany(
            "insert into send_chunk (batch_id, priority, source, no, request_id, uids, not_before, retry_at)"
            " values (%(batch)s, %(priority)s, %(source)s, %(no)s, %(request_id)s, %(uids)s, %(not_before)s, %(now)s)"
            " on conflict (batch_id, source, no) do nothing",
            [{**c, "batch": batch["id"], "priority": batch["priority"], "source": source, "now": now} for c in chunks],
        )


def add_exceptions(ctx: Ctx, batch_id: int, source: int, state: str, reasons: Mapping[int, str]) -> None:
    """Write who did not simply get it. reasons: uid -> reason code."""
    ctx.tx.execute(
        "insert into send_exception (batch_id, uid, source, state, reason, at)"
        " select %(batch)s, u.uid, %(source)s, %(state)s, u.reason, %(at)s"
        " from unnest(%(uids)s::bigint[], %(reasons)s::text[]) as u(uid, reason)"
        " on conflict (batch_id, uid) do nothing",
        {
            "batch": batch_id,
            "source": source,
            "state": state,
            "at": ctx.now,
            "uids": list(reasons),
            "reasons": list(reasons.values()),
        },
    )


def suppressed(ctx: Ctx, uids: Sequence[int], channel_class: str) -> dict[int, str]:
    """Return who must not be contacted now, with the reason. uids: suids included."""
    rows = ctx.tx.execute(
        "select distinct on (uid) uid, reason from suppression where brand_id = %(brand_id)s and uid = any(%(uids)s)"
        " and channel_class in (%(class)s, '*') and (until_at is null or until_at > %(now)s) order by uid, reason",
        {"brand_id": ctx.brand_id, "uids": list(uids), "class": channel_class, "now": ctx.now},
    ).fetchall()
    return {row["uid"]: row["reason"] for row in rows}


def suppress(ctx: Ctx, one: Suppression) -> None:
    """Add a suppression; the same again changes its end."""
    ctx.tx.execute(
        "insert into suppression (brand_id, uid, channel_class, reason, until_at, created_at)"
        " values (%(brand_id)s, %(uid)s, %(class)s, %(reason)s, %(until)s, %(now)s)"
        " on conflict (brand_id, uid, channel_class, reason) do update set until_at = excluded.until_at",
        {
            "brand_id": ctx.brand_id,
            "uid": one.uid,
            "class": one.channel_class,
            "reason": one.reason,
            "until": one.until_at,
            "now": ctx.now,
        },
    )


def lift_suppression(ctx: Ctx, uid: int, channel_class: str, reason: str) -> int:
    """Remove a suppression; return how many went."""
    return ctx.tx.execute(
        "delete from suppression where brand_id = %(brand_id)s and uid = %(uid)s and channel_class = %(class)s"
        " and reason = %(reason)s",
        {"brand_id": ctx.brand_id, "uid": uid, "class": channel_class, "reason": reason},
    ).rowcount


def budget_used(ctx: Ctx, uids: Sequence[int], window: Mapping[str, Any]) -> dict[int, int]:
    """Return messages used within a window: channel_class ("" = all), first (exclusive), last (inclusive), lane."""
    rows = ctx.tx.execute(
        "select uid, sum(used)::int as used from contact_budget where brand_id = %(brand_id)s and uid = any(%(uids)s)"
        " and %(channel_class)s in ('', channel_class) and day > %(first)s and day <= %(last)s"
        " and lane in (0, %(lane)s)"
        " group by uid having sum(used) > 0",
        {"brand_id": ctx.brand_id, "uids": list(uids), **window},
    ).fetchall()
    return {row["uid"]: row["used"] for row in rows}


def change_budget(ctx: Ctx, uids: Sequence[int], change: Mapping[str, Any]) -> None:
    """Add to today's use: channel_class, day, lane, by. The rows stay locked, so nobody else counts meanwhile."""
    ctx.tx.execute(
        "insert into contact_budget (brand_id, uid, channel_class, day, lane, used)"
        " select %(brand_id)s, u, %(channel_class)s, %(day)s, %(lane)s, greatest(%(by)s, 0)"
        " from unnest(%(uids)s::bigint[]) as u order by u"
        " on conflict (brand_id, uid, channel_class, day, lane)"
        " do update set used = greatest(contact_budget.used + %(by)s, 0)",
        {"brand_id": ctx.brand_id, "uids": sorted(uids), **change},
    )


def tally(ctx: Ctx, batch_id: int) -> Tally:
    """Count the people of a batch by where they are."""
    row = ctx.tx.execute(
        "select coalesce(sum(cardinality(uids))"
        "   filter (where state in ('planned', 'leased', 'attempting')), 0)::bigint as pending,"
        " coalesce(sum(cardinality(sent)), 0)::bigint as sent from send_chunk where batch_id = %(batch)s",
        {"batch": batch_id},
    ).fetchone()
    rows = ctx.tx.execute(
        "select state, reason, count(*)::bigint as people from send_exception where batch_id = %(batch)s"
        " group by state, reason order by people desc, reason",
        {"batch": batch_id},
    ).fetchall()
    by_state: dict[str, int] = {}
    for r in rows:
        by_state[r["state"]] = by_state.get(r["state"], 0) + r["people"]
    return Tally(
        pending=row["pending"] if row else 0,
        sent=row["sent"] if row else 0,
        suppressed=by_state.get("suppressed", 0),
        failed=by_state.get("failed", 0),
        unknown=by_state.get("unknown", 0),
        reasons={r["reason"]: r["people"] for r in rows if r["state"] == "suppressed"},
    )


_OUTCOMES = (
    "select uid, state, reason, at from send_exception where batch_id = %(batch)s"
    " union all select u, 'sent', '', settled_at from send_chunk, unnest(sent) as u where batch_id = %(batch)s"
    " union all select u, 'pending', '', not_before from send_chunk, unnest(uids) as u"
    "  where batch_id = %(batch)s and state in ('planned', 'leased', 'attempting')"
)


def outcomes(ctx: Ctx, batch_id: int, uids: Sequence[int]) -> list[Outcome]:
    """Return what became of these people in a batch."""
    rows = ctx.tx.execute(
        "select * from (" + _OUTCOMES + ") o where uid = any(%(uids)s) order by uid",
        {"batch": batch_id, "uids": list(uids)},
    ).fetchall()
    return [Outcome(**row) for row in rows]


def outcome_page(ctx: Ctx, batch_id: int, *, state: str, after: int, limit: int) -> list[Outcome]:
    """Return people of a batch in one state, by uid after `after`."""
    rows = ctx.tx.execute(
        "select * from (" + _OUTCOMES + ") o where state = %(state)s and uid > %(after)s order by uid limit %(limit)s",
        {"batch": batch_id, "state": state, "after": after, "limit": limit},
    ).fetchall()
    return [Outcome(**row) for row in rows]


def stop_batch(ctx: Ctx, batch_id: int) -> None:
    """Take back what no attempt was made for; its people are suppressed because the campaign was stopped."""
    ctx.tx.execute(
        "update send_batch set stopped_at = %(now)s where id = %(batch)s and stopped_at is null",
        {"batch": batch_id, "now": ctx.now},
    )
    ctx.tx.execute(
        "with gone as (update send_chunk set state = 'cancelled', lease_owner = null, settled_at = %(now)s"
        "  where batch_id = %(batch)s and state in ('planned', 'leased') returning source, uids)"
        " insert into send_exception (batch_id, uid, source, state, reason, at)"
        " select %(batch)s, u, gone.source, 'suppressed', 'campaign.stopped', %(now)s from gone, unnest(gone.uids) as u"
        " on conflict (batch_id, uid) do nothing",
        {"batch": batch_id, "now": ctx.now},
    )


def withdraw(ctx: Ctx, batch_id: int, uids: Sequence[int], reason: str) -> int:
    """Take people out of requests no attempt was made for; they are suppressed with the reason. Return how many."""
    return ctx.tx.execute(
        "with touched as (select id, source, uids as before from send_chunk where batch_id = %(batch)s"
        "   and state in ('planned', 'leased') and uids && %(uids)s::bigint[] for update),"
        " changed as (update send_chunk c set uids = array(select u from unnest(c.uids) as u"
        "   where u <> all(%(uids)s::bigint[])) from touched t where t.id = c.id)"
        " insert into send_exception (batch_id, uid, source, state, reason, at)"
        " select %(batch)s, u, t.source, 'suppressed', %(reason)s, %(now)s from touched t, unnest(t.before) as u"
        " where u = any(%(uids)s) on conflict (batch_id, uid) do nothing",
        {"batch": batch_id, "uids": list(uids), "reason": reason, "now": ctx.now},
    ).rowcount


def write_log(tx: Connection, request: SendRequest) -> None:
    """Write the messages of a request, each once."""
    tx.execute(
        "insert into channel_log (brand_id, request_id, uid, campaign_id, origin, title, body, at)"
        " select %(brand_id)s, %(request_id)s, m.uid, %(campaign_id)s, %(origin)s, m.title, m.body, %(at)s"
        " from unnest(%(uids)s::bigint[], %(titles)s::text[], %(bodies)s::text[]) as m(uid, title, body)"
        " on conflict (request_id, uid) do nothing",
        {
            "brand_id": request.brand_id,
            "request_id": request.request_id,
            "campaign_id": request.campaign_id,
            "origin": request.origin,
            "at": request.at,
            "uids": [r.uid for r in request.recipients],
            "titles": [r.title for r in request.recipients],
            "bodies": [r.body for r in request.recipients],
        },
    )


def log_page(ctx: Ctx, *, campaign_id: int, after: int, limit: int) -> list[dict[str, Any]]:
    """Return logged messages of a campaign in order of writing."""
    return ctx.tx.execute(
        "select id, uid, title, body, origin, at from channel_log where brand_id = %(brand_id)s"
        " and campaign_id = %(campaign_id)s and id > %(after)s order by id limit %(limit)s",
        {"brand_id": ctx.brand_id, "campaign_id": campaign_id, "after": after, "limit": limit},
    ).fetchall()


def state_of(ctx: Ctx, source: str, uids: Sequence[int]) -> list[dict[str, Any]]:
    """Return what templates may say of people, out of a state source of `profiles`."""
    return ctx.lake.rows(
        f"SELECT uid, purchase_number, last_order_on, favourite_category FROM {source}"
        " WHERE uid IN {template_uids:Array(UInt32)}",
        {"template_uids": list(uids)},
    )
