"""The SQL of what staff wrote about people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from regulars.core.ctx import Ctx


def add(ctx: Ctx, note_id: UUID, uid: int, secret: bytes) -> None:
    """Add a note of the actor."""
    ctx.tx.execute(
        "insert into person_note (id, brand_id, uid, secret, author_kind, author_id, author, written_at)"
        " values (%(id)s, %(brand_id)s, %(uid)s, %(secret)s, %(kind)s, %(actor)s, %(name)s, %(now)s)",
        {
            "id": note_id,
            "brand_id": ctx.brand_id,
            "uid": uid,
            "secret": secret,
            "kind": ctx.actor.kind,
            "actor": ctx.actor.id,
            "name": ctx.actor.name,
            "now": ctx.clock.system_now(),
        },
    )


def edit(ctx: Ctx, note_id: UUID, secret: bytes) -> None:
    """Give a note other words."""
    ctx.tx.execute(
        "update person_note set secret = %(secret)s, edited_at = %(now)s where id = %(id)s",
        {"id": note_id, "secret": secret, "now": ctx.clock.system_now()},
    )


def delete(ctx: Ctx, note_id: UUID) -> None:
    """Delete a note."""
    ctx.tx.execute("delete from person_note where id = %(id)s", {"id": note_id})


def of(ctx: Ctx, suids: Sequence[int], *, all_brands: bool = False) -> list[dict[str, Any]]:
    """Return the notes about a person, newest first, of the brand unless all are asked for."""
    return ctx.tx.execute(
        "select id, brand_id, secret, author_kind, author_id, author, written_at, edited_at from person_note"
        " where uid = any(%(suids)s::bigint[]) and (%(all)s or %(brand_id)s = 0 or brand_id = %(brand_id)s)"
        " order by written_at desc, id desc",
        {"suids": list(suids), "brand_id": ctx.brand_id, "all": all_brands},
    ).fetchall()
