"""The lake of the segments room: memberships as bitmaps, and what each version changed.

A version is either whole (its bitmaps lie in segment_version) or a diff (its rows in segment_diff, on top of the
newest whole version before it). Which versions count is PostgreSQL's to say; what an undone run left is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.core.rule import Compiled, Counted
from regulars.infra.lake import UID_OF_SUID
from regulars.segments.store_leaves import Answer

VERSIONS_AT_ONCE = 4_000
"""Numbers that fit into one statement's address line, with those of their segments."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A segment at a version: the whole version first, then the diffs up to it. No versions: nobody yet."""

    segment_id: int
    versions: tuple[int, ...]

    def bind(self, prefix: str) -> dict[str, Any]:
        """Return the parameters of the SQL made with the same prefix."""
        return {
            f"{prefix}_segment": self.segment_id,
            f"{prefix}_whole": self.versions[0] if self.versions else 0,
            f"{prefix}_diffs": list(self.versions[1:]),
        }


def bitmaps(prefix: str) -> str:
    """SELECT (bucket, people) of a membership bound under the prefix. bucket: uid >> 20."""
    segment = f"segment_id = {{{prefix}_segment:UInt32}}"
    return f"""
        SELECT bucket, bitmapOr(
            bitmapAndnot(groupBitmapMergeStateIf(some, part = 0), groupBitmapMergeStateIf(some, part = -1)),
            groupBitmapMergeStateIf(some, part = 1)) AS people
        FROM (
            SELECT bucket, people AS some, toInt8(0) AS part FROM segment_version FINAL
            WHERE {segment} AND version = {{{prefix}_whole:UInt32}}
            UNION ALL
            SELECT toUInt16(bitShiftRight(uid, 20)) AS bucket, groupBitmapState(uid) AS some, part
            FROM (
                SELECT uid, argMax(direction, version) AS part FROM segment_diff
                WHERE {segment} AND version IN {{{prefix}_diffs:Array(UInt32)}} GROUP BY uid
            ) GROUP BY bucket, part
        ) GROUP BY bucket
    """


def people(prefix: str) -> str:
    """SELECT uid of a membership bound under the prefix, each once."""
    return f"SELECT arrayJoin(bitmapToArray(people)) AS uid FROM ({bitmaps(prefix)})"


def reach(ctx: Ctx) -> tuple[str, dict[str, Any]]:
    """SQL condition over `uid` for the people the actor's scope reaches, with its parameters."""
    if ctx.scope.stores is None:
        return "1", {}
    return (
        "uid IN (SELECT uid FROM user_state WHERE brand_id = {reach_brand:UInt16}"
        " AND hasAny(stores, {reach_stores:Array(String)}))",
        {"reach_brand": ctx.brand_id, "reach_stores": sorted(ctx.scope.stores)},
    )


def count(ctx: Ctx, membership: Membership) -> int:
    """Return how many people are in, as far as the scope reaches."""
    if ctx.scope.stores is None:
        sql = f"SELECT sum(bitmapCardinality(people)) AS n FROM ({bitmaps('m')})"
        return ctx.lake.rows(sql, membership.bind("m"))[0]["n"]
    reached, bound = reach(ctx)
    sql = f"SELECT count() AS n FROM ({people('m')}) WHERE {reached}"
    return ctx.lake.rows(sql, membership.bind("m") | bound)[0]["n"]


def uids(ctx: Ctx, membership: Membership) -> pa.Array:
    """Return all members within the scope, ascending, as UInt32."""
    reached, bound = reach(ctx)
    sql = f"SELECT toUInt32(uid) AS uid FROM ({people('m')}) WHERE {reached} ORDER BY uid"
    return _column(ctx.lake.arrow(sql, membership.bind("m") | bound))


def page(ctx: Ctx, membership: Membership, *, after: int, limit: int) -> list[int]:
    """Return the first members above a uid, ascending."""
    reached, bound = reach(ctx)
    sql = (
        f"SELECT toUInt32(uid) AS uid FROM ({people('m')}) WHERE uid > {{after:UInt32}} AND {reached}"
        " ORDER BY uid LIMIT {limit:UInt32}"
    )
    rows = ctx.lake.rows(sql, membership.bind("m") | bound | {"after": after, "limit": limit})
    return [row["uid"] for row in rows]


