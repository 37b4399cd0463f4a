"""SQL of the tags room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.tags.contract import Wanted

_COLUMNS = "id, folder, name, origin, description, owner, definition, last_set_at, created_at"
Row = dict[str, Any]


def add(ctx: Ctx, values: Mapping[str, Any]) -> int:
    """Write a new tag and return its number."""
    row = ctx.tx.execute(
        "insert into tag (brand_id, folder, name, origin, description, owner, definition, created_at)"
        " values (%(brand_id)s, %(folder)s, %(name)s, %(origin)s, %(description)s, %(owner)s, %(definition)s, %(now)s)"
        " returning id",
        _bound(ctx, values),
    ).fetchone()
    assert row is not None, "an insert returns its row"  # noqa: S101 - says what the type checker cannot know
    return row["id"]


def change(ctx: Ctx, tag_id: int, values: Mapping[str, Any]) -> None:
    """Write a tag's words and definition."""
    ctx.tx.execute(
        "update tag set folder = %(folder)s, name = %(name)s, description = %(description)s, owner = %(owner)s,"
        " definition = %(definition)s where id = %(id)s",
        _bound(ctx, values) | {"id": tag_id},
    )


def _bound(ctx: Ctx, values: Mapping[str, Any]) -> Row:
    shared = {"brand_id": ctx.brand_id, "now": ctx.clock.system_now()}
    return {**values, **shared, "definition": Jsonb(values["definition"])}


def retire(ctx: Ctx, tag_id: int) -> None:
    """Mark a tag as retired; its facts stay where they are and nothing reads them."""
    ctx.tx.execute(
        "update tag set retired_at = %(now)s where id = %(id)s", {"id": tag_id, "now": ctx.clock.system_now()}
    )


def get(ctx: Ctx, tag_id: int, *, lock: bool = False) -> Row | None:
    """Return a live tag of the brand; lock: nobody else changes it or its facts until the transaction ends."""
    sql = "select " + _COLUMNS + " from tag where id = %(id)s and brand_id = %(brand_id)s and retired_at is null"
    return ctx.tx.execute(
        sql + " for no key update" if lock else sql, {"id": tag_id, "brand_id": ctx.brand_id}
    ).fetchone()


_LISTED = (
    " from tag where brand_id = %(brand_id)s and retired_at is null and position(lower(%(q)s) in lower(name)) > 0"
    " and (%(folder)s = '' or folder = %(folder)s or starts_with(folder, %(folder)s || '/'))"
    " and (%(origin)s::text is null or origin = %(origin)s)"
)


def listed(ctx: Ctx, wanted: Wanted, *, after: int | None, limit: int | None) -> list[Row]:
    """Return the brand's live tags that are wanted, by folder and name. after: id of the last one seen."""
    beyond = " and (folder, name, id) > (select l.folder, l.name, l.id from tag l where l.id = %(after)s)"
    return ctx.tx.execute(
        "select " + _COLUMNS + _LISTED + (beyond if after else "") + " order by folder, name, id limit %(limit)s",
        {**_asked(ctx, wanted), "after": after, "limit": limit},
    ).fetchall()


def total(ctx: Ctx, wanted: Wanted) -> int:
    """Return how many live tags of the brand are wanted."""
    row = ctx.tx.execute("select count(*) as n" + _LISTED, _asked(ctx, wanted)).fetchone()
    return row["n"] if row else 0


def folders(ctx: Ctx) -> dict[str, int]:
    """Return how many live tags of the brand lie in each folder itself, by its path."""
    rows = ctx.tx.execute(
        "select folder, count(*) as n from tag where brand_id = %(brand_id)s and retired_at is null"
        " group by folder order by folder",
        {"brand_id": ctx.brand_id},
    )
    return {row["folder"]: row["n"] for row in rows}


def _asked(ctx: Ctx, wanted: Wanted) -> dict[str, Any]:
    return {"brand_id": ctx.brand_id, "q": wanted.q.strip(), "folder": wanted.folder, "origin": wanted.origin}


def named(ctx: Ctx, name: str) -> int | None:
    """Return the live tag of this name, however written in upper and lower case."""
    row = ctx.tx.execute(
        "select id from tag where brand_id = %(brand_id)s and lower(name) = lower(%(name)s) and retired_at is null",
        {"brand_id": ctx.brand_id, "name": name},
    ).fetchone()
    return row["id"] if row else None


def set_at(ctx: Ctx, tag_id: int, at: datetime) -> None:
    """Keep the instant of a tag's newest change by hand."""
    ctx.tx.execute("update tag set last_set_at = %(at)s where id = %(id)s", {"id": tag_id, "at": at})


def imported(ctx: Ctx) -> list[tuple[int, int, str]]:
    """Return (brand, tag, attribute) of the live imported tags of all brands."""
    rows = ctx.tx.execute(
        "select brand_id, id, definition ->> 'attribute' as attribute from tag"
        " where origin = 'imported' and retired_at is null order by id"
    ).fetchall()
    return [(row["brand_id"], row["id"], row["attribute"]) for row in rows]


def received(ctx: Ctx, tag_id: int, limit: int) -> list[Row]:
    """Return the values that people have of a tag of facts, the commonest first: value, people."""
    return ctx.lake.rows(
        "SELECT substring(one, length({prefix:String}) + 1) AS value, count() AS people FROM user_state"
        " ARRAY JOIN tags AS one WHERE brand_id = {brand_id:UInt16} AND startsWith(one, {prefix:String})"
        " GROUP BY value ORDER BY people DESC, value LIMIT {limit:UInt32}",
        {"prefix": f"{tag_id}:", "brand_id": ctx.brand_id, "limit": limit},
    )


def known_attribute(ctx: Ctx, attribute: str) -> list[Row]:
    """Return the newest value of an attribute per suid, as far as identify events told it: suid, value, at."""
    told = "if(JSONType(props, {name:String}) = 'String', JSONExtractString(props, {name:String}),"
    return ctx.lake.rows(
        "SELECT suid, argMax(told, occurred_at) AS value, max(occurred_at) AS at FROM ("
        f" SELECT suid, occurred_at, {told} JSONExtractRaw(props, {{name:String}})) AS told FROM events"
        "  WHERE brand_id = {brand_id:UInt16} AND type = 'person.identified' AND suid > 0"
        "  AND JSONHas(props, {name:String})"
        ") WHERE told NOT IN ('', 'null') GROUP BY suid ORDER BY suid",
        {"name": attribute, "brand_id": ctx.brand_id},
    )
