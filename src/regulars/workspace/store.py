"""The workspace's SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.infra.db import Connection
from regulars.workspace.contract import Brand, LiveSession, Operation, User
from regulars.workspace.roles import BUILT_IN


def brands(tx: Connection) -> list[Brand]:
    """Return all brands by id."""
    rows = tx.execute("select id, key, name, zone, currency from brand order by id").fetchall()
    return [Brand(**row) for row in rows]


def add_brand(tx: Connection, brand: Brand) -> None:
    """Add or change a brand."""
    tx.execute(
        "insert into brand (id, key, name, zone, currency)"
        " values (%(id)s, %(key)s, %(name)s, %(zone)s, %(currency)s)"
        " on conflict (id) do update set key = excluded.key, name = excluded.name, zone = excluded.zone,"
        " currency = excluded.currency",
        {
            "id": brand.id,
            "key": brand.key,
            "name": brand.name,
            "zone": brand.zone,
            "currency": brand.currency,
        },
    )


def setting(tx: Connection, brand_id: int, key: str) -> Any | None:  # noqa: ANN401 - JSON
    """Return a setting's JSON value, None when it is not set."""
    row = tx.execute(
        "select value from setting where brand_id = %(brand_id)s and key = %(key)s",
        {"brand_id": brand_id, "key": key},
    ).fetchone()
    return row["value"] if row else None


