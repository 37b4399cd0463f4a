"""The SQL of where packages are uploaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from regulars.audiences.contract import Target
from regulars.core.ctx import Ctx

ASK_AGAIN = timedelta(days=1)
"""How often a platform is asked about an audience that was ready: it may have dropped it since."""
MOST_TRIES = 3
TRY_AGAIN = timedelta(minutes=30)

_TARGET = (
    "select t.audience_id, t.kind, t.account_id, t.renew_days, t.remote_id, t.remote_account_id, t.fresh, t.state,"
    " t.delivery_id, t.size, t.matched, t.message, t.tries, t.asked_at, t.told_at from audience_target t"
)
_CHANGE = (
    "update audience_target set state = coalesce(%(state)s, state), remote_id = coalesce(%(remote_id)s, remote_id),"
    " remote_account_id = coalesce(%(remote_account_id)s, remote_account_id), fresh = coalesce(%(fresh)s, fresh),"
    " delivery_id = coalesce(%(delivery_id)s, delivery_id), size = coalesce(%(size)s, size),"
    " matched = coalesce(%(matched)s, matched), message = coalesce(%(message)s, message),"
    " tries = coalesce(%(tries)s, tries), asked_at = coalesce(%(asked_at)s, asked_at),"
    " told_at = coalesce(%(told_at)s, told_at) where audience_id = %(audience_id)s"
)
_NOTHING = dict.fromkeys(
    ("state", "remote_id", "remote_account_id", "fresh", "delivery_id", "size", "matched", "message", "tries",
     "asked_at", "told_at")
)  # fmt: skip


def target(ctx: Ctx, audience_id: int, *, lock: bool = False) -> Target | None:
    """Return where a package is uploaded. lock: nobody else changes it until the transaction ends."""
    query = _TARGET + " where t.audience_id = %(id)s"
    row = ctx.tx.execute(query + " for update" if lock else query, {"id": audience_id}).fetchone()
    return Target(**row) if row else None


def targets(ctx: Ctx, audience_ids: list[int]) -> dict[int, Target]:
    """Return where packages are uploaded, for those that are."""
    rows = ctx.tx.execute(_TARGET + " where t.audience_id = any(%(ids)s)", {"ids": audience_ids})
    return {row["audience_id"]: Target(**row) for row in rows}


def put(ctx: Ctx, audience_id: int, given: Mapping[str, Any]) -> None:
    """Write where a package is uploaded: kind, account_id, renew_days."""
    ctx.tx.execute(
        "insert into audience_target (audience_id, kind, account_id, renew_days) values"
        " (%(audience_id)s, %(kind)s, %(account_id)s, %(renew_days)s) on conflict (audience_id) do update"
        " set kind = excluded.kind, account_id = excluded.account_id, renew_days = excluded.renew_days",
        {**given, "audience_id": audience_id},
    )


def drop(ctx: Ctx, audience_id: int) -> None:
    """Upload a package nowhere any more."""
    ctx.tx.execute("delete from audience_target where audience_id = %(id)s", {"id": audience_id})


def change(ctx: Ctx, audience_id: int, changes: Mapping[str, Any]) -> None:
    """Change parts of how it stands; those missing stay."""
    ctx.tx.execute(_CHANGE, {**_NOTHING, **changes, "audience_id": audience_id})


def in_process(ctx: Ctx) -> list[tuple[int, int]]:
    """Return (brand, package) of all brands of which the platform has yet to tell what came of the upload."""
    rows = ctx.tx.execute(
        "select a.brand_id, a.id from audience_target t join audience a on a.id = t.audience_id"
        " where t.state in ('processing', 'ready', 'too_small') and t.remote_id <> '' and a.deleted_at is null"
        " and (t.state = 'processing' or t.told_at <= %(day_ago)s) order by a.id",
        {"day_ago": ctx.clock.system_now() - ASK_AGAIN},
    )
    return [(row["brand_id"], row["id"]) for row in rows]


def due(ctx: Ctx, now: datetime) -> list[tuple[int, int]]:
    """Return (brand, package) of all brands whose renewal is due and that nothing is being made or uploaded of."""
    rows = ctx.tx.execute(
        "select a.brand_id, a.id from audience_target t join audience a on a.id = t.audience_id"
        " where (t.renew_days > 0 and (t.state = 'expired' or"
        " coalesce(t.asked_at, a.created_at) + make_interval(days => t.renew_days) <= %(now)s)"
        " or t.state = 'failed' and t.tries < %(most)s and t.told_at <= %(a_while_ago)s)"
        " and t.state <> 'pushing' and a.deleted_at is null and not exists (select from audience_delivery d"
        " where d.audience_id = a.id and d.state = 'running') order by a.id",
        {"now": now, "most": MOST_TRIES, "a_while_ago": now - TRY_AGAIN},
    )
    return [(row["brand_id"], row["id"]) for row in rows]
