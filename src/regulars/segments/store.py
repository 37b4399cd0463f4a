"""PostgreSQL of the segments room: what segments are, and which runs count."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.core.rule import Rule, dump, parse
from regulars.segments.contract import TAG_KEY, Diff, ListSort, Segment, Wanted

_COLUMNS = (
    "id, brand_id, key, name, kind, rule, made_from, description, owner, state, version, people, as_of_on,"
    " refreshed_at, error, created_at"
)


def _segment(row: Mapping[str, Any]) -> Segment:
    values: dict[str, Any] = {**row, "rule": parse(row["rule"]) if row["rule"] is not None else None}
    return Segment(**values)


def add(ctx: Ctx, values: Mapping[str, Any]) -> int:
    """Write a new segment and return its id."""
    row = ctx.tx.execute(
        "insert into segment (brand_id, key, name, kind, rule, made_from, description, owner, state, created_at)"
        " values (%(brand_id)s, %(key)s, %(name)s, %(kind)s, %(rule)s, %(made_from)s, %(description)s, %(owner)s,"
        " 'refreshing', %(now)s) returning id",
        {
            **values,
            "brand_id": ctx.brand_id,
            "rule": _json(values["rule"]),
            "made_from": Jsonb(values["made_from"]),
            "now": ctx.clock.system_now(),
        },
    ).fetchone()
    assert row is not None, "an insert returns its row"  # noqa: S101 - says what the type checker cannot know
    return row["id"]


def _json(rule: Rule | None) -> Jsonb | None:
    return Jsonb(dump(rule)) if rule is not None else None


def change(ctx: Ctx, segment_id: int, values: Mapping[str, Any]) -> None:
    """Write the words and the rule of a segment."""
    ctx.tx.execute(
        "update segment set name = %(name)s, description = %(description)s, rule = %(rule)s where id = %(id)s",
        {**values, "id": segment_id, "rule": _json(values["rule"])},
    )


def remove(ctx: Ctx, segment_id: int) -> None:
    """Mark a segment as deleted; its runs and versions stay for the record."""
    ctx.tx.execute(
        "update segment set deleted_at = %(now)s where id = %(id)s", {"id": segment_id, "now": ctx.clock.system_now()}
    )


def deleted(ctx: Ctx, segment_id: int, since: datetime) -> Segment | None:
    """Return a segment of the brand that was deleted since then, locking it."""
    row = ctx.tx.execute(
        "select " + _COLUMNS + " from segment where id = %(id)s and brand_id = %(brand_id)s"
        " and deleted_at >= %(since)s for update",
        {"id": segment_id, "brand_id": ctx.brand_id, "since": since},
    ).fetchone()
    return _segment(row) if row else None


def bring_back(ctx: Ctx, segment_id: int) -> None:
    """Take back that a segment was deleted."""
    ctx.tx.execute("update segment set deleted_at = null where id = %(id)s", {"id": segment_id})


def get(ctx: Ctx, segment_id: int, *, lock: bool = False) -> Segment | None:
    """Return a live segment of the brand; lock: nobody else may refresh it until the transaction ends."""
    found = ctx.tx.execute(
        "select " + _COLUMNS + " from segment where id = %(id)s and brand_id = %(brand_id)s and deleted_at is null"
        " for no key update"
        if lock
        else "select "
        + _COLUMNS
        + " from segment where id = %(id)s and brand_id = %(brand_id)s and deleted_at is null",
        {"id": segment_id, "brand_id": ctx.brand_id},
    ).fetchone()
    return _segment(found) if found else None


def named(ctx: Ctx, name: str) -> int | None:
    """Return the id of the live segment of this name, however written in upper and lower case."""
    found = ctx.tx.execute(
        "select id from segment where brand_id = %(brand_id)s and lower(name) = lower(%(name)s) and deleted_at is null",
        {"brand_id": ctx.brand_id, "name": name},
    ).fetchone()
    return found["id"] if found else None


def keyed(ctx: Ctx, key: str) -> Segment | None:
    """Return the live segment that a room keeps up under this key."""
    found = ctx.tx.execute(
        "select " + _COLUMNS + " from segment where brand_id = %(brand_id)s and key = %(key)s and deleted_at is null",
        {"brand_id": ctx.brand_id, "key": key},
    ).fetchone()
    return _segment(found) if found else None


def kept(ctx: Ctx, begins: Collection[str]) -> list[Segment]:
    """Return the live segments of the brand whose key begins with one of these."""
    rows = ctx.tx.execute(
        "select " + _COLUMNS + " from segment where brand_id = %(brand_id)s and deleted_at is null"
        " and exists (select from unnest(%(begins)s::text[]) b where starts_with(key, b))",
        {"brand_id": ctx.brand_id, "begins": list(begins)},
    ).fetchall()
    return [_segment(row) for row in rows]


def listed(ctx: Ctx, *, limit: int | None = None, of_tags: bool = True) -> list[Segment]:
    """Return live segments of the brand, newest first. of_tags: those of tags too."""
    rows = ctx.tx.execute(
        "select " + _COLUMNS + " from segment where brand_id = %(brand_id)s and deleted_at is null"
        " and (%(of_tags)s or key is null or not starts_with(key, %(tag_key)s)) order by id desc limit %(limit)s",
        {"brand_id": ctx.brand_id, "limit": limit, "of_tags": of_tags, "tag_key": TAG_KEY},
    ).fetchall()
    return [_segment(row) for row in rows]


_LISTED = (
    " from segment where brand_id = %(brand_id)s and deleted_at is null"
    " and (key is null or not starts_with(key, %(tag_key)s)) and position(lower(%(q)s) in lower(name)) > 0"
    " and (%(kind)s::text is null or kind = %(kind)s) and (not %(failed)s or state = 'failed')"
)
_ORDER: dict[ListSort, tuple[LiteralString, LiteralString]] = {
    "newest": (" and id < %(after)s", " order by id desc"),
    "name": (
        " and (lower(name), id) > (select lower(l.name), l.id from segment l where l.id = %(after)s)",
        " order by lower(name), id",
    ),
    "refreshed": (
        " and (coalesce(refreshed_at, '-infinity'), id)"
        " < (select coalesce(l.refreshed_at, '-infinity'), l.id from segment l where l.id = %(after)s)",
        " order by coalesce(refreshed_at, '-infinity') desc, id desc",
    ),
}
"""Of each order of a list: what comes after a row, and the order itself."""


def page(ctx: Ctx, wanted: Wanted, *, after: int | None, limit: int | None) -> list[Segment]:
    """Return live segments of the brand that are wanted, those of tags apart. after: id of the last one seen."""
    beyond, order = _ORDER[wanted.sort]
    rows = ctx.tx.execute(
        "select " + _COLUMNS + _LISTED + (beyond if after else "") + order + " limit %(limit)s",
        {**_bound(ctx, wanted), "after": after, "limit": limit},
    ).fetchall()
    return [_segment(row) for row in rows]


def total(ctx: Ctx, wanted: Wanted) -> int:
    """Return how many live segments of the brand are wanted, those of tags apart."""
    row = ctx.tx.execute("select count(*) as n" + _LISTED, _bound(ctx, wanted)).fetchone()
    return row["n"] if row else 0


def _bound(ctx: Ctx, wanted: Wanted) -> dict[str, Any]:
    asked = {"q": wanted.q.strip(), "kind": wanted.kind, "failed": wanted.failed}
    return {"brand_id": ctx.brand_id, "tag_key": TAG_KEY, **asked}


def lock_all(ctx: Ctx, ids: Sequence[int]) -> None:
    """Lock segments in one order, so that two refreshes never wait for each other."""
    ctx.tx.execute("select id from segment where id = any(%(ids)s) order by id for no key update", {"ids": list(ids)})


def brands_with_segments(ctx: Ctx) -> list[int]:
    """Return the brands (0 = the group) that have live segments."""
    rows = ctx.tx.execute("select distinct brand_id from segment where deleted_at is null order by brand_id").fetchall()
    return [row["brand_id"] for row in rows]


def listed_everywhere(ctx: Ctx) -> list[Segment]:
    """Return the live segments of all brands."""
    rows = ctx.tx.execute("select " + _COLUMNS + " from segment where deleted_at is null order by id").fetchall()
    return [_segment(row) for row in rows]


def begin_run(ctx: Ctx, segment_id: int, *, whole: bool, as_of_on: date, token: str) -> int:
    """Open a run and return its version."""
    row = ctx.tx.execute(
        "insert into segment_run (segment_id, whole, token, as_of_on, at)"
        " values (%(segment_id)s, %(whole)s, nullif(%(token)s, ''), %(as_of_on)s, %(at)s) returning version",
        {
            "segment_id": segment_id,
            "whole": whole,
            "token": token,
            "as_of_on": as_of_on,
            "at": ctx.clock.system_now(),
        },
    ).fetchone()
    assert row is not None, "an insert returns its row"  # noqa: S101 - says what the type checker cannot know
    return row["version"]


def end_run(ctx: Ctx, version: int, values: Mapping[str, Any]) -> None:
    """Record what a run changed."""
    ctx.tx.execute(
        "update segment_run set joined = %(joined)s, departed = %(departed)s, people = %(people)s, path = %(path)s"
        " where version = %(version)s",
        {**values, "version": version},
    )


def has_run(ctx: Ctx, segment_id: int, token: str) -> bool:
    """Tell whether a run with this token was done."""
    return (
        ctx.tx.execute(
            "select 1 as yes from segment_run where segment_id = %(id)s and token = %(token)s",
            {"id": segment_id, "token": token},
        ).fetchone()
        is not None
    )


def versions(ctx: Ctx, segment_id: int, upto: int) -> list[int]:
    """Return the newest whole version that is not above `upto`, followed by the diffs from there up to it."""
    rows = ctx.tx.execute(
        "select version from segment_run where segment_id = %(id)s and version <= %(upto)s and version >= coalesce("
        " (select max(version) from segment_run where segment_id = %(id)s and version <= %(upto)s and whole"
        " and not forgotten), 0)"
        " order by version",
        {"id": segment_id, "upto": upto},
    ).fetchall()
    return [row["version"] for row in rows]


def versions_of(ctx: Ctx, segment_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Return what `versions` returns of each segment's current version; nothing of those without one."""
    rows = ctx.tx.execute(
        "select s.id, array_agg(r.version order by r.version) as versions from segment s join segment_run r"
        " on r.segment_id = s.id and r.version <= s.version and r.version >= coalesce((select max(w.version)"
        " from segment_run w where w.segment_id = s.id and w.version <= s.version and w.whole"
        " and not w.forgotten), 0)"
        " where s.id = any(%(ids)s) group by s.id",
        {"ids": list(segment_ids)},
    ).fetchall()
    return {row["id"]: tuple(row["versions"]) for row in rows}


