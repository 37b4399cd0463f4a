"""SQL that finds, and removes, all that journeys know of a person. Keys: every uid the person ever had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx


def erase(ctx: Ctx, suids: Sequence[int]) -> int:
    """Delete all rows of these people in all brands; return how many rows went or changed."""
    who = {"suids": list(suids)}
    _erase_arms_in_lake(ctx, who)
    gone = 0
    for statement in (
        "delete from enrollment where uid = any(%(suids)s)",
        "delete from exit_mark where uid = any(%(suids)s)",
        "delete from goal_mark where uid = any(%(suids)s)",
        "delete from node_pass where uid = any(%(suids)s)",
        "delete from journey_claim where uid = any(%(suids)s)",
        "delete from arm where uid = any(%(suids)s)",
        "update cohort_chunk set uids = array(select u from unnest(uids) as u where u <> all(%(suids)s::bigint[]))"
        " where uids && %(suids)s::bigint[]",
    ):
        gone += ctx.tx.execute(statement, who).rowcount
    return gone


def _erase_arms_in_lake(ctx: Ctx, who: dict[str, list[int]]) -> None:
    rows = ctx.tx.execute(
        "select r.brand_id, a.run_id, a.uid, a.arm from arm a join run r on r.id = a.run_id"
        " where a.uid = any(%(suids)s)",
        who,
    ).fetchall()
    if not rows:
        return
    n = len(rows)
    table = pa.table(
        {
            "brand_id": pa.array([row["brand_id"] for row in rows], pa.uint16()),
            "run_id": pa.array([row["run_id"] for row in rows], pa.uint32()),
            "uid": pa.array([row["uid"] for row in rows], pa.uint32()),
            "arm": pa.array([row["arm"] for row in rows], pa.string()),
            "version": pa.array([2] * n, pa.uint64()),
            "deleted": pa.array([1] * n, pa.uint8()),
        }
    )
    ctx.lake.insert("campaign_arm", table)


def export(ctx: Ctx, suids: Sequence[int]) -> dict[str, Any]:
    """Return the campaigns these people were in, JSON-safe; empty when none."""
    rows = ctx.tx.execute(
        "select r.brand_id, c.id as campaign_id, c.name as campaign, r.origin, r.started_at::text as started_at,"
        " coalesce(a.arm, '') as arm, coalesce(m.reason, '') as left_because"
        " from enrollment e join run r on r.id = e.run_id left join campaign c on c.id = r.campaign_id"
        " left join arm a on a.run_id = e.run_id and a.uid = e.uid"
        " left join exit_mark m on m.run_id = e.run_id and m.uid = e.uid"
        " where e.uid = any(%(suids)s) order by r.started_at",
        {"suids": list(suids)},
    ).fetchall()
    return {"campaigns": rows} if rows else {}