def among(ctx: Ctx, membership: Membership, touched: Sequence[int]) -> set[int]:
    """Return which of these people are in, whatever the scope."""
    sql = (
        "SELECT arrayJoin(bitmapToArray(bitmapAnd(people, bitmapBuild({touched:Array(UInt32)})))) AS uid"
        f" FROM ({bitmaps('m')})"
    )
    return {row["uid"] for row in ctx.lake.rows(sql, membership.bind("m") | {"touched": list(touched)})}


@dataclass(frozen=True, slots=True)
class Column:
    """A condition on a person row, with its bound values."""

    condition: str
    values: Mapping[str, Any]


def uid_among(people: str) -> str:
    """Condition that a person row is of somebody in a SELECT of `uid`."""
    return f"uid IN ({people})"


def holding(ctx: Ctx, states: str, columns: Sequence[Column]) -> tuple[set[int], list[set[int]]]:
    """Return who is in a SELECT of person rows, and for each condition those it holds for."""
    bound: dict[str, Any] = {"brand_id": ctx.brand_id}
    for column in columns:
        bound |= column.values
    asked = "".join(f", toUInt8({column.condition}) AS c{number}" for number, column in enumerate(columns))
    # few people: more threads would only wait for each other
    table = ctx.lake.arrow(f"SELECT toUInt32(uid) AS uid{asked} FROM ({states}) SETTINGS max_threads = 1", bound)
    uids = table.column("uid")
    return set(uids.to_pylist()), [
        set(uids.filter(table.column(f"c{number}").cast(pa.bool_())).to_pylist()) for number in range(len(columns))
    ]


def counting(ctx: Ctx, leaves: Sequence[Counted]) -> list[set[int]]:
    """Return for each of these whom it tells; those over the same rows share one reading of them."""
    bound: dict[str, Any] = {"brand_id": ctx.brand_id}
    by_source: dict[str, list[int]] = {}
    for number, leaf in enumerate(leaves):
        bound |= leaf.parameters
        by_source.setdefault(leaf.source, []).append(number)
    grouped: list[str] = []
    for source, numbers in by_source.items():
        asked = ", ".join(f"if({leaves[n].where}, {n}, -1)" for n in numbers)
        having = "".join(f"leaf_ = {n}, {leaves[n].having}, " for n in numbers)
        those = f"SELECT *, arrayJoin(arrayFilter(n_ -> n_ >= 0, [{asked}])) AS leaf_ FROM ({source})"
        grouped.append(f"SELECT uid, leaf_ FROM ({those}) GROUP BY uid, leaf_ HAVING multiIf({having}0)")
    sql = f"SELECT toUInt32(leaf_) AS leaf, groupArray(toUInt32(uid)) AS uids FROM ({' UNION ALL '.join(grouped)})"
    rows = ctx.lake.rows(f"{sql} GROUP BY leaf SETTINGS max_threads = 1", bound)
    found: dict[int, set[int]] = {row["leaf"]: set(row["uids"]) for row in rows}
    return [found.get(number, set()) for number in range(len(leaves))]


def inside_aside(ctx: Ctx, memberships: Iterable[Membership]) -> dict[int, set[int]]:
    """Return by segment which of the people put aside are in; whoever has nobody of them is left out."""
    found: dict[int, set[int]] = {}
    page: list[Membership] = []
    for one in memberships:
        if page and sum(len(m.versions) for m in (*page, one)) > VERSIONS_AT_ONCE:
            found |= _inside_aside(ctx, page)
            page = []
        page.append(one)
    return found | (_inside_aside(ctx, page) if page else {})


def _inside_aside(ctx: Ctx, memberships: Sequence[Membership]) -> dict[int, set[int]]:
    rows = ctx.lake.rows(
        _INSIDE_ASIDE,
        {
            "segments": [m.segment_id for m in memberships],
            "wholes": [m.versions[0] for m in memberships if m.versions],
            "diffs": [version for m in memberships for version in m.versions[1:]],
        },
    )
    return {row["segment_id"]: set(row["uids"]) for row in rows}


