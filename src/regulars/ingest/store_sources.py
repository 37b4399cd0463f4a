"""SQL of sources: what is connected, how far each stream was read, and the daily comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.infra.db import Connection

Row = dict[str, Any]
_COLUMNS = (
    "id, brand_id, connector, name, account_id, config, hook, is_on, history_from, created_at, message_at, messages"
)
_STREAM = "source_id, stream, read_to, page, next_at, succeeded_at, facts, unread, failures, problem"


def add(ctx: Ctx, row: Mapping[str, Any]) -> Row | None:
    """Keep a new source; None when the name is taken."""
    return ctx.tx.execute(
        "insert into source (brand_id, connector, name, account_id, config, hook, history_from, created_at)"
        " values (%(brand_id)s, %(connector)s, %(name)s, %(account_id)s, %(config)s, %(hook)s, %(history_from)s,"
        f" %(now)s) on conflict do nothing returning {_COLUMNS}",
        {**row, "config": Jsonb(row["config"]), "brand_id": ctx.brand_id, "now": ctx.clock.system_now()},
    ).fetchone()


def add_stream(ctx: Ctx, source_id: int, stream: str) -> None:
    """Let a stream be read from now on."""
    ctx.tx.execute(
        "insert into source_stream (source_id, stream, next_at) values (%(id)s, %(stream)s, %(now)s)"
        " on conflict do nothing",
        {"id": source_id, "stream": stream, "now": ctx.clock.system_now()},
    )


def change(ctx: Ctx, source_id: int, row: Mapping[str, Any]) -> None:
    """Write name, account_id, config and is_on."""
    ctx.tx.execute(
        "update source set name = %(name)s, account_id = %(account_id)s, config = %(config)s, is_on = %(is_on)s"
        " where id = %(id)s",
        {**row, "config": Jsonb(row["config"]), "id": source_id},
    )


def remove(ctx: Ctx, source_id: int) -> None:
    """Take a source away with its settings; what it brought stays."""
    ctx.tx.execute(
        "update source set removed_at = %(now)s, is_on = false, config = '{}' where id = %(id)s",
        {"id": source_id, "now": ctx.clock.system_now()},
    )


def sources(tx: Connection, brand_id: int) -> list[Row]:
    """Return the brand's sources by name."""
    return tx.execute(
        f"select {_COLUMNS} from source where brand_id = %(brand)s and removed_at is null order by name",
        {"brand": brand_id},
    ).fetchall()


def source(tx: Connection, source_id: int) -> Row | None:
    """Return a source that was not removed."""
    return tx.execute(
        f"select {_COLUMNS} from source where id = %(id)s and removed_at is null", {"id": source_id}
    ).fetchone()


def accounted(tx: Connection) -> list[Row]:
    """Return the sources of all brands that are read through an account."""
    return tx.execute(
        "select id, brand_id from source where is_on and removed_at is null and account_id is not null order by id"
    ).fetchall()


def source_by_hook(tx: Connection, hook: str) -> Row | None:
    """Return the source whose messages come to an address."""
    return tx.execute(
        f"select {_COLUMNS} from source where hook = %(hook)s and removed_at is null and is_on", {"hook": hook}
    ).fetchone()


def streams(tx: Connection, source_ids: Sequence[int]) -> list[Row]:
    """Return the streams of sources."""
    return tx.execute(
        f"select {_STREAM} from source_stream where source_id = any(%(ids)s) order by source_id, stream",
        {"ids": list(source_ids)},
    ).fetchall()


def due(tx: Connection, now: datetime) -> list[Row]:
    """Return the streams whose time has come: source_id, brand_id, stream."""
    return tx.execute(
        "select s.source_id, o.brand_id, s.stream from source_stream s join source o on o.id = s.source_id"
        " where o.is_on and o.removed_at is null and s.next_at <= %(now)s order by s.next_at",
        {"now": now},
    ).fetchall()


def stream(tx: Connection, source_id: int, key: str) -> Row | None:
    """Return a stream."""
    return tx.execute(
        f"select {_STREAM} from source_stream where source_id = %(id)s and stream = %(stream)s",
        {"id": source_id, "stream": key},
    ).fetchone()


def move(tx: Connection, source_id: int, stream: str, change: Mapping[str, Any]) -> None:
    """Write how far a stream was read. change: read_to, page (None = as it is), facts and unread (added)."""
    tx.execute(
        "update source_stream set read_to = coalesce(%(read_to)s, read_to), page = coalesce(%(page)s, page),"
        " facts = facts + %(facts)s, unread = unread + %(unread)s where source_id = %(id)s and stream = %(stream)s",
        {"read_to": None, "page": None, "facts": 0, "unread": 0, **change, "id": source_id, "stream": stream},
    )


def ended(tx: Connection, source_id: int, stream: str, *, next_at: datetime, now: datetime) -> None:
    """Write that a stream is read up to now."""
    tx.execute(
        "update source_stream set next_at = %(next_at)s, succeeded_at = %(now)s, failures = 0, problem = null"
        " where source_id = %(id)s and stream = %(stream)s",
        {"id": source_id, "stream": stream, "next_at": next_at, "now": now},
    )


def failed(tx: Connection, source_id: int, stream: str, *, next_at: datetime, problem: Mapping[str, str]) -> None:
    """Write why a stream could not be read, and when it is tried again."""
    tx.execute(
        "update source_stream set next_at = %(next_at)s, failures = failures + 1, problem = %(problem)s"
        " where source_id = %(id)s and stream = %(stream)s",
        {"id": source_id, "stream": stream, "next_at": next_at, "problem": Jsonb(dict(problem))},
    )


def ask_now(tx: Connection, source_id: int, stream: str, now: datetime) -> None:
    """Let a stream be read as soon as somebody is free."""
    tx.execute(
        "update source_stream set next_at = least(next_at, %(now)s) where source_id = %(id)s and stream = %(stream)s",
        {"id": source_id, "stream": stream, "now": now},
    )


def message_came(tx: Connection, source_id: int, now: datetime) -> None:
    """Count a message that came to a source's address."""
    tx.execute(
        "update source set messages = messages + 1, message_at = %(now)s where id = %(id)s",
        {"id": source_id, "now": now},
    )


def keep_day(ctx: Ctx, source_id: int, row: Mapping[str, Any]) -> None:
    """Keep the comparison of a day: day, orders, fen, our_orders, our_fen, differing."""
    ctx.tx.execute(
        "insert into source_day (source_id, day, orders, fen, our_orders, our_fen, differing, compared_at)"
        " values (%(id)s, %(day)s, %(orders)s, %(fen)s, %(our_orders)s, %(our_fen)s, %(differing)s, %(now)s)"
        " on conflict (source_id, day) do update set orders = excluded.orders, fen = excluded.fen,"
        " our_orders = excluded.our_orders, our_fen = excluded.our_fen, differing = excluded.differing,"
        " compared_at = excluded.compared_at",
        {**row, "id": source_id, "differing": Jsonb(row["differing"]), "now": ctx.clock.system_now()},
    )


def days(tx: Connection, source_id: int, limit: int) -> list[Row]:
    """Return the newest comparisons."""
    return tx.execute(
        "select day, orders, fen, our_orders, our_fen, differing, compared_at from source_day"
        " where source_id = %(id)s order by day desc limit %(limit)s",
        {"id": source_id, "limit": limit},
    ).fetchall()
