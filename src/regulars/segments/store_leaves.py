"""The lake of kept answers: parts of rules as bitmaps, and what has changed since they were taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.rule.lake import Path
from regulars.infra.lake import UID_OF_SUID

KEPT = timedelta(hours=20)
"""An answer older than this is not used: `touched` forgets after two days."""

SLACK = timedelta(seconds=60)
"""Facts may be seen in the lake this much before they are noted as new, so corrections look back so far."""

NOBODY = 65_535
"""The bucket that stands in every answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Who a rule holds for. sql: SELECT (bucket, people) of bitmaps. path: of the dearest part as it was answered.

    generation: of the base it was put together on; when it has moved since, part of the truth may have moved with it.
    """

    sql: str
    parameters: dict[str, Any]
    path: Path
    generation: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer in leaf_bitmap. buckets: how many rows it has."""

    key: str
    taken_at: datetime
    buckets: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the lake as an answer is put together.

    generation: of the base of states. rebuilt: of the last whole rebuild. changed: rows in the delta. kept: by key.
    """

    generation: int
    rebuilt: int
    changed: int
    kept: Mapping[str, Kept]
    now: datetime


_STANDING = """
SELECT (SELECT max(version) FROM day_cuts WHERE brand_id = {brand_id:UInt16}) AS generation,
    (SELECT max(rebuilt) FROM day_cuts WHERE brand_id = {brand_id:UInt16}) AS rebuilt,
    (SELECT count() FROM user_state_delta WHERE brand_id = {brand_id:UInt16}) AS changed,
    now64(3, 'UTC') AS now,
    (SELECT groupArray((leaf_hash, basis, taken_at, rows)) FROM (
        SELECT leaf_hash, basis, taken_at, count() AS rows FROM leaf_bitmap
        WHERE brand_id = {brand_id:UInt16} AND leaf_hash IN {keys:Array(String)}
        GROUP BY leaf_hash, basis, taken_at HAVING rows = any(buckets) ORDER BY taken_at
    )) AS kept
"""


def standing(ctx: Ctx, keys: Mapping[str, bool]) -> Standing:
    """Return what stands, and the newest answers that may still be used.

    keys: of parts; True where rows are read for the answer, False where person rows answer.
    """
    row = ctx.lake.rows(_STANDING, {"brand_id": ctx.brand_id, "keys": sorted(keys)})[0]
    now = row["now"].replace(tzinfo=UTC)
    kept: dict[str, Kept] = {}
    for key, basis, taken_at, buckets in row["kept"]:
        at = taken_at.replace(tzinfo=UTC)
        if basis == (row["rebuilt"] if keys[key] else row["generation"]) and now - at < KEPT:
            kept[key] = Kept(key, at, buckets)
    return Standing(row["generation"], row["rebuilt"], row["changed"], kept, now)


def keep(ctx: Ctx, key: str, basis: int, people: str, parameters: Mapping[str, Any]) -> None:
    """Take an answer and keep it. people: SELECT of `uid`, each once or more."""
    ctx.lake.command(
        "INSERT INTO leaf_bitmap (brand_id, leaf_hash, basis, taken_at, buckets, bucket, people)"
        " SELECT {brand_id:UInt16}, {leaf_hash:String}, {leaf_basis:UInt64}, now64(3, 'UTC'), count() OVER (), bucket,"
        f" people FROM (SELECT {_BUCKET} AS bucket, groupBitmapState(toUInt32(uid)) AS people FROM ({people})"
        f" GROUP BY bucket UNION ALL SELECT toUInt16({NOBODY}), groupBitmapState(u)"
        " FROM (SELECT toUInt32(0) AS u WHERE 0))",
        {**parameters, "brand_id": ctx.brand_id, "leaf_hash": key, "leaf_basis": basis},
    )


_BUCKET = "toUInt16(bitShiftRight(uid, 20))"


@dataclass(frozen=True, slots=True)
class Touched:
    """People of whom rows of some relations came in within a span. sql: SELECT of `uid`; parameters: its values."""

    sql: str
    parameters: dict[str, Any]

    @classmethod
    def between(cls, since: datetime, until: datetime, relations: Sequence[str], prefix: str) -> Touched:
        """People touched after `since` and up to `until`. prefix: of the parameters' names."""
        sql = (
            f"SELECT DISTINCT {UID_OF_SUID} AS uid FROM touched"
            " WHERE ({brand_id:UInt16} = 0 OR brand_id IN ({brand_id:UInt16}, 0))"
            f" AND (what = '*' OR what IN {{{prefix}_relations:Array(String)}})"
            f" AND at > {{{prefix}_since:DateTime64(3, 'UTC')}} AND at <= {{{prefix}_until:DateTime64(3, 'UTC')}}"
        )
        bound = {f"{prefix}_relations": list(relations), f"{prefix}_since": since - SLACK, f"{prefix}_until": until}
        return cls(sql, bound)

    def narrowed(self, source: str) -> str:
        """Return a source of rows with only the rows of these people; by suid first, which needs no dictionary."""
        moved = f"SELECT suid FROM uid_alias FINAL WHERE uid IN ({self.sql})"
        theirs = f"SELECT uid AS suid FROM ({self.sql}) UNION ALL {moved}"
        return f"SELECT * FROM ({source}) WHERE suid IN ({theirs}) AND uid IN ({self.sql})"

    def count(self, ctx: Ctx, limit: int) -> int:
        """Return how many they are, counting no further than `limit` + 1."""
        sql = f"SELECT count() AS n FROM ({self.sql} LIMIT {{limit:UInt32}})"
        return ctx.lake.rows(sql, {**self.parameters, "brand_id": ctx.brand_id, "limit": limit + 1})[0]["n"]


