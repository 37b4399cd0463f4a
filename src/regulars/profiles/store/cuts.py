"""The business day that states count back from, with its cut points: PostgreSQL's truth, the lake's copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.profiles.logic import LOYAL_STEP
from regulars.profiles.store.scope import FIRST_ANONYMOUS, People
from regulars.profiles.store.state import ORDERS


@dataclass(frozen=True, slots=True)
class Cuts:
    """Cut points of a business day, taken at its start over the identified buyers.

    recency, frequency, monetary: of the quintiles, four each or none. gap_days: by ladder step from 1, days within
    which three of four of those who bought again did so (0 = nobody has yet); the last is of step 8 and beyond.
    """

    as_of_on: date
    people: int
    recency: list[date]
    frequency: list[int]
    monetary: list[int]
    gap_days: list[int]

    def parameters(self) -> dict[str, Any]:
        """Return them as parameters of `state.cuts_given`."""
        return {
            "as_of": self.as_of_on,
            "recency_cuts": self.recency,
            "frequency_cuts": self.frequency,
            "monetary_cuts": self.monetary,
            "gap_days": self.gap_days,
        }


def _cut(values: str) -> str:
    # the values at rank ceil(k * n / 5)
    return f"if(people = 0, [], arrayMap(k -> {values}[intDiv(k * toInt64(people) + 4, 5)], [1, 2, 3, 4]))"


_BUYERS = f"SELECT * FROM ({ORDERS}) WHERE uid < {FIRST_ANONYMOUS} AND notEmpty(bought)"
_CUTS = f"""
SELECT count() AS people,
    {_cut("arraySort(groupArray(bought[-1].4))")} AS recency,
    {_cut("arraySort(groupArray(toInt64(length(bought))))")} AS frequency,
    {_cut("arraySort(groupArray(gross_fen - refunded_fen))")} AS monetary
FROM ({_BUYERS})
"""
_GAPS = f"""
SELECT least(n, {LOYAL_STEP}) AS step, quantileExactHigh(0.75)(toInt64(days[n + 1]) - toInt64(days[n])) AS gap
FROM (SELECT bought.4 AS days FROM ({_BUYERS}) WHERE length(bought) > 1)
ARRAY JOIN range(1, length(days)) AS n
GROUP BY step
"""


def take_cuts(ctx: Ctx, parameters: dict[str, Any], as_of: date) -> Cuts:
    """Compute the cut points of a day. parameters: of `state.parameters`; what the day brings is not looked at.

    Source: quantileExactHigh(0.75) is the value at index floor(0.75 * n) of the sorted gaps, counted from 0.
    """
    everybody = People.between(1, 2**32)
    bound = {**parameters, "known_before": as_of, **everybody.parameters}
    row = ctx.lake.rows(_CUTS.replace("@people", everybody.condition), bound)[0]
    gaps = {g["step"]: g["gap"] for g in ctx.lake.rows(_GAPS.replace("@people", everybody.condition), bound)}
    gap_days = [min(gaps.get(step, 0), 2**16 - 1) for step in range(1, LOYAL_STEP + 1)]
    return Cuts(as_of, row["people"], row["recency"], row["frequency"], row["monetary"], gap_days)


def save_cuts(ctx: Ctx, brand_id: int, cuts: Cuts, version: int, *, rebuilt: bool = False) -> None:
    """Put a day's cut points in force; a greater version than before also says that there is a new base.

    rebuilt: of facts, not only folded, so that nothing kept of the facts stands any more.
    """
    bound = {
        "brand_id": brand_id,
        "as_of_on": cuts.as_of_on,
        "recency_cuts": cuts.recency,
        "frequency_cuts": cuts.frequency,
        "monetary_cuts": cuts.monetary,
        "gap_days": cuts.gap_days,
        "version": version,
    }
    ctx.tx.execute(
        "insert into rfm_cut"
        " (brand_id, as_of_on, people, recency_cuts, frequency_cuts, monetary_cuts, gap_days, version)"
        " values (%(brand_id)s, %(as_of_on)s, %(people)s, %(recency_cuts)s, %(frequency_cuts)s, %(monetary_cuts)s,"
        "  %(gap_days)s, %(version)s)"
        " on conflict (brand_id, as_of_on) do update set people = excluded.people,"
        "  recency_cuts = excluded.recency_cuts, frequency_cuts = excluded.frequency_cuts,"
        "  monetary_cuts = excluded.monetary_cuts, gap_days = excluded.gap_days, version = excluded.version",
        {**bound, "people": cuts.people},
    )
    since = version if rebuilt else _rebuilt(ctx, brand_id)
    ctx.lake.insert("day_cuts", pa.Table.from_pylist([bound | {"rebuilt": since}], schema=_IN_LAKE))


def _rebuilt(ctx: Ctx, brand_id: int) -> int:
    sql = "SELECT max(rebuilt) AS version FROM day_cuts WHERE brand_id = {brand_id:UInt16}"
    return ctx.lake.rows(sql, {"brand_id": brand_id})[0]["version"]


_IN_LAKE = pa.schema(
    [
        ("brand_id", pa.uint16()),
        ("as_of_on", pa.date32()),
        ("recency_cuts", pa.list_(pa.date32())),
        ("frequency_cuts", pa.list_(pa.int64())),
        ("monetary_cuts", pa.list_(pa.int64())),
        ("gap_days", pa.list_(pa.uint16())),
        ("rebuilt", pa.uint64()),
        ("version", pa.uint64()),
    ]
)


def cuts_in_force(ctx: Ctx, brand_id: int) -> Cuts | None:
    """Return the cut points that stored states are scored by, None before the first."""
    row = ctx.tx.execute(
        "select as_of_on, people, recency_cuts, frequency_cuts, monetary_cuts, gap_days from rfm_cut"
        " where brand_id = %(brand_id)s order by version desc limit 1",
        {"brand_id": brand_id},
    ).fetchone()
    return Cuts(*row.values()) if row else None
