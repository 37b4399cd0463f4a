"""The lake, asked about one person in many segments at once."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.core.ctx import Ctx
from regulars.segments.store_lake import VERSIONS_AT_ONCE, Membership

_INSIDE = """
SELECT segment_id FROM (
    SELECT segment_id, version, toInt8(1) AS direction FROM segment_version FINAL
    WHERE segment_id IN {segments:Array(UInt32)} AND version IN {wholes:Array(UInt32)}
    AND bucket = toUInt16(bitShiftRight({uid:UInt32}, 20)) AND bitmapContains(people, {uid:UInt32})
    UNION ALL
    SELECT segment_id, version, direction FROM segment_diff
    WHERE segment_id IN {segments:Array(UInt32)} AND version IN {diffs:Array(UInt32)} AND uid = {uid:UInt32}
) GROUP BY segment_id HAVING argMax(direction, version) = 1
ORDER BY segment_id
"""


def inside(ctx: Ctx, memberships: Sequence[Membership], uid: int) -> list[int]:
    """Return the segments a person is in, ascending."""
    found: list[int] = []
    page: list[Membership] = []
    for one in memberships:
        if page and sum(len(m.versions) for m in (*page, one)) > VERSIONS_AT_ONCE:
            found += _inside(ctx, page, uid)
            page = []
        page.append(one)
    return sorted(found + (_inside(ctx, page, uid) if page else []))


def _inside(ctx: Ctx, memberships: Sequence[Membership], uid: int) -> list[int]:
    rows = ctx.lake.rows(
        _INSIDE,
        {
            "segments": [m.segment_id for m in memberships],
            "wholes": [m.versions[0] for m in memberships if m.versions],
            "diffs": [version for m in memberships for version in m.versions[1:]],
            "uid": uid,
        },
    )
    return [row["segment_id"] for row in rows]


def last_joined(ctx: Ctx, segment_ids: Sequence[int], uid: int) -> dict[int, int]:
    """Return by segment the version with which a person last came."""
    rows = ctx.lake.rows(
        "SELECT segment_id, max(version) AS version FROM segment_diff"
        " WHERE segment_id IN {segments:Array(UInt32)} AND uid = {uid:UInt32} AND direction = 1 GROUP BY segment_id",
        {"segments": list(segment_ids), "uid": uid},
    )
    return {row["segment_id"]: row["version"] for row in rows}
