"""SQL of results: who is in which arm, what the arms bought, where single people are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

from regulars.core.ctx import Ctx
from regulars.infra.lake import UID_OF_SUID

_UID_NOW: LiteralString = "dictGetOrDefault('uid_alias_dict', 'uid', toUInt64(uid), uid)"

# People are counted as who they are now. Who was assigned twice, as two people that turned out to be one, and to
# different arms, belongs to neither. Purchases: order net, buyers those with an order that is not given back whole.
_BOUGHT: LiteralString = f"""
SELECT p.run_id AS run_id, if(length(p.arms) = 1, p.arms[1], 'both') AS arm,
    count() AS people,
    countIf(b.orders > 0) AS buyers,
    sum(b.orders) AS orders,
    sum(b.sales_fen) AS sales_fen,
    sum(toFloat64(b.sales_fen) * toFloat64(b.sales_fen)) AS squares
FROM (
    SELECT run_id, {_UID_NOW} AS person, groupUniqArray(toString(arm)) AS arms
    FROM campaign_arm FINAL
    WHERE brand_id = {{brand_id:UInt16}} AND run_id IN {{runs:Array(UInt32)}}
    GROUP BY run_id, person
) AS p
LEFT JOIN (
    SELECT o.person AS person, tupleElement(w, 1) AS run_id,
        countIf(o.net_fen > 0) AS orders, sum(o.net_fen) AS sales_fen
    FROM (
        SELECT {UID_OF_SUID} AS person, business_on, gross_fen - refunded_fen AS net_fen
        FROM orders FINAL
        WHERE brand_id = {{brand_id:UInt16}} AND business_on >= {{first:Date}} AND business_on < {{last:Date}}
    ) AS o
    ARRAY JOIN arrayZip({{runs:Array(UInt32)}}, {{starts:Array(Date)}}, {{ends:Array(Date)}}) AS w
    WHERE o.business_on >= tupleElement(w, 2) AND o.business_on < tupleElement(w, 3)
    GROUP BY person, run_id
) AS b ON b.run_id = p.run_id AND b.person = p.person
GROUP BY run_id, arm
ORDER BY run_id, arm
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Business days whose purchases count for a run: start <= day < end."""

    run_id: int
    start: date
    end: date


def bought(ctx: Ctx, windows: Sequence[Window]) -> list[dict[str, Any]]:
    """Return per run and arm: people, buyers, orders, sales_fen, squares. arm "both": merged across arms."""
    if not windows:
        return []
    return ctx.lake.rows(
        _BOUGHT,
        {
            "brand_id": ctx.brand_id,
            "runs": [w.run_id for w in windows],
            "starts": [w.start for w in windows],
            "ends": [w.end for w in windows],
            "first": min(w.start for w in windows),
            "last": max(w.end for w in windows),
        },
    )


def arm_sizes(ctx: Ctx, run_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return people per run and arm, as assigned."""
    rows = ctx.tx.execute(
        "select run_id, arm, count(*)::bigint as people from arm where run_id = any(%(runs)s) group by run_id, arm",
        {"runs": list(run_ids)},
    ).fetchall()
    sizes: dict[int, dict[str, int]] = {}
    for row in rows:
        sizes.setdefault(row["run_id"], {})[row["arm"]] = row["people"]
    return sizes


def people(ctx: Ctx, run_id: int, *, arm: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Return people of a run by uid after `after`: uid, arm ("" before the split), exit reason and time."""
    return ctx.tx.execute(
        "select e.uid, coalesce(a.arm, '') as arm, m.reason, m.at from enrollment e"
        " left join arm a on a.run_id = e.run_id and a.uid = e.uid"
        " left join exit_mark m on m.run_id = e.run_id and m.uid = e.uid"
        " where e.run_id = %(run_id)s and e.uid > %(after)s and (%(arm)s = '' or a.arm = %(arm)s)"
        " order by e.uid limit %(limit)s",
        {"run_id": run_id, "arm": arm, "after": after, "limit": limit},
    ).fetchall()


def people_by_uid(ctx: Ctx, run_id: int, uids: Sequence[int]) -> list[dict[str, Any]]:
    """Return these people of a run: uid, arm, exit reason and time."""
    return ctx.tx.execute(
        "select e.uid, coalesce(a.arm, '') as arm, m.reason, m.at from enrollment e"
        " left join arm a on a.run_id = e.run_id and a.uid = e.uid"
        " left join exit_mark m on m.run_id = e.run_id and m.uid = e.uid"
        " where e.run_id = %(run_id)s and e.uid = any(%(uids)s) order by e.uid",
        {"run_id": run_id, "uids": list(uids)},
    ).fetchall()


def ended(ctx: Ctx, run_id: int, uids: Sequence[int]) -> set[int]:
    """Return which of these people stand in a cohort that has ended."""
    rows = ctx.tx.execute(
        "select u as uid from cohort c join cohort_chunk k on k.cohort_id = c.id cross join lateral unnest(k.uids) as u"
        " where c.run_id = %(run_id)s and c.state = 'ended' and k.uids && %(uids)s::bigint[] and u = any(%(uids)s)",
        {"run_id": run_id, "uids": list(uids)},
    ).fetchall()
    return {row["uid"] for row in rows}


def in_cohorts(ctx: Ctx, run_id: int, *, state: str, after: int, limit: int) -> list[int]:
    """Return uids standing in waiting or ended cohorts whom channels does not account for, after a uid."""
    rows = ctx.tx.execute(
        "select u as uid from cohort c join cohort_chunk k on k.cohort_id = c.id cross join lateral unnest(k.uids) as u"
        " where c.run_id = %(run_id)s and c.state = %(state)s and c.via not in ('messaged', 'held_out')"
        " and u > %(after)s order by u limit %(limit)s",
        {"run_id": run_id, "state": state, "after": after, "limit": limit},
    ).fetchall()
    return [row["uid"] for row in rows]


def runs_of_person(ctx: Ctx, uids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the brand's runs a person was in, newest first: run_id, uid."""
    return ctx.tx.execute(
        "select e.run_id, e.uid from enrollment e join run r on r.id = e.run_id"
        " where e.uid = any(%(uids)s) and r.brand_id = %(brand_id)s order by e.run_id desc limit 200",
        {"uids": list(uids), "brand_id": ctx.brand_id},
    ).fetchall()