# --- one statement of everything ------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Source:
    """Rows (bucket, some) of one bitmap. name: under which the expression knows it."""

    name: str
    sql: str


def kept_source(name: str, at: str) -> Source:
    """Rows of a kept answer, its key and instant bound as {<at>_key}, {<at>_at}."""
    return Source(
        name,
        "SELECT bucket, people AS some FROM leaf_bitmap WHERE brand_id = {brand_id:UInt16}"
        f" AND leaf_hash = {{{at}_key:String}} AND taken_at = {{{at}_at:DateTime64(3, 'UTC')}}",
    )


def people_source(name: str, people: str) -> Source:
    """Rows of the bitmap of a SELECT of `uid`."""
    bitmap = "groupBitmapState(toUInt32(uid))"
    return Source(name, f"SELECT {_BUCKET} AS bucket, {bitmap} AS some FROM ({people}) GROUP BY bucket")


def membership_source(name: str, bitmaps: str) -> Source:
    """Rows of a membership. bitmaps: SELECT of (bucket, people)."""
    return Source(name, f"SELECT bucket, people AS some FROM ({bitmaps})")


CHANGED = "SELECT uid FROM user_state_delta WHERE brand_id = {brand_id:UInt16}"
"""SELECT of the uids in the brand's delta, also of people who are nobody any more."""


def where(source: str, condition: str) -> str:
    """SELECT of the uids of a source of person rows for whom a condition holds."""
    return f"SELECT uid FROM ({source}) WHERE {condition}"


def combined(sources: Sequence[Source], expression: str) -> str:
    """SELECT (bucket, people) of an expression over the sources' bitmaps by their names."""
    columns = ", ".join(f"groupBitmapMergeStateIf(some, source = '{s.name}') AS {s.name}" for s in sources)
    rows = " UNION ALL ".join(f"SELECT '{s.name}' AS source, bucket, some FROM ({s.sql})" for s in sources)
    return f"SELECT bucket, {expression} AS people FROM (SELECT bucket, {columns} FROM ({rows}) GROUP BY bucket)"