_INSIDE_ASIDE = """
SELECT segment_id, groupArray(uid) AS uids FROM (
    SELECT segment_id, uid FROM (
        SELECT segment_id, version, toInt8(1) AS direction,
            arrayJoin(bitmapToArray(bitmapAnd(people, (SELECT groupBitmapState(uid) FROM aside_person)))) AS uid
        FROM segment_version FINAL
        WHERE segment_id IN {segments:Array(UInt32)} AND version IN {wholes:Array(UInt32)}
        UNION ALL
        SELECT segment_id, version, direction, uid FROM segment_diff
        WHERE segment_id IN {segments:Array(UInt32)} AND version IN {diffs:Array(UInt32)}
        AND uid GLOBAL IN (SELECT uid FROM aside_person)
    ) GROUP BY segment_id, uid HAVING argMax(direction, version) = 1
) GROUP BY segment_id
"""


def shown(ctx: Ctx, wanted: Sequence[int]) -> list[dict[str, Any]]:
    """Return what lists show of these people, by number; people of whom nothing is on record are left out."""
    return ctx.lake.rows(
        "SELECT uid, anonymous = 1 AS anonymous, purchase_number, ladder_step, net_fen, first_order_on, last_order_on,"
        " toString(region) AS region, toString(favourite_category) AS favourite_category, rfm_r, rfm_f, rfm_m"
        " FROM user_state WHERE brand_id = {brand_id:UInt16} AND uid IN {wanted:Array(UInt32)} ORDER BY uid",
        {"brand_id": ctx.brand_id, "wanted": list(wanted)},
    )


def found(ctx: Ctx, compiled: Compiled, *, scoped: bool) -> pa.Array:
    """Return the people a compiled rule finds, ascending. scoped: only those the actor's scope reaches."""
    reached, bound = reach(ctx) if scoped else ("1", {})
    sql = f"SELECT toUInt32(uid) AS uid FROM ({compiled.sql}) WHERE {reached} ORDER BY uid"
    return _column(ctx.lake.arrow(sql, compiled.parameters | bound))


def count_found(ctx: Ctx, compiled: Compiled) -> int:
    """Return how many people within the scope a compiled rule finds."""
    reached, bound = reach(ctx)
    sql = f"SELECT count() AS n FROM ({compiled.sql}) WHERE {reached}"
    return ctx.lake.rows(sql, compiled.parameters | bound)[0]["n"]


def count_named(ctx: Ctx, answer: Answer) -> tuple[int, int]:
    """Return how many people an answer names, and of how many."""
    row = ctx.lake.rows(
        "SELECT sum(bitmapCardinality(people)) AS named, sum(bitmapCardinality(everybody)) AS of_people"
        f" FROM ({answer.sql})",
        answer.parameters,
    )[0]
    return row["named"], row["of_people"]


def named(ctx: Ctx, answer: Answer) -> pa.Array:
    """Return the people an answer names, ascending."""
    sql = f"SELECT arrayJoin(bitmapToArray(people)) AS uid FROM ({answer.sql}) ORDER BY uid"
    return _column(ctx.lake.arrow(sql, answer.parameters))


def sampled(source: str, share: int) -> str:
    """Return a source thinned to the rows of one person in `share`, the same ones each time."""
    return f"SELECT * FROM ({source}) WHERE modulo(cityHash64(uid), {int(share)}) = 0"


def write_found(ctx: Ctx, segment_id: int, version: int, answer: Answer) -> None:
    """Write the people an answer names as a whole version, without their numbers leaving the lake."""
    ctx.lake.command(
        "INSERT INTO segment_version (segment_id, version, bucket, people)"
        f" SELECT {{new_segment:UInt32}}, {{new_version:UInt32}}, bucket, people FROM ({answer.sql})"
        " WHERE bitmapCardinality(people) > 0",
        answer.parameters | {"new_segment": segment_id, "new_version": version},
        token=f"segment_version:{segment_id}:{version}",
    )


