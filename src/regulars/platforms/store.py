"""Platforms' SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.infra.db import Connection
from regulars.platforms.contract import Account, Practice

_COLUMNS = "id, brand_id, platform, name, world, base_url, settings, rates, checked_at, problem"


def accounts(tx: Connection, brand_id: int, *, platform: str | None = None) -> list[Account]:
    """Return a brand's accounts by platform and name; brand 0 = of all brands."""
    rows = tx.execute(
        f"select {_COLUMNS} from platform_account where removed_at is null"
        " and (%(brand)s = 0 or brand_id = %(brand)s) and (%(platform)s::text is null or platform = %(platform)s)"
        " order by platform, world, name",
        {"brand": brand_id, "platform": platform},
    ).fetchall()
    return [Account(**row) for row in rows]


def account(tx: Connection, account_id: int) -> Account | None:
    """Return an account that was not removed."""
    row = tx.execute(
        f"select {_COLUMNS} from platform_account where id = %(id)s and removed_at is null", {"id": account_id}
    ).fetchone()
    return Account(**row) if row else None


def add_account(ctx: Ctx, row: Mapping[str, Any]) -> Account | None:
    """Keep a new account: platform, name, world, base_url, settings, rates. None when the name is taken."""
    found = ctx.tx.execute(
        "insert into platform_account (brand_id, platform, name, world, base_url, settings, rates, created_at)"
        " values (%(brand_id)s, %(platform)s, %(name)s, %(world)s, %(base_url)s, %(settings)s, %(rates)s, %(now)s)"
        f" on conflict do nothing returning {_COLUMNS}",
        {**_json(row), "brand_id": ctx.brand_id, "now": ctx.clock.system_now()},
    ).fetchone()
    return Account(**found) if found else None


def change_account(ctx: Ctx, account_id: int, row: Mapping[str, Any]) -> None:
    """Write name, base_url, settings and rates; tokens of the old settings are forgotten."""
    ctx.tx.execute(
        "update platform_account set name = %(name)s, base_url = %(base_url)s, settings = %(settings)s,"
        " rates = %(rates)s, checked_at = null, problem = '' where id = %(id)s",
        {**_json(row), "id": account_id},
    )
    forget_tokens(ctx, account_id)


def remove_account(ctx: Ctx, account_id: int) -> None:
    """Take an account away with its secrets; its row stays for what was sent through it."""
    ctx.tx.execute(
        "update platform_account set removed_at = %(now)s, settings = '{}' where id = %(id)s",
        {"id": account_id, "now": ctx.clock.system_now()},
    )
    forget_tokens(ctx, account_id)


def checked(ctx: Ctx, account_id: int, problem: str) -> None:
    """Write down the end of a connection check."""
    ctx.tx.execute(
        "update platform_account set checked_at = %(now)s, problem = %(problem)s where id = %(id)s",
        {"id": account_id, "now": ctx.clock.system_now(), "problem": problem},
    )


def forget_tokens(ctx: Ctx, account_id: int) -> None:
    """Forget an account's tokens."""
    ctx.tx.execute("delete from platform_token where account_id = %(id)s", {"id": account_id})


def token(tx: Connection, account_id: int, name: str) -> tuple[bytes, datetime] | None:
    """Return a sealed token and when it ends."""
    row = tx.execute(
        "select sealed, expires_at from platform_token where account_id = %(id)s and name = %(name)s",
        {"id": account_id, "name": name},
    ).fetchone()
    return (bytes(row["sealed"]), row["expires_at"]) if row else None


def lock_token(tx: Connection, account_id: int, name: str) -> None:
    """Let one process at a time fetch an account's token; the lock ends with the transaction."""
    tx.execute("select pg_advisory_xact_lock(hashtextextended(%(key)s, 7))", {"key": f"token:{account_id}:{name}"})


def keep_token(tx: Connection, account_id: int, name: str, sealed: bytes, expires_at: datetime) -> None:
    """Keep a token; the older one is forgotten."""
    tx.execute(
        "insert into platform_token (account_id, name, sealed, expires_at)"
        " values (%(id)s, %(name)s, %(sealed)s, %(expires_at)s)"
        " on conflict (account_id, name) do update set sealed = excluded.sealed, expires_at = excluded.expires_at",
        {"id": account_id, "name": name, "sealed": sealed, "expires_at": expires_at},
    )


def turn(tx: Connection, bucket: tuple[int, str], cost_s: float, now: datetime, horizon_s: float) -> float:
    """Reserve the next turn of (account, bucket) and return the seconds until it.

    cost_s: how long the bucket is taken, messages / rate. A turn beyond the horizon is not reserved; the seconds
    until it, more than the horizon, are returned all the same.
    Source: the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371, annex A.
    """
    values = {"account": bucket[0], "name": bucket[1], "cost": cost_s, "now": now, "horizon": horizon_s}
    row = tx.execute(
        "insert into platform_bucket as b (account_id, name, free_at)"
        " values (%(account)s, %(name)s, %(now)s + make_interval(secs => %(cost)s))"
        " on conflict (account_id, name) do update set"
        "  free_at = greatest(b.free_at, %(now)s) + make_interval(secs => %(cost)s)"
        "  where b.free_at <= %(now)s + make_interval(secs => %(horizon)s)"
        " returning extract(epoch from free_at - %(now)s)::float - %(cost)s as wait_s",
        values,
    ).fetchone()
    if row is None:
        row = tx.execute(
            "select extract(epoch from free_at - %(now)s)::float as wait_s from platform_bucket"
            " where account_id = %(account)s and name = %(name)s",
            values,
        ).fetchone()
    return max(0.0, float(row["wait_s"])) if row else 0.0


def practice(tx: Connection) -> Practice:
    """Return whether practice mode is on."""
    row = tx.execute("select is_on, url, since from practice_mode").fetchone()
    return Practice(row["is_on"], row["url"], row["since"]) if row else Practice(on=False)


def set_practice(ctx: Ctx, mode: Practice) -> None:
    """Turn practice mode on or off."""
    ctx.tx.execute(
        "insert into practice_mode (is_on, url, since) values (%(is_on)s, %(url)s, %(now)s)"
        " on conflict (id) do update set is_on = excluded.is_on, url = excluded.url, since = excluded.since",
        {"is_on": mode.on, "url": mode.url, "now": ctx.clock.system_now()},
    )


def _json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "settings": Jsonb(row["settings"]), "rates": Jsonb(row["rates"])}
