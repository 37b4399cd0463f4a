"""SQL of stored templates, of what providers say of them, and of messages to the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.channels.contract import Review, Reviewed
from regulars.core.ctx import Ctx
from regulars.infra.db import Connection

Row = dict[str, Any]
_TEMPLATE = "select id, brand_id, name, channel, config, message, created_at, changed_at from message_template"


# --- templates --------------------------------------------------------------------------------------------
def add(ctx: Ctx, row: Mapping[str, Any]) -> int | None:
    """Write a template: name, channel, config (sealed), message; None when the name is taken."""
    made = ctx.tx.execute(
        "insert into message_template (brand_id, name, channel, config, message, created_at, changed_at)"
        " values (%(brand)s, %(name)s, %(channel)s, %(config)s, %(message)s, %(now)s, %(now)s)"
        " on conflict (brand_id, name) where removed_at is null do nothing returning id",
        _values(ctx, row),
    ).fetchone()
    return made["id"] if made else None


def change(ctx: Ctx, template_id: int, row: Mapping[str, Any]) -> None:
    """Write a template anew."""
    ctx.tx.execute(
        "update message_template set name = %(name)s, channel = %(channel)s, config = %(config)s,"
        " message = %(message)s, changed_at = %(now)s where id = %(id)s and brand_id = %(brand)s",
        {**_values(ctx, row), "id": template_id},
    )


def _values(ctx: Ctx, row: Mapping[str, Any]) -> Row:
    json = {"config": Jsonb(row["config"]), "message": Jsonb(row["message"])}
    return {**row, **json, "brand": ctx.brand_id, "now": ctx.now}


def remove(ctx: Ctx, template_id: int) -> None:
    """Take a template off the list; what was made with it stays."""
    ctx.tx.execute(
        "update message_template set removed_at = %(now)s where id = %(id)s and brand_id = %(brand)s",
        {"id": template_id, "brand": ctx.brand_id, "now": ctx.now},
    )


def name_taken(ctx: Ctx, name: str, besides: int) -> bool:
    """Tell whether another template has the name."""
    row = ctx.tx.execute(
        "select 1 from message_template where brand_id = %(brand)s and name = %(name)s and removed_at is null"
        " and id <> %(besides)s",
        {"brand": ctx.brand_id, "name": name, "besides": besides},
    ).fetchone()
    return row is not None


def get(ctx: Ctx, template_id: int, *, lock: bool = False) -> Row | None:
    """Return a template of the brand."""
    return ctx.tx.execute(
        _TEMPLATE
        + " where id = %(id)s and brand_id = %(brand)s and removed_at is null"
        + (" for update" if lock else ""),
        {"id": template_id, "brand": ctx.brand_id},
    ).fetchone()


def listed(ctx: Ctx) -> list[Row]:
    """Return the brand's templates, the last changed first."""
    return ctx.tx.execute(
        _TEMPLATE + " where brand_id = %(brand)s and removed_at is null order by changed_at desc, id desc",
        {"brand": ctx.brand_id},
    ).fetchall()


def everywhere(tx: Connection) -> list[Row]:
    """Return the templates of all brands."""
    return tx.execute(_TEMPLATE + " where removed_at is null order by id").fetchall()


# --- reviews ----------------------------------------------------------------------------------------------
def reviews(tx: Connection, account_id: int, wanted: Sequence[Reviewed]) -> dict[Reviewed, Row]:
    """Return what is known of reviews: state, reason, text, asked_at."""
    rows = tx.execute(
        "select r.what, r.code, r.state, r.reason, r.text, r.asked_at from provider_review r"
        " join unnest(%(whats)s::text[], %(codes)s::text[]) as w(what, code) on w.what = r.what and w.code = r.code"
        " where r.account_id = %(account)s",
        {"account": account_id, "whats": [one.what for one in wanted], "codes": [one.code for one in wanted]},
    ).fetchall()
    return {Reviewed(row["what"], row["code"]): row for row in rows}


def keep_review(tx: Connection, account_id: int, review: Review, at: datetime) -> None:
    """Write down what a provider says."""
    tx.execute(
        "insert into provider_review (account_id, what, code, state, reason, text, asked_at)"
        " values (%(account)s, %(what)s, %(code)s, %(state)s, %(reason)s, %(text)s, %(at)s)"
        " on conflict (account_id, what, code) do update set state = excluded.state, reason = excluded.reason,"
        " text = excluded.text, asked_at = excluded.asked_at",
        {
            "account": account_id,
            "what": review.of.what,
            "code": review.of.code,
            "state": review.state,
            "reason": review.reason[:500],
            "text": review.text,
            "at": at,
        },
    )


# --- messages to the team ---------------------------------------------------------------------------------
def add_test(ctx: Ctx, row: Mapping[str, Any]) -> int:
    """Write a test that waits: channel, config, message, values_uid, ns, address (encrypted), masked, sent_by."""
    json = {"config": Jsonb(row["config"]), "message": Jsonb(row["message"])}
    made = ctx.tx.execute(
        "insert into test_message (brand_id, channel, config, message, values_uid, ns, address, masked, sent_by,"
        " created_at) values (%(brand)s, %(channel)s, %(config)s, %(message)s, %(values_uid)s, %(ns)s, %(address)s,"
        " %(masked)s, %(sent_by)s, %(now)s) returning id",
        {**row, **json, "brand": ctx.brand_id, "now": ctx.now},
    ).fetchone()
    return made["id"] if made else 0


def tests(ctx: Ctx, limit: int) -> list[Row]:
    """Return the brand's newest tests."""
    return ctx.tx.execute(
        "select id, channel, masked, sent_by, state, reason, created_at, ended_at from test_message"
        " where brand_id = %(brand)s order by id desc limit %(limit)s",
        {"brand": ctx.brand_id, "limit": limit},
    ).fetchall()


def take_test(tx: Connection, test_id: int) -> Row | None:
    """Say that a waiting test is being attempted, and return it; None when it was taken before."""
    return tx.execute(
        "update test_message set state = 'attempting' where id = %(id)s and state = 'waiting' returning *",
        {"id": test_id},
    ).fetchone()


def end_test(ctx: Ctx, test_id: int, outcome: Mapping[str, Any]) -> bool:
    """Write how an attempt ended: state, reason, provider_id; the address goes. False when its end was known."""
    return (
        ctx.tx.execute(
            "update test_message set state = %(state)s, reason = %(reason)s, provider_id = %(provider_id)s,"
            " address = null, ended_at = %(now)s where id = %(id)s and state = 'attempting'",
            {"id": test_id, "now": ctx.now, "reason": "", "provider_id": "", **outcome},
        ).rowcount
        > 0
    )