def write_uids(ctx: Ctx, segment_id: int, version: int, pages: Iterator[Sequence[int]]) -> None:
    """Write a list of people as a whole version, in steps; a person may come twice."""
    # Diff rows first, then folded: so a list of any length needs no more memory here than one page.
    for number, part in enumerate(pages):
        write_changes(ctx, [(segment_id, version, uid, 1) for uid in part], token=f"{segment_id}:{version}:{number}")
    fold(ctx, Membership(segment_id, (0, version)), version)


def fold(ctx: Ctx, membership: Membership, version: int) -> None:
    """Write a membership as a whole version of its own."""
    ctx.lake.command(
        "INSERT INTO segment_version (segment_id, version, bucket, people)"
        f" SELECT {{m_segment:UInt32}}, {{new_version:UInt32}}, bucket, people FROM ({bitmaps('m')})",
        membership.bind("m") | {"new_version": version},
        token=f"segment_version:{membership.segment_id}:{version}",
    )


def write_mapped(ctx: Ctx, frozen: Membership, version: int) -> None:
    """Write a frozen membership as a whole version, each number of then read as the person it belongs to now."""
    ctx.lake.command(
        "INSERT INTO segment_version (segment_id, version, bucket, people)"
        " SELECT {m_segment:UInt32}, {new_version:UInt32}, toUInt16(bitShiftRight(uid, 20)) AS bucket,"
        f" groupBitmapState(toUInt32(uid)) FROM (SELECT {UID_OF_SUID} AS uid FROM"
        f" (SELECT uid AS suid FROM ({people('m')}))) GROUP BY bucket",
        frozen.bind("m") | {"new_version": version},
        token=f"segment_version:{frozen.segment_id}:{version}",
    )


def write_difference(ctx: Ctx, before: Membership, after: Membership, version: int) -> tuple[int, int]:
    """Write who came (+1) and left (-1) between two memberships as the diff of a version; return how many."""
    ctx.lake.command(
        "INSERT INTO segment_diff (segment_id, version, uid, direction, changed_at)"
        " SELECT {a_segment:UInt32}, {new_version:UInt32}, uid, direction, {changed_at:DateTime64(3, 'UTC')}"
        f" FROM ({_changes(bitmaps('b'), bitmaps('a'))})",
        before.bind("b") | after.bind("a") | {"new_version": version, "changed_at": ctx.clock.system_now()},
        token=f"segment_diff:{after.segment_id}:{version}",
    )
    row = ctx.lake.rows(
        "SELECT countIf(direction = 1) AS joined, countIf(direction = -1) AS departed FROM segment_diff"
        " WHERE segment_id = {segment:UInt32} AND version = {version:UInt32}",
        {"segment": after.segment_id, "version": version},
    )[0]
    return row["joined"], row["departed"]


def difference(ctx: Ctx, before: Membership, answer: Answer) -> dict[int, int]:
    """Return who an answer names and is not in (+1), and who is in and not named (-1)."""
    table = ctx.lake.arrow(_changes(bitmaps("b"), answer.sql), answer.parameters | before.bind("b"))
    return dict(zip(table.column("uid").to_pylist(), table.column("direction").to_pylist(), strict=True))


def _changes(before: str, after: str) -> str:
    """Return a SELECT of (uid, direction): who came (+1) and who left (-1) between two SELECTs of bitmaps."""
    return f"""
        SELECT change.1 AS uid, change.2 AS direction FROM (
            SELECT arrayJoin(arrayConcat(
                arrayMap(u -> (u, toInt8(1)), bitmapToArray(bitmapAndnot(after, before))),
                arrayMap(u -> (u, toInt8(-1)), bitmapToArray(bitmapAndnot(before, after))))) AS change
            FROM (
                SELECT bucket, groupBitmapMergeStateIf(people, side = 0) AS before,
                    groupBitmapMergeStateIf(people, side = 1) AS after
                FROM (
                    SELECT bucket, people, 0 AS side FROM ({before})
                    UNION ALL
                    SELECT bucket, people, 1 AS side FROM ({after})
                ) GROUP BY bucket
            )
        )
    """