def add_changes(
    ctx: Ctx, changes: Sequence[Mapping[str, Any]], *, as_of_on: date, drift: int | None = None
) -> list[int]:
    """Record what was changed in segments and make it their current membership; return the versions.

    changes: segment_id, joined, departed, people, path; a segment once at most. drift: what a check found wrong.
    """
    columns = {name: [change[name] for change in changes] for name in _CHANGE}
    rows = ctx.tx.execute(
        "with run as (insert into segment_run (segment_id, whole, as_of_on, at, joined, departed, people, path,"
        " drift) select segment_id, false, %(as_of_on)s, %(at)s, joined, departed, people, path, %(drift)s from unnest("
        "%(segment_id)s::bigint[], %(joined)s::bigint[], %(departed)s::bigint[], %(people)s::bigint[],"
        " %(path)s::text[]) as c(segment_id, joined, departed, people, path)"
        " returning segment_id, version, people),"
        " raised as (update segment s set version = run.version, people = run.people, as_of_on = %(as_of_on)s,"
        " refreshed_at = %(at)s, state = 'ready', error = '' from run where s.id = run.segment_id)"
        " select segment_id, version from run",
        {**columns, "as_of_on": as_of_on, "at": ctx.clock.system_now(), "drift": drift},
    ).fetchall()
    made = {row["segment_id"]: row["version"] for row in rows}
    return [made[change["segment_id"]] for change in changes]


