"""The SQL of posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.channels.posts import Call, Post, Result
from regulars.core.ctx import Ctx
from regulars.infra.db import Connection

_POST = "select id, kind, key, text, config, created_by, created_at from post where brand_id = %(brand_id)s"


def add(ctx: Ctx, row: Mapping[str, Any], senders: Sequence[str]) -> int | None:
    """Write a post and its calls; None when its key is known."""
    found = ctx.tx.execute(
        "insert into post (brand_id, kind, key, account_id, text, config, created_by, created_at, business_on) values"
        " (%(brand_id)s, %(kind)s, %(key)s, %(account_id)s, %(text)s, %(config)s, %(actor)s, %(now)s, %(today)s)"
        " on conflict (brand_id, key) do nothing returning id",
        {
            **row, "config": Jsonb(row["config"]), "brand_id": ctx.brand_id, "actor": ctx.actor.name,
            "now": ctx.clock.system_now(), "today": ctx.today,
        },
    ).fetchone()  # fmt: skip
    if found is None:
        return None
    ctx.tx.execute(
        "insert into post_call (post_id, sender) select %(post_id)s, unnest(%(senders)s::text[])",
        {"post_id": found["id"], "senders": list(senders)},
    )
    return found["id"]


def by_key(ctx: Ctx, key: str) -> int | None:
    """Return the post of a key."""
    row = ctx.tx.execute(
        "select id from post where brand_id = %(brand_id)s and key = %(key)s", {"brand_id": ctx.brand_id, "key": key}
    ).fetchone()
    return row["id"] if row else None


def made_today(ctx: Ctx, kind: str, account_id: int) -> int:
    """Return how many posts of a kind and account the brand has made on its business day."""
    ctx.tx.execute("select pg_advisory_xact_lock(hashtext('post'), %(account)s::int)", {"account": account_id})
    row = ctx.tx.execute(
        "select count(*) as n from post where brand_id = %(brand_id)s and kind = %(kind)s"
        " and account_id = %(account_id)s and business_on = %(today)s",
        {"brand_id": ctx.brand_id, "kind": kind, "account_id": account_id, "today": ctx.today},
    ).fetchone()
    return row["n"] if row else 0


def post(ctx: Ctx, post_id: int) -> Post | None:
    """Return a post of the brand, with its calls and their results."""
    row = ctx.tx.execute(_POST + " and id = %(id)s", {"brand_id": ctx.brand_id, "id": post_id}).fetchone()
    return _whole(ctx, [row])[0] if row else None


def posts(ctx: Ctx, limit: int) -> list[Post]:
    """Return the brand's posts, newest first."""
    rows = ctx.tx.execute(
        _POST + " order by id desc limit %(limit)s", {"brand_id": ctx.brand_id, "limit": limit}
    ).fetchall()
    return _whole(ctx, rows)


def _whole(ctx: Ctx, rows: Sequence[Mapping[str, Any]]) -> list[Post]:
    ids = [row["id"] for row in rows]
    results: dict[int, list[Result]] = {}
    for row in ctx.tx.execute(
        "select r.call_id, r.sender, r.target, r.outcome, r.people, r.at from post_result r"
        " join post_call c on c.id = r.call_id where c.post_id = any(%(ids)s) order by r.sender, r.target",
        {"ids": ids},
    ):
        results.setdefault(row["call_id"], []).append(
            Result(row["sender"], row["target"], row["outcome"], row["people"], row["at"])
        )
    calls: dict[int, list[Call]] = {}
    for row in ctx.tx.execute(
        "select id, post_id, sender, state, provider_id, refused, error, made_at from post_call"
        " where post_id = any(%(ids)s) order by id",
        {"ids": ids},
    ):
        calls.setdefault(row["post_id"], []).append(
            Call(row["id"], row["sender"], row["state"], row["provider_id"], tuple(row["refused"]), row["error"],
                 row["made_at"], tuple(results.get(row["id"], ())))
        )  # fmt: skip
    return [Post(**row, calls=tuple(calls.get(row["id"], ()))) for row in rows]


# --- calls ------------------------------------------------------------------------------------------------
def take(tx: Connection, post_id: int) -> dict[str, Any] | None:
    """Say that the next planned call of a post is being made, and return it; None when there is none left."""
    return tx.execute(
        "update post_call set state = 'calling' where id = (select id from post_call where post_id = %(id)s"
        " and state = 'planned' order by id limit 1 for update) returning id, sender",
        {"id": post_id},
    ).fetchone()


def left_calling(tx: Connection, post_id: int) -> None:
    """A call that was being made when its worker died may have been made."""
    tx.execute(
        "update post_call set state = 'unknown', error = 'no.answer' where post_id = %(id)s and state = 'calling'",
        {"id": post_id},
    )


def fail_planned(tx: Connection, post_id: int, why: str) -> None:
    """End the calls of a post that were never made."""
    tx.execute(
        "update post_call set state = 'failed', error = %(why)s where post_id = %(id)s and state = 'planned'",
        {"id": post_id, "why": why},
    )


def settle(tx: Connection, call_id: int, changes: Mapping[str, Any]) -> None:
    """Write down what came of a call: state, and provider_id, refused, error, made_at where there are such."""
    tx.execute(
        "update post_call set state = %(state)s, provider_id = coalesce(%(provider_id)s, provider_id),"
        " refused = coalesce(%(refused)s, refused), error = coalesce(%(error)s, error),"
        " made_at = coalesce(%(made_at)s, made_at) where id = %(id)s",
        {"provider_id": None, "refused": None, "error": None, "made_at": None, **changes, "id": call_id},
    )


def to_ask(tx: Connection, since: datetime) -> list[dict[str, Any]]:
    """Return the calls of all brands of which not every part has ended."""
    return tx.execute(
        "select c.id, c.sender, c.provider_id, p.brand_id, p.kind, p.account_id from post_call c"
        " join post p on p.id = c.post_id where c.state = 'made' and c.made_at > %(since)s order by c.id limit 500",
        {"since": since},
    ).fetchall()


def close(tx: Connection, before: datetime) -> None:
    """Ask no more about calls made before: who has not confirmed by then will not."""
    tx.execute("update post_call set state = 'ended' where state = 'made' and made_at <= %(at)s", {"at": before})


def write_results(tx: Connection, call_id: int, results: Sequence[Result]) -> None:
    """Write what became of parts."""
    if not results:
        return
    with tx.cursor() as cursor:
        cursor.executemany(
            "insert into post_result (call_id, sender, target, outcome, people, at) values"
            " (%(call_id)s, %(sender)s, %(target)s, %(outcome)s, %(people)s, %(at)s)"
            " on conflict (call_id, target) do update set outcome = excluded.outcome, people = excluded.people,"
            " at = excluded.at",
            [
                {"call_id": call_id, "sender": one.sender, "target": one.target, "outcome": one.outcome,
                 "people": one.people, "at": one.at}
                for one in results
            ],
        )  # fmt: skip