def set_setting(tx: Connection, brand_id: int, key: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """Store a setting."""
    tx.execute(
        "insert into setting (brand_id, key, value) values (%(brand_id)s, %(key)s, %(value)s)"
        " on conflict (brand_id, key) do update set value = excluded.value",
        {"brand_id": brand_id, "key": key, "value": Jsonb(value)},
    )


def audit(ctx: Ctx, entry: dict[str, Any]) -> None:
    """Write one audit row."""
    ctx.tx.execute(
        "insert into audit_entry (brand_id, at, actor_kind, actor_id, actor_name, request_id, address, action,"
        " object_kind, object_id, before, after) values (%(brand_id)s, %(at)s, %(actor_kind)s, %(actor_id)s,"
        " %(actor_name)s, %(request_id)s, %(address)s, %(action)s, %(object_kind)s, %(object_id)s, %(before)s,"
        " %(after)s)",
        entry | {"before": Jsonb(entry["before"]), "after": Jsonb(entry["after"])},
    )


_USER = (
    "select u.id, u.email, u.name, u.role, u.brands, u.stores, r.permissions from app_user u"
    " left join access_role r on r.key = u.role"
)


def user_of(row: dict[str, Any]) -> User:
    """Build a user with the permissions that the role has now."""
    built_in = BUILT_IN.get(row["role"])
    return User(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=row["role"],
        permissions=built_in.permissions if built_in else frozenset(row["permissions"] or ()),
        brands=frozenset(row["brands"]) if row["brands"] is not None else None,
        stores=frozenset(row["stores"]) if row["stores"] is not None else None,
    )


def add_user(tx: Connection, email: str, name: str, password_hash: str, role: str) -> None:
    """Add a user, or give an existing one a new password."""
    tx.execute(
        "insert into app_user (email, name, password_hash, role)"
        " values (%(email)s, %(name)s, %(password_hash)s, %(role)s)"
        " on conflict (email) do update set password_hash = excluded.password_hash, failed_logins = 0,"
        " locked_until = null",
        {"email": email, "name": name, "password_hash": password_hash, "role": role},
    )


def user_id(tx: Connection, email: str) -> int:
    """Return a user's number, 0 when there is none."""
    row = tx.execute("select id from app_user where email = lower(trim(%(email)s))", {"email": email}).fetchone()
    return row["id"] if row else 0


def user_by_id(tx: Connection, user_id: int) -> User:
    """Return a user that exists."""
    row = tx.execute(_USER + " where u.id = %(id)s", {"id": user_id}).fetchone()
    assert row is not None  # noqa: S101 - the caller has just read this id
    return user_of(row)


def user_count(tx: Connection) -> int:
    """Return how many users there are."""
    row = tx.execute("select count(*) as n from app_user").fetchone()
    return row["n"] if row else 0


def session_user(tx: Connection, token_hash: str, now: datetime) -> LiveSession | None:
    """Return who a live session is of, and what it is checked by."""
    row = tx.execute(
        "select u.id, u.email, u.name, u.role, u.brands, u.stores, r.permissions, s.csrf, s.last_seen_at,"
        " s.strong or not exists (select from setting where brand_id = 0 and key = 'second_factor_required'"
        "  and value = 'true') as sufficient"
        " from session s join app_user u on u.id = s.user_id and u.disabled_at is null"
        " left join access_role r on r.key = u.role"
        " where s.token_hash = %(token_hash)s and s.expires_at > %(now)s",
        {"token_hash": token_hash, "now": now},
    ).fetchone()
    return LiveSession(user_of(row), row["csrf"], row["last_seen_at"], row["sufficient"]) if row else None


def note_session(tx: Connection, token_hash: str, now: datetime) -> None:
    """Write that a session was seen, unless it is written of the last minute."""
    tx.execute(
        "update session set last_seen_at = %(now)s where token_hash = %(token_hash)s"
        " and last_seen_at < %(now)s - interval '1 minute'",
        {"now": now, "token_hash": token_hash},
    )


def add_api_key(tx: Connection, brand_id: int, new: Mapping[str, Any]) -> int:
    """Store an API key: name, key_hash, permissions, stores; return its id."""
    row = tx.execute(
        "insert into api_key (brand_id, name, key_hash, permissions, stores)"
        " values (%(brand_id)s, %(name)s, %(key_hash)s, %(permissions)s, %(stores)s) returning id",
        {**new, "brand_id": brand_id},
    ).fetchone()
    return row["id"] if row else 0


def api_key(tx: Connection, key_hash: str) -> dict[str, Any] | None:
    """Return a live key's row."""
    return tx.execute(
        "select id, brand_id, name, permissions, stores, last_used_at from api_key"
        " where key_hash = %(key_hash)s and revoked_at is null",
        {"key_hash": key_hash},
    ).fetchone()


def note_api_key(tx: Connection, key_id: int, now: datetime) -> None:
    """Write that a key was used, unless it is written of the last minute."""
    tx.execute(
        "update api_key set last_used_at = %(now)s where id = %(id)s"
        " and (last_used_at is null or last_used_at < %(now)s - interval '1 minute')",
        {"now": now, "id": key_id},
    )


_OPERATION = (
    "select id, brand_id, kind, title, state, done, total, unit, message, payload, result, cancel_requested, actor,"
    " started_at, updated_at, finished_at from operation"
)


def add_operation(ctx: Ctx, values: dict[str, Any]) -> Operation:
    """Start a long task's record."""
    row = ctx.tx.execute(
        "insert into operation (brand_id, kind, title, state, total, unit, payload, actor, started_at, updated_at)"
        " values (%(brand_id)s, %(kind)s, %(title)s, 'running', %(total)s, %(unit)s, %(payload)s, %(actor)s,"
        " %(now)s, %(now)s) returning id",
        values | {"payload": Jsonb(values["payload"])},
    ).fetchone()
    found = operation(ctx.tx, row["id"] if row else 0)
    assert found is not None  # noqa: S101 - inserted above
    return found


def operation(tx: Connection, operation_id: int) -> Operation | None:
    """Return a long task."""
    row = tx.execute(_OPERATION + " where id = %(id)s", {"id": operation_id}).fetchone()
    return Operation(**row) if row else None


def operations(tx: Connection, brand_id: int, limit: int) -> list[Operation]:
    """Return the newest long tasks of a brand."""
    rows = tx.execute(
        _OPERATION + " where brand_id = %(brand_id)s order by id desc limit %(limit)s",
        {"brand_id": brand_id, "limit": limit},
    ).fetchall()
    return [Operation(**row) for row in rows]


def failed_since(ctx: Ctx, since: datetime) -> list[Operation]:
    """Return the brand's tasks that failed since then and were not done again, newest first."""
    rows = ctx.tx.execute(
        _OPERATION + " o where brand_id = %(brand_id)s and state = 'failed' and finished_at >= %(since)s"
        " and not exists (select 1 from operation later where later.brand_id = o.brand_id and later.kind = o.kind"
        "  and later.title = o.title and later.id > o.id and later.state in ('done', 'running')) order by id desc",
        {"brand_id": ctx.brand_id, "since": since},
    ).fetchall()
    return [Operation(**row) for row in rows]


def silent_since(ctx: Ctx, since: datetime) -> list[Operation]:
    """Return the brand's running tasks that have told nothing since then, newest first."""
    rows = ctx.tx.execute(
        _OPERATION + " where brand_id = %(brand_id)s and state = 'running' and updated_at < %(since)s order by id desc",
        {"brand_id": ctx.brand_id, "since": since},
    ).fetchall()
    return [Operation(**row) for row in rows]


def last_operation(tx: Connection, brand_id: int, kind: str) -> Operation | None:
    """Return a brand's newest long task of a kind."""
    row = tx.execute(
        _OPERATION + " where brand_id = %(brand_id)s and kind = %(kind)s order by id desc limit 1",
        {"brand_id": brand_id, "kind": kind},
    ).fetchone()
    return Operation(**row) if row else None


def update_operation(ctx: Ctx, operation_id: int, changes: dict[str, Any]) -> None:
    """Change state, progress, message or result of a long task; missing parts stay."""
    ctx.tx.execute(
        "update operation set state = coalesce(%(state)s, state), done = coalesce(%(done)s, done),"
        " total = coalesce(%(total)s, total), message = coalesce(%(message)s, message),"
        " result = coalesce(%(result)s, result), cancel_requested = coalesce(%(cancel)s, cancel_requested),"
        " updated_at = %(now)s, finished_at = case when %(ended)s then %(now)s"
        "  when %(state)s::text = 'running' then null else finished_at end where id = %(id)s",
        {
            "state": None,
            "done": None,
            "total": None,
            "message": None,
            "cancel": None,
            "ended": False,
            **changes,
            "result": Jsonb(changes["result"]) if changes.get("result") is not None else None,
            "id": operation_id,
            "now": ctx.clock.system_now(),
        },
    )