_CHANGE = ("segment_id", "joined", "departed", "people", "path")


def first_version(ctx: Ctx, segment_id: int) -> int:
    """Return the version a segment began with: for a static one, its people as they were frozen."""
    row = ctx.tx.execute(
        "select min(version) as version from segment_run where segment_id = %(id)s", {"id": segment_id}
    ).fetchone()
    return row["version"] if row and row["version"] else 0


def make_whole(ctx: Ctx, version: int) -> None:
    """Note that a version's bitmaps now stand by themselves."""
    ctx.tx.execute("update segment_run set whole = true where version = %(version)s", {"version": version})


def kept_wholes(ctx: Ctx) -> dict[int, list[int]]:
    """Return of every segment, also a deleted one, the versions whose bitmaps are kept, ascending."""
    rows = ctx.tx.execute(
        "select segment_id, array_agg(version order by version) as versions from segment_run"
        " where whole and not forgotten group by segment_id order by segment_id"
    ).fetchall()
    return {row["segment_id"]: row["versions"] for row in rows}


def forget_wholes(ctx: Ctx, since: date) -> int:
    """Let go of whole versions that nothing needs as such; return how many.

    Kept are a segment's newest, the last one of each business day from `since` on, and its first, on which all diffs
    rest in the end: of a static segment, its people as they were frozen.
    """
    return ctx.tx.execute(
        "update segment_run set forgotten = true where whole and not forgotten and version not in ("
        " select max(version) from segment_run where whole and not forgotten group by segment_id"
        " union all select max(version) from segment_run where whole and not forgotten and as_of_on >= %(since)s"
        "  group by segment_id, as_of_on"
        " union all select min(version) from segment_run where whole and not forgotten group by segment_id)",
        {"since": since},
    ).rowcount


