"""The outbox as the sender works it: claim a request, say that it is being attempted, write down its end.

Leases run on system time. Every change asks for the lease owner, so a sender that lost its lease changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from regulars.channels.billing import Bill
from regulars.channels.contract import ChunkState
from regulars.core.ctx import Ctx
from regulars.infra.db import Connection

WAITS = "priority.waits"
"""Why a request is put off that gives way to one of a higher priority."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One request held by `owner`. repeated: an earlier attempt may have arrived."""

    id: int
    batch_id: int
    brand_id: int
    source: int
    request_id: str
    uids: tuple[int, ...]
    not_before: datetime
    attempts: int
    repeated: bool
    owner: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Both times of now."""

    business_now: datetime
    system_now: datetime


def claim(tx: Connection, moment: Moment, *, owner: str, until: datetime, replays_only: bool = False) -> Claim | None:
    """Lease an open request that is due, also one whose lease ran out: of the highest priority, then the oldest."""
    row = tx.execute(
        "update send_chunk c set lease_owner = %(owner)s, lease_until = %(until)s,"
        " state = case when c.state = 'planned' then 'leased' else c.state end"
        " from send_batch b where b.id = c.batch_id and c.id = ("
        "  select c2.id from send_chunk c2 join send_batch b2 on b2.id = c2.batch_id"
        "  where (b2.origin = 'replay' or not %(replays_only)s)"
        "   and ((c2.state = 'planned' and c2.retry_at <= %(now)s"
        "     and (b2.origin = 'replay' or c2.not_before <= %(business_now)s))"
        "    or (c2.state in ('leased', 'attempting') and c2.lease_until <= %(now)s))"
        "  order by c2.priority desc, c2.id limit 1 for update of c2 skip locked)"
        " returning c.id, c.batch_id, b.brand_id, c.source, c.request_id::text as request_id, c.uids, c.not_before,"
        " c.attempts, c.state = 'attempting' as repeated, %(owner)s as owner",
        {
            "owner": owner,
            "until": until,
            "now": moment.system_now,
            "business_now": moment.business_now,
            "replays_only": replays_only,
        },
    ).fetchone()
    return Claim(uids=tuple(row.pop("uids")), **row) if row else None


def due_next(tx: Connection, moment: Moment) -> datetime | None:
    """Return the system time at which the next open request can be claimed; None when business time decides."""
    row = tx.execute(
        "select min(case when c.state = 'planned' then c.retry_at else c.lease_until end) as at"
        " from send_chunk c join send_batch b on b.id = c.batch_id"
        " where (c.state = 'planned' and (b.origin = 'replay' or c.not_before <= %(business_now)s))"
        " or c.state in ('leased', 'attempting')",
        {"business_now": moment.business_now},
    ).fetchone()
    return row["at"] if row else None


def preferred(ctx: Ctx, priority: int, channels: Sequence[str]) -> bool:
    """Tell whether marketing of a higher priority is due in these channels. What stands still by an error is passed."""
    return (
        ctx.tx.execute(
            "select 1 from send_chunk c join send_batch b on b.id = c.batch_id"
            " where c.state in ('planned', 'leased', 'attempting') and c.priority > %(priority)s"
            " and c.error in ('', %(waits)s) and c.not_before <= %(now)s and b.brand_id = %(brand)s"
            " and b.channel = any(%(channels)s) and b.purpose = 'marketing' and b.origin <> 'replay' limit 1",
            {"priority": priority, "waits": WAITS, "now": ctx.now, "brand": ctx.brand_id, "channels": list(channels)},
        ).fetchone()
        is not None
    )


def hold(ctx: Ctx, one: Claim) -> Claim | None:
    """Lock the request and read it again, as people may have been withdrawn or erased since.

    None when the lease is no longer ours or somebody stopped it.
    """
    row = ctx.tx.execute(
        "select uids from send_chunk where id = %(id)s and lease_owner = %(owner)s"
        " and state in ('leased', 'attempting') for update",
        {"id": one.id, "owner": one.owner},
    ).fetchone()
    return replace(one, uids=tuple(row["uids"])) if row else None


def put_off(ctx: Ctx, one: Claim, changes: Mapping[str, Any]) -> None:
    """Give the request back as planned: uids, not_before (business), retry_at (system), error."""
    ctx.tx.execute(
        "update send_chunk set state = 'planned', lease_owner = null, lease_until = null, uids = %(uids)s,"
        " not_before = greatest(not_before, %(not_before)s), retry_at = %(retry_at)s, error = %(error)s"
        " where id = %(id)s and lease_owner = %(owner)s",
        {"id": one.id, "owner": one.owner, "error": "", **changes},
    )


def attempt(ctx: Ctx, one: Claim, uids: Sequence[int], *, bill: Bill, until: datetime) -> None:
    """Say, before the call, that the request with these people is being attempted, and what it costs if it is taken."""
    ctx.tx.execute(
        "update send_chunk set state = 'attempting', uids = %(uids)s, attempts = attempts + 1, lease_until = %(until)s,"
        " bill = %(bill)s"
        " where id = %(id)s and lease_owner = %(owner)s",
        {"id": one.id, "owner": one.owner, "uids": list(uids), "until": until, "bill": Jsonb(bill.json())},
    )


def left_unclear(ctx: Ctx, one: Claim, error: str, retry_at: datetime) -> None:
    """Keep the attempt open: it may have arrived, and will be repeated under the same request id."""
    ctx.tx.execute(
        "update send_chunk set unclear = true, error = %(error)s, lease_owner = null, lease_until = %(retry_at)s"
        " where id = %(id)s and lease_owner = %(owner)s",
        {"id": one.id, "owner": one.owner, "error": error[:500], "retry_at": retry_at},
    )


def settle(ctx: Ctx, one: Claim, state: ChunkState, outcome: Mapping[str, Any]) -> bool:
    """Write the end of a request: sent (uids), provider_id, error; False when the lease was lost.

    A late answer of a request already listed as unknown is still taken: better known late than never.
    """
    row = ctx.tx.execute(
        "update send_chunk set state = %(state)s,"
        " sent = array(select u from unnest(%(sent)s::bigint[]) as u where u = any(uids)),"
        " provider_id = %(provider_id)s, error = %(error)s,"
        " lease_owner = null, lease_until = null, settled_at = %(now)s"
        " where id = %(id)s and ((lease_owner = %(owner)s and state in ('leased', 'attempting'))"
        "  or (state = 'unknown' and %(late)s)) returning id",
        {"id": one.id, "owner": one.owner, "state": state, "now": ctx.now, "late": state == "sent", **outcome},
    ).fetchone()
    return row is not None


def clear_unknown(ctx: Ctx, batch_id: int, uids: Sequence[int]) -> None:
    """Take people off the list of unknowns: a late answer said what became of them."""
    ctx.tx.execute(
        "delete from send_exception where batch_id = %(batch)s and uid = any(%(uids)s) and state = 'unknown'",
        {"batch": batch_id, "uids": list(uids)},
    )


def open_requests(tx: Connection) -> int:
    """Return how many requests are open."""
    row = tx.execute(
        "select count(*)::bigint as n from send_chunk where state in ('planned', 'leased', 'attempting')"
    ).fetchone()
    return row["n"] if row else 0


def places_in_log(ctx: Ctx, event_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the log numbers of events that this transaction appended."""
    rows = ctx.tx.execute(
        "select id, seq from event_log where xid = (pg_current_xact_id()::text)::bigint and id = any(%(ids)s)",
        {"ids": list(event_ids)},
    ).fetchall()
    return {row["id"]: row["seq"] for row in rows}
