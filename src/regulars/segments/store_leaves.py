"""The lake of kept answers: parts of rules as bitmaps, and what has changed since they were taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from regulars.core.ctx import Ctx
from regulars.core.rule.lake import Path
from regulars.infra.lake import UID_OF_SUID, NoLongerSo

KEPT = timedelta(hours=20)
"""An answer older than this is not used: `touched` forgets after two days."""

SLACK = timedelta(seconds=60)
"""Facts may be seen in the lake this much before they are noted as new, so corrections look back so far."""

NOBODY = 65_535
"""The bucket that stands in every answer."""


Kind = Literal["person", "rows", "segment"]
"""Of what a part is answered: person rows, rows of facts, a stored membership."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Who a rule holds for. sql: SELECT (bucket, people, everybody) of bitmaps; everybody: all within the scope asked.

    path: of the dearest part as it was answered now.
    """

    sql: str
    parameters: dict[str, Any]
    path: Path


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer in leaf_bitmap."""

    key: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the lake as an answer is put together.

    bases: what kept answers of a kind must have been read from. changed: rows in the delta. kept: by key.
    """

    bases: Mapping[Kind, int]
    changed: int
    kept: Mapping[str, Kept]
    now: datetime


_STANDING = """
SELECT 'base' AS what, max(version) AS basis, max(rebuilt) AS rows, now64(3, 'UTC') AS at
FROM day_cuts WHERE brand_id = {brand_id:UInt16}
UNION ALL
SELECT 'delta', 0, count(), now64(3, 'UTC') FROM user_state_delta WHERE brand_id = {brand_id:UInt16}
UNION ALL
SELECT leaf_hash, basis, count() AS rows, taken_at FROM leaf_bitmap
WHERE brand_id = {brand_id:UInt16} AND leaf_hash IN {keys:Array(String)}
GROUP BY leaf_hash, basis, taken_at HAVING rows = any(buckets)
"""


def standing(ctx: Ctx, kinds: Mapping[str, Kind]) -> Standing:
    """Return what stands, and the newest answers that may still be used. kinds: of the parts asked about, by key."""
    rows = ctx.lake.rows(_STANDING, {"brand_id": ctx.brand_id, "keys": sorted(kinds)})
    said = {row["what"]: row for row in rows if row["what"] in ("base", "delta")}
    bases: dict[Kind, int] = {"person": said["base"]["basis"], "rows": said["base"]["rows"], "segment": 0}
    now = said["base"]["at"].replace(tzinfo=UTC)
    kept: dict[str, Kept] = {}
    for row in sorted(rows, key=lambda r: r["at"]):
        at = row["at"].replace(tzinfo=UTC)
        if row["what"] in kinds and row["basis"] == bases[kinds[row["what"]]] and now - at < KEPT:
            kept[row["what"]] = Kept(row["what"], at)
    return Standing(bases, said["delta"]["rows"], kept, now)


def confirm(ctx: Ctx, here: Standing) -> None:
    """Make sure that the states whose changes an answer went by were not replaced meanwhile, which empties the delta.

    The base to come is announced before the delta is emptied, so who sees no news after asking saw all changes.
    Raises NoLongerSo.
    """
    if here.changed and standing(ctx, {}).bases != here.bases:
        raise NoLongerSo("Everybody's states were replaced while this was asked.", "Ask again.")


def keep(ctx: Ctx, key: str, basis: int, people: str, parameters: Mapping[str, Any]) -> None:
    """Take an answer and keep it. people: SELECT of `uid`, each once or more."""
    ctx.lake.command(
        "INSERT INTO leaf_bitmap (brand_id, leaf_hash, basis, taken_at, buckets, bucket, people)"
        " SELECT {brand_id:UInt16}, {leaf_hash:String}, {leaf_basis:UInt64}, now64(3, 'UTC'), count() OVER (), bucket,"
        f" people FROM (SELECT {_BUCKET} AS bucket, groupBitmapState(toUInt32(uid)) AS people FROM ({people})"
        f" GROUP BY bucket UNION ALL SELECT toUInt16({NOBODY}), groupBitmapState(u) {_OF_NOBODY})",
        {**parameters, "brand_id": ctx.brand_id, "leaf_hash": key, "leaf_basis": basis},
    )


def forget(ctx: Ctx) -> None:
    """Forget all that is kept: answers are then taken from the facts and states."""
    ctx.lake.command("TRUNCATE TABLE leaf_bitmap")


_BUCKET = "toUInt16(bitShiftRight(uid, 20))"
_OF_NOBODY = "FROM (SELECT toUInt32(0) AS u WHERE 0)"


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


def people_source(name: str, people: str) -> Source:
    """Rows of the bitmap of a SELECT of `uid`."""
    bitmap = "groupBitmapState(toUInt32(uid))"
    return Source(name, f"SELECT {_BUCKET} AS bucket, {bitmap} AS some FROM ({people}) GROUP BY bucket")


CHANGED = "SELECT uid FROM user_state_delta WHERE brand_id = {brand_id:UInt16}"
"""SELECT of the uids in the brand's delta, also of people who are nobody any more."""


def where(source: str, condition: str) -> str:
    """SELECT of the uids of a source of person rows for whom a condition holds."""
    return f"SELECT uid FROM ({source}) WHERE {condition}"


def combined(kept: Mapping[str, Kept], sources: Sequence[Source], people: str, everybody: str) -> Answer:
    """Put expressions over bitmaps together. kept: answers by name; sources: what corrects them; path: to be set.

    The statement fails (NoLongerSo) when a kept answer has gone by the time it is read: others may forget, and memory
    for them is bounded.
    """
    bound: dict[str, Any] = {"kept_keys": [one.key for one in kept.values()]}
    rows = (
        "SELECT bucket, people AS some, leaf_hash AS source, taken_at AS at FROM leaf_bitmap"
        " WHERE brand_id = {brand_id:UInt16} AND leaf_hash IN {kept_keys:Array(String)}"
    )
    columns: list[str] = []
    for name, one in kept.items():
        bound |= {f"{name}_key": one.key, f"{name}_at": one.taken_at}
        found = f"source = {{{name}_key:String}} AND at = {{{name}_at:DateTime64(3, 'UTC')}}"
        columns.append(f"groupBitmapMergeStateIf(some, {found}) AS {name}, countIf({found}) AS {name}_rows")
    for source in sources:
        rows += f" UNION ALL SELECT bucket, some, '{source.name}', toDateTime64(0, 3, 'UTC') FROM ({source.sql})"
        columns.append(f"groupBitmapMergeStateIf(some, source = '{source.name}') AS {source.name}")
    rows += f" UNION ALL SELECT toUInt16({NOBODY}), groupBitmapState(u), '', toDateTime64(0, 3, 'UTC') {_OF_NOBODY}"
    gone = " OR ".join(f"{name}_rows = 0" for name in kept)
    sql = (
        f"SELECT bucket, {people} AS people, {everybody} AS everybody"
        f" FROM (SELECT bucket, {', '.join(columns)} FROM ({rows}) GROUP BY bucket)"
        f" WHERE throwIf(bucket = {NOBODY} AND ({gone}), 'a kept answer has gone') = 0"
    )
    return Answer(sql, bound, "bitmap")