def raise_version(ctx: Ctx, segment_id: int, *, version: int, people: int, as_of_on: date, at: datetime) -> None:
    """Make a version the current membership."""
    ctx.tx.execute(
        "update segment set version = %(version)s, people = %(people)s, as_of_on = %(as_of_on)s,"
        " refreshed_at = %(at)s, state = 'ready', error = '' where id = %(id)s",
        {"id": segment_id, "version": version, "people": people, "as_of_on": as_of_on, "at": at},
    )


def looked_at(ctx: Ctx, segment_ids: Sequence[int], *, at: datetime) -> None:
    """Note that these memberships were checked and stand."""
    ctx.tx.execute(
        "update segment set refreshed_at = %(at)s where id = any(%(ids)s)", {"ids": list(segment_ids), "at": at}
    )


def recount(ctx: Ctx, segment_id: int, people: int) -> None:
    """Write how many people a segment has, its version unchanged (some were erased)."""
    ctx.tx.execute("update segment set people = %(people)s where id = %(id)s", {"id": segment_id, "people": people})


def set_state(ctx: Ctx, segment_id: int, state: str, error: str = "") -> None:
    """Show that a refresh waits, or why it failed."""
    ctx.tx.execute(
        "update segment set state = %(state)s, error = %(error)s where id = %(id)s",
        {"id": segment_id, "state": state, "error": error},
    )


def diffs(ctx: Ctx, segment_id: int, *, before: int | None, limit: int) -> list[Diff]:
    """Return what the runs of a segment changed, newest first."""
    rows = ctx.tx.execute(
        "select version, at, as_of_on, whole or drift is not null as whole, joined, departed as left, people, path,"
        " drift from segment_run"
        " where segment_id = %(id)s and (%(before)s::bigint is null or version < %(before)s::bigint)"
        " order by version desc limit %(limit)s",
        {"id": segment_id, "before": before, "limit": limit},
    ).fetchall()
    return [Diff(**row) for row in rows]


def failed(ctx: Ctx) -> list[Segment]:
    """Return the brand's live segments whose last evaluation failed, by name."""
    rows = ctx.tx.execute(
        "select " + _COLUMNS + " from segment where brand_id = %(brand_id)s and deleted_at is null"
        " and state = 'failed' order by name",
        {"brand_id": ctx.brand_id},
    ).fetchall()
    return [_segment(row) for row in rows]


def runs_of(ctx: Ctx, versions: Sequence[int]) -> dict[int, datetime]:
    """Return when the runs of these versions were made."""
    rows = ctx.tx.execute(
        "select version, at from segment_run where version = any(%(versions)s)", {"versions": list(versions)}
    ).fetchall()
    return {row["version"]: row["at"] for row in rows}


def people_by_day(ctx: Ctx, segment_ids: Sequence[int], since: date) -> list[tuple[int, date, int]]:
    """Return (segment, business day, people after the day's last run) of the days that had one, in order."""
    rows = ctx.tx.execute(
        "select distinct on (segment_id, as_of_on) segment_id, as_of_on, people from segment_run"
        " where segment_id = any(%(ids)s) and as_of_on >= %(since)s order by segment_id, as_of_on, version desc",
        {"ids": list(segment_ids), "since": since},
    ).fetchall()
    return [(row["segment_id"], row["as_of_on"], row["people"]) for row in rows]


def drifts(ctx: Ctx) -> tuple[int, int, int]:
    """Return of all brands' live segments: how many the last check found wrong in all, were checked, have failed."""
    row = ctx.tx.execute(
        "select coalesce(sum(c.drift), 0)::bigint as drift, count(c.drift) as checked,"
        " count(*) filter (where s.state = 'failed') as failed from segment s left join lateral (select r.drift"
        " from segment_run r where r.segment_id = s.id and r.drift is not null order by r.version desc limit 1) c"
        " on true where s.deleted_at is null and s.kind = 'dynamic'"
    ).fetchone()
    return (row["drift"], row["checked"], row["failed"]) if row else (0, 0, 0)
