"""The SQL of saved views."""

from __future__ import annotations

from typing import Any

from regulars.core.ctx import Ctx
from regulars.workspace.contract import SavedView

_COLUMNS = "id, list as of, name, search, columns, saved_at"


def _view(row: dict[str, Any]) -> SavedView:
    row["columns"] = tuple(row["columns"])
    return SavedView(**row)


def views(ctx: Ctx, user_id: int, of: str) -> list[SavedView]:
    """Return somebody's views of a list in the brand, by name."""
    rows = ctx.tx.execute(
        f"select {_COLUMNS} from saved_view where brand_id = %(brand_id)s and user_id = %(user_id)s"
        " and list = %(of)s order by name",
        {"brand_id": ctx.brand_id, "user_id": user_id, "of": of},
    )
    return [_view(row) for row in rows]


def save(ctx: Ctx, user_id: int, values: dict[str, Any]) -> SavedView:
    """Keep a view; one of the same name is replaced."""
    row = ctx.tx.execute(
        "insert into saved_view (brand_id, user_id, list, name, search, columns, saved_at) values (%(brand_id)s,"
        " %(user_id)s, %(of)s, %(name)s, %(search)s, %(columns)s, %(now)s) on conflict on constraint saved_view_name"
        " do update set search = excluded.search, columns = excluded.columns, saved_at = excluded.saved_at"
        f" returning {_COLUMNS}",
        values | {"brand_id": ctx.brand_id, "user_id": user_id, "now": ctx.clock.system_now()},
    ).fetchone()
    assert row is not None, "an upsert returns its row"  # noqa: S101 - says what the type checker cannot know
    return _view(row)


def remove(ctx: Ctx, user_id: int, view_id: int) -> SavedView | None:
    """Remove somebody's view and return it; None when there is none."""
    row = ctx.tx.execute(
        "delete from saved_view where id = %(id)s and brand_id = %(brand_id)s and user_id = %(user_id)s"
        f" returning {_COLUMNS}",
        {"id": view_id, "brand_id": ctx.brand_id, "user_id": user_id},
    ).fetchone()
    return _view(row) if row else None
