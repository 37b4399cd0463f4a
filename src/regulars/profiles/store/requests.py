"""The SQL of what people ask for of their rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from regulars.core.clock import business_day
from regulars.core.ctx import Ctx
from regulars.profiles.contract import PersonRequest

_COLUMNS: LiteralString = (
    "select id, number, kind, state, uid, suids, reason, actor, asked_at, ended_at, held, gone, told, message,"
    " operation_id, file_until, downloaded_at from person_request"
)


def _request(row: Mapping[str, Any]) -> PersonRequest:
    values: dict[str, Any] = {**row, "suids": tuple(row["suids"]), "told": tuple(row["told"])}
    return PersonRequest(**values)


def add(ctx: Ctx, kind: str, uid: int, suids: Sequence[int], reason: str) -> PersonRequest:
    """Add a request of the brand; its number is the day's date and its place."""
    row = ctx.tx.execute(
        "insert into person_request (brand_id, kind, state, uid, suids, reason, actor, asked_at)"
        " values (%(brand_id)s, %(kind)s, 'running', %(uid)s, %(suids)s, %(reason)s, %(actor)s, %(now)s) returning id",
        {
            "brand_id": ctx.brand_id,
            "kind": kind,
            "uid": uid,
            "suids": list(suids),
            "reason": reason,
            "actor": ctx.actor.name,
            "now": ctx.clock.system_now(),
        },
    ).fetchone()
    number = row["id"] if row else 0
    change(ctx, number, {"number": f"{business_day(ctx.clock.system_now(), ctx.zone):%Y%m%d}-{number:06d}"})
    found = get(ctx, number)
    assert found is not None  # noqa: S101 - it was just added
    return found


_TEXTS = ("number", "state", "message")
_JSON = ("held", "gone", "told")


def change(ctx: Ctx, request_id: int, values: Mapping[str, Any]) -> None:
    """Change what is named of a request: number, state, message, held, gone, told, operation_id, ended."""
    bound: dict[str, Any] = {name: values.get(name) for name in (*_TEXTS, "operation_id")}
    bound |= {name: Jsonb(values[name]) if name in values else None for name in _JSON}
    ctx.tx.execute(
        "update person_request set number = coalesce(%(number)s, number), state = coalesce(%(state)s, state),"
        " message = coalesce(%(message)s, message), held = coalesce(%(held)s, held), gone = coalesce(%(gone)s, gone),"
        " told = coalesce(%(told)s, told), operation_id = coalesce(%(operation_id)s::bigint, operation_id),"
        " ended_at = case when %(ended)s then %(now)s else ended_at end where id = %(id)s",
        bound | {"id": request_id, "ended": bool(values.get("ended")), "now": ctx.clock.system_now()},
    )


def keep_file(ctx: Ctx, request_id: int, days: int | None) -> None:
    """Say until when a request's file is kept; None = it is gone."""
    ctx.tx.execute(
        "update person_request set file_until = %(now)s::timestamptz + make_interval(days => %(days)s::int)"
        " where id = %(id)s",
        {"id": request_id, "now": ctx.clock.system_now(), "days": days},
    )


def note_download(ctx: Ctx, request_id: int) -> None:
    """Say that a request's file was downloaded."""
    ctx.tx.execute(
        "update person_request set downloaded_at = %(now)s where id = %(id)s",
        {"id": request_id, "now": ctx.clock.system_now()},
    )


def get(ctx: Ctx, request_id: int) -> PersonRequest | None:
    """Return a request of the brand (of any, for the group)."""
    row = ctx.tx.execute(
        _COLUMNS + " where id = %(id)s and (%(brand_id)s = 0 or brand_id = %(brand_id)s)",
        {"id": request_id, "brand_id": ctx.brand_id},
    ).fetchone()
    return _request(row) if row else None


def listed(
    ctx: Ctx, wanted: Mapping[str, Any], *, suids: Sequence[int] | None, before: int | None, limit: int
) -> list[PersonRequest]:
    """Return requests of the brand, newest first. wanted: kind, state; None = any. suids: of one person."""
    rows = ctx.tx.execute(
        _COLUMNS + " where (%(brand_id)s = 0 or brand_id = %(brand_id)s)"
        " and (%(kind)s::text is null or kind = %(kind)s) and (%(state)s::text is null or state = %(state)s)"
        " and (%(suids)s::bigint[] is null or suids && %(suids)s::bigint[])"
        " and (%(before)s::bigint is null or id < %(before)s) order by id desc limit %(limit)s",
        {**wanted, "brand_id": ctx.brand_id, "suids": None if suids is None else list(suids), "before": before,
         "limit": limit},
    )  # fmt: skip
    return [_request(row) for row in rows]


def running(ctx: Ctx, kind: str, suids: Sequence[int]) -> bool:
    """Tell whether such a request of a person is under way, in any brand."""
    row = ctx.tx.execute(
        "select 1 from person_request where kind = %(kind)s and state = 'running' and suids && %(suids)s::bigint[]"
        " limit 1",
        {"kind": kind, "suids": list(suids)},
    ).fetchone()
    return row is not None


def with_files(ctx: Ctx, *, suids: Sequence[int] | None) -> list[int]:
    """Return requests whose file is kept: of a person, or, for None, those kept as long as agreed."""
    rows = ctx.tx.execute(
        "select id from person_request where file_until is not null"
        " and case when %(suids)s::bigint[] is null then file_until <= %(now)s else suids && %(suids)s::bigint[] end",
        {"suids": None if suids is None else list(suids), "now": ctx.clock.system_now()},
    )
    return [row["id"] for row in rows]


def forget_reasons(ctx: Ctx, suids: Sequence[int]) -> None:
    """Take the words away in which requests of a person were reasoned."""
    ctx.tx.execute(
        "update person_request set reason = '' where suids && %(suids)s::bigint[] and reason <> ''",
        {"suids": list(suids)},
    )


def erased_since(ctx: Ctx, days: int) -> list[int]:
    """Return the suids erased within so many days."""
    rows = ctx.tx.execute(
        "select suid from erased_person where erased_at > %(now)s::timestamptz - make_interval(days => %(days)s)",
        {"now": ctx.clock.system_now(), "days": days},
    )
    return [row["suid"] for row in rows]


def brands_of(ctx: Ctx, uid: int) -> list[int]:
    """Return the brands in which somebody has a state."""
    rows = ctx.tx.execute(
        "select brand_id from person_state where uid = %(uid)s and brand_id > 0 order by brand_id", {"uid": uid}
    )
    return [row["brand_id"] for row in rows]
