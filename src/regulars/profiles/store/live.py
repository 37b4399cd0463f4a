"""The state tables: user_state in the lake, person_state in PostgreSQL, the day's cut points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from psycopg import sql

from regulars.core.ctx import Ctx
from regulars.profiles.store.bulk import copy_in
from regulars.profiles.store.scope import FIRST_ANONYMOUS, LAST_DAY, People
from regulars.profiles.store.state import ORDERS, STATE_COLUMNS


@dataclass(frozen=True, slots=True)
class Cuts:
    """Cut points of the quintiles of a business day, four each or none."""

    as_of_on: date
    people: int
    recency: list[date]
    frequency: list[int]
    monetary: list[int]

    def parameters(self) -> dict[str, Any]:
        """Return them as parameters of a state statement."""
        return {"recency_cuts": self.recency, "frequency_cuts": self.frequency, "monetary_cuts": self.monetary}


def _cut(values: str) -> str:
    # the values at rank ceil(k * n / 5)
    return f"if(people = 0, [], arrayMap(k -> {values}[intDiv(k * toInt64(people) + 4, 5)], [1, 2, 3, 4]))"


_CUTS = f"""
SELECT count() AS people,
    {_cut("arraySort(groupArray(bought[-1].4))")} AS recency,
    {_cut("arraySort(groupArray(toInt64(length(bought))))")} AS frequency,
    {_cut("arraySort(groupArray(gross_fen - refunded_fen))")} AS monetary
FROM ({ORDERS}) WHERE uid < {FIRST_ANONYMOUS} AND notEmpty(bought)
"""


def take_cuts(ctx: Ctx, parameters: dict[str, Any]) -> Cuts:
    """Compute the cut points over the identified buyers known before the day `as_of`."""
    everybody = People.between(1, 2**32)
    row = ctx.lake.rows(
        _CUTS.replace("@people", everybody.condition),
        {**parameters, "known_before": parameters["as_of"], **everybody.parameters},
    )[0]
    return Cuts(parameters["as_of"], row["people"], row["recency"], row["frequency"], row["monetary"])


def save_cuts(ctx: Ctx, brand_id: int, cuts: Cuts, version: int) -> None:
    """Put a day's cut points in force."""
    ctx.tx.execute(
        "insert into rfm_cut (brand_id, as_of_on, people, recency_cuts, frequency_cuts, monetary_cuts, version)"
        " values (%(brand_id)s, %(as_of_on)s, %(people)s, %(recency)s, %(frequency)s, %(monetary)s, %(version)s)"
        " on conflict (brand_id, as_of_on) do update set people = excluded.people,"
        "  recency_cuts = excluded.recency_cuts, frequency_cuts = excluded.frequency_cuts,"
        "  monetary_cuts = excluded.monetary_cuts, version = excluded.version",
        {
            "brand_id": brand_id,
            "as_of_on": cuts.as_of_on,
            "people": cuts.people,
            "recency": cuts.recency,
            "frequency": cuts.frequency,
            "monetary": cuts.monetary,
            "version": version,
        },
    )


def cuts_in_force(ctx: Ctx, brand_id: int) -> Cuts | None:
    """Return the cut points that stored states are scored by, None before the first."""
    row = ctx.tx.execute(
        "select as_of_on, people, recency_cuts, frequency_cuts, monetary_cuts from rfm_cut"
        " where brand_id = %(brand_id)s order by version desc limit 1",
        {"brand_id": brand_id},
    ).fetchone()
    if row is None:
        return None
    return Cuts(row["as_of_on"], row["people"], row["recency_cuts"], row["frequency_cuts"], row["monetary_cuts"])


def write_states(ctx: Ctx, states: pa.Table, version: int) -> None:
    """Write states to the lake and to PostgreSQL."""
    n = states.num_rows
    if n == 0:
        return
    ctx.lake.insert("user_state", states.append_column("version", pa.repeat(pa.scalar(version, pa.uint64()), n)))
    _write_live(ctx, states, version)


