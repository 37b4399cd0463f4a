"""The SQL of notices to staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regulars.channels.robots import Notice
from regulars.core.ctx import Ctx
from regulars.infra.db import Connection


def seen(ctx: Ctx) -> dict[str, dict[str, Any]]:
    """Return what was last told of each kind: count, ids, told_at."""
    rows = ctx.tx.execute(
        "select kind, count, ids, told_at from notice_seen where brand_id = %(brand_id)s for update",
        {"brand_id": ctx.brand_id},
    )
    return {row["kind"]: row for row in rows}


def mark_seen(ctx: Ctx, kind: str, count: int, ids: list[str], *, told_at: datetime | None) -> None:
    """Write what is known of a kind now. told_at None: nothing was told, when it last was stays."""
    ctx.tx.execute(
        "insert into notice_seen (brand_id, kind, count, ids, told_at) values"
        " (%(brand_id)s, %(kind)s, %(count)s, %(ids)s, %(told_at)s) on conflict (brand_id, kind) do update"
        " set count = excluded.count, ids = excluded.ids, told_at = coalesce(excluded.told_at, notice_seen.told_at)",
        {"brand_id": ctx.brand_id, "kind": kind, "count": count, "ids": ids, "told_at": told_at},
    )


def add(ctx: Ctx, kind: str, account_id: int, text: str) -> None:
    """Let a group be told something."""
    ctx.tx.execute(
        "insert into notice (brand_id, kind, account_id, text, created_at) values"
        " (%(brand_id)s, %(kind)s, %(account_id)s, %(text)s, %(now)s)",
        {"brand_id": ctx.brand_id, "kind": kind, "account_id": account_id, "text": text,
         "now": ctx.clock.system_now()},
    )  # fmt: skip


def recent(ctx: Ctx, limit: int) -> list[Notice]:
    """Return the brand's notices, newest first."""
    rows = ctx.tx.execute(
        "select id, kind, account_id, text, state, error, created_at, told_at from notice"
        " where brand_id = %(brand_id)s order by id desc limit %(limit)s",
        {"brand_id": ctx.brand_id, "limit": limit},
    )
    return [Notice(**row) for row in rows]


def left_telling(tx: Connection) -> None:
    """What was being told when its worker died may have been told."""
    tx.execute("update notice set state = 'unknown', error = 'no.answer' where state = 'telling'")


def drop_old(tx: Connection, before: datetime) -> None:
    """Tell nobody what is older, and forget what was told long ago."""
    tx.execute(
        "update notice set state = 'failed', error = 'late' where state = 'waiting' and created_at < %(at)s",
        {"at": before},
    )


def accounts_waiting(tx: Connection) -> list[int]:
    """Return the accounts for which notices wait."""
    rows = tx.execute("select distinct account_id from notice where state = 'waiting' order by account_id")
    return [row["account_id"] for row in rows]


def take(tx: Connection, account_id: int, limit: int) -> list[dict[str, Any]]:
    """Say that an account's waiting notices are being told, and return them, the oldest first."""
    rows = tx.execute(
        "update notice set state = 'telling' where id in (select id from notice where account_id = %(account_id)s"
        " and state = 'waiting' order by id limit %(limit)s for update) returning id, text",
        {"account_id": account_id, "limit": limit},
    ).fetchall()
    return sorted(rows, key=lambda row: row["id"])


def settle(tx: Connection, ids: list[int], state: str, *, error: str = "", told_at: datetime | None = None) -> None:
    """Write down what came of telling."""
    tx.execute(
        "update notice set state = %(state)s, error = %(error)s, told_at = %(told_at)s where id = any(%(ids)s)",
        {"ids": ids, "state": state, "error": error[:500], "told_at": told_at},
    )