def write_changes(ctx: Ctx, changes: Sequence[tuple[int, int, int, int]], *, token: str) -> None:
    """Write diff rows of several segments at once. changes: (segment_id, version, uid, +1 or -1)."""
    if not changes:
        return
    columns = list(zip(*changes, strict=True))
    at = pa.array([ctx.clock.system_now()] * len(changes), pa.timestamp("ms", tz="UTC"))
    ctx.lake.insert(
        "segment_diff",
        pa.table(
            {
                "segment_id": pa.array(columns[0], pa.uint32()),
                "version": pa.array(columns[1], pa.uint32()),
                "uid": pa.array(columns[2], pa.uint32()),
                "direction": pa.array(columns[3], pa.int8()),
                "changed_at": at,
            }
        ),
        token=f"segment_diff:{token}",
    )


def changes(ctx: Ctx, segment_id: int, version: int) -> pa.Table:
    """Return (uid, direction) of a version's diff: those who came first, each group ascending."""
    return ctx.lake.arrow(
        "SELECT DISTINCT uid, direction FROM segment_diff WHERE segment_id = {segment:UInt32}"
        " AND version = {version:UInt32} ORDER BY direction DESC, uid",
        {"segment": segment_id, "version": version},
    )


def forget_wholes(ctx: Ctx, kept: Mapping[int, Sequence[int]]) -> None:
    """Delete the bitmaps of whole versions below a segment's newest, except those kept. kept: by segment, ascending.

    What undone runs left goes with them: a run under way has a higher version.
    """
    page: dict[int, Sequence[int]] = {}
    for segment_id, versions in kept.items():
        if page and sum(len(own) + 2 for own in (*page.values(), versions)) > VERSIONS_AT_ONCE:
            _forget_wholes(ctx, page)
            page = {}
        page[segment_id] = versions
    if page:
        _forget_wholes(ctx, page)


def _forget_wholes(ctx: Ctx, kept: Mapping[int, Sequence[int]]) -> None:
    ctx.lake.command(
        "ALTER TABLE segment_version DELETE WHERE"
        " version < transform(segment_id, {segments:Array(UInt32)}, {newest:Array(UInt32)}, toUInt32(0))"
        " AND NOT has({kept:Array(UInt32)}, version) SETTINGS mutations_sync = 1",
        {
            "segments": list(kept),
            "newest": [versions[-1] for versions in kept.values()],
            "kept": [version for versions in kept.values() for version in versions],
        },
    )


def erase(ctx: Ctx, numbers: Sequence[int]) -> int:
    """Take people out of every version and diff ever written; return how many places they stood in."""
    bound = {"touched": list(numbers)}
    stood = ctx.lake.rows(
        "SELECT (SELECT sum(bitmapAndCardinality(people, bitmapBuild({touched:Array(UInt32)})))"
        " FROM segment_version FINAL)"
        " + (SELECT count() FROM segment_diff WHERE has({touched:Array(UInt32)}, uid)) AS n",
        bound,
    )[0]["n"]
    if stood:
        # The newest row of a key stands; the older one goes with the next merge of parts, which is asked for.
        ctx.lake.command(
            "INSERT INTO segment_version (segment_id, version, bucket, people)"
            " SELECT segment_id, version, bucket, bitmapAndnot(people, bitmapBuild({touched:Array(UInt32)}))"
            " FROM segment_version FINAL WHERE bitmapHasAny(people, bitmapBuild({touched:Array(UInt32)}))",
            bound,
        )
        ctx.lake.command("OPTIMIZE TABLE segment_version FINAL")
        ctx.lake.command(
            "ALTER TABLE segment_diff DELETE WHERE has({touched:Array(UInt32)}, uid) SETTINGS mutations_sync = 1", bound
        )
    ctx.lake.command("TRUNCATE TABLE leaf_bitmap")  # what was kept is asked again, without them
    return int(stood or 0)


def _column(table: pa.Table) -> pa.Array:
    return table.column("uid").combine_chunks()