_LIVE = tuple(c for c in STATE_COLUMNS if c not in {"order_days", "order_fens"})
_NAMES = sql.SQL(", ").join(sql.Identifier(c) for c in (*_LIVE, "version"))
_MERGE = sql.SQL(
    "insert into person_state ({names}) select {names} from person_state_in order by brand_id, uid"
    " on conflict (brand_id, uid) do update set {changes} where person_state.version <= excluded.version"
).format(
    names=_NAMES,
    changes=sql.SQL(", ").join(
        sql.SQL("{c} = excluded.{c}").format(c=sql.Identifier(c)) for c in (*_LIVE[2:], "version")
    ),
)


def _write_live(ctx: Ctx, states: pa.Table, version: int) -> None:
    ctx.tx.execute(
        "create temporary table if not exists person_state_in (like person_state including defaults)"
        " on commit delete rows"
    )
    ctx.tx.execute("truncate person_state_in")
    rows = states.select(_LIVE).append_column("version", pa.repeat(pa.scalar(version, pa.uint64()), states.num_rows))
    copy_in(ctx, "person_state_in", rows)
    ctx.tx.execute(_MERGE)


_GONE = """
INSERT INTO user_state (brand_id, uid, version, deleted)
SELECT brand_id, uid, {version:UInt64}, 1 FROM user_state FINAL
WHERE brand_id = {brand_id:UInt16} AND version < {version:UInt64}
"""


def drop_stale(ctx: Ctx, brand_id: int, version: int) -> None:
    """Delete the states a whole run of this version should have written again and did not."""
    bound: dict[str, Any] = {"brand_id": brand_id, "version": version}
    ctx.lake.command(_GONE, bound)
    ctx.tx.execute("delete from person_state where brand_id = %(brand_id)s and version < %(version)s", bound)


def keys(states: pa.Table) -> list[tuple[int, int]]:
    """Return (brand_id, uid) of states."""
    return list(zip(states.column("brand_id").to_pylist(), states.column("uid").to_pylist(), strict=True))


def drop_states(ctx: Ctx, gone: Sequence[tuple[int, int]], version: int) -> None:
    """Delete states of people who are no more. gone: (brand_id, uid)."""
    if not gone:
        return
    brand_ids, uids = [b for b, _ in gone], [u for _, u in gone]
    ctx.lake.insert(
        "user_state",
        pa.table(
            {
                "brand_id": pa.array(brand_ids, pa.uint16()),
                "uid": pa.array(uids, pa.uint32()),
                "version": pa.array([version] * len(gone), pa.uint64()),
                "deleted": pa.array([1] * len(gone), pa.uint8()),
            }
        ),
    )
    ctx.tx.execute(
        "delete from person_state ps using unnest(%(brand_ids)s::int[], %(uids)s::bigint[]) as g(brand_id, uid)"
        " where ps.brand_id = g.brand_id and ps.uid = g.uid and ps.version < %(version)s",
        {"brand_ids": brand_ids, "uids": uids, "version": version},
    )


def highest_suids(ctx: Ctx) -> tuple[int, int]:
    """Return the highest suid of a known and of an anonymous person that the lake holds, 0 where there is none."""
    row = ctx.lake.rows(
        f"SELECT maxIf(suid, suid < {FIRST_ANONYMOUS}) AS known, maxIf(suid, suid >= {FIRST_ANONYMOUS}) AS anonymous"
        " FROM (SELECT suid FROM order_lines UNION ALL SELECT suid FROM timeline"
        " UNION ALL SELECT suid FROM person_attributes)"
    )[0]
    return row["known"], row["anonymous"]


__all__ = [
    "LAST_DAY",
    "Cuts",
    "cuts_in_force",
    "drop_stale",
    "highest_suids",
    "save_cuts",
    "take_cuts",
    "write_states",
]
