"""A few people put aside in memory, so that many questions are asked of them at once and none reads far for it.

Their states are those of the live copy: a row of it is found at once, while the lake reads thousands for each.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from psycopg import sql

from regulars.core.ctx import Ctx
from regulars.core.rule.catalog import PERSON
from regulars.profiles.store import relations
from regulars.profiles.store.live import FACTS
from regulars.profiles.store.scope import LAST_DAY, SUIDS_AT_ONCE
from regulars.profiles.store.state import CUTS, FACT_COLUMNS, of_day

_LOCK = 7230003
_EVENT = "event:"

_THEIRS = "suid IN {suids:Array(UInt32)}"
# Written out, they decide which marks are read; as a subquery they would be looked for among all rows read.

_ROWS = {
    "order": (
        "aside_order",
        "uid, at, day, known_net_fen, gross_fen, units, lines, shop, store, region, category_names",
    ),
    "line": (
        "aside_line",
        "uid, at, day, item_id, item_name, category, quantity, amount_fen, shop, store",
    ),
}
"""Table and columns of the relations whose rows are put aside besides events."""

_READ = sql.SQL(
    "select brand_id, uid, anonymous::int as anonymous, purchase_number, ladder_step, gross_fen, refunded_fen,"
    " net_fen, units, first_order_on, last_order_on, order_days, order_fens, favourite_category, favourite_shop,"
    " region, stores, last_event_on, member::int as member, member_since_on, consents, gender, province, city, cell,"
    " birth_md, tags from person_state where brand_id = %(brand_id)s and uid = any(%(uids)s::bigint[])"
)
_FILL = f"""
INSERT INTO aside_event SELECT s.uid, e.type, e.occurred_at, e.business_on, e.shop, e.props
FROM (
    SELECT suid, type, occurred_at, business_on, shop, props FROM timeline
    WHERE ({{brand_id:UInt16}} = 0 OR brand_id = {{brand_id:UInt16}}) AND type IN {{types:Array(String)}}
    AND {_THEIRS}
) AS e INNER JOIN (SELECT uid, arrayJoin(suids) AS suid FROM aside_person) AS s ON s.suid = e.suid
"""


@contextmanager
def alone(ctx: Ctx) -> Generator[None]:
    """Let nobody else put people aside until the transaction ends; leave nothing of them behind."""
    ctx.tx.execute("select pg_advisory_xact_lock(%(lock)s)", {"lock": _LOCK})
    try:
        yield
    finally:
        _clear(ctx)


def put(ctx: Ctx, people: Mapping[int, Sequence[int]], asked: Mapping[str, str]) -> None:
    """Put people aside instead of those before. people: uid -> all suids.

    asked: relations whose rows are put beside, by key, each with its own SELECT.
    """
    _clear(ctx)
    rows: list[dict[str, Any]] = ctx.tx.execute(_READ, {"brand_id": ctx.brand_id, "uids": list(people)}).fetchall()
    known = {row["uid"] for row in rows}
    rows += [dict.fromkeys(FACTS.names) | _EMPTY | {"uid": uid} for uid in people if uid not in known]
    table = pa.Table.from_pylist(rows, schema=FACTS)
    suids = [list(people[row["uid"]]) for row in rows]
    table = table.append_column("suids", pa.array(suids, pa.list_(pa.uint32())))
    table = table.append_column("known", pa.array([int(row["uid"] in known) for row in rows], pa.uint8()))
    ctx.lake.insert("aside_person", table)
    types = sorted(key.removeprefix(_EVENT) for key in asked if key.startswith(_EVENT))
    numbers = sorted({number for own in suids for number in own})
    for start in range(0, len(numbers), SUIDS_AT_ONCE):
        part = {"brand_id": ctx.brand_id, "suids": numbers[start : start + SUIDS_AT_ONCE]}
        if types:
            ctx.lake.command(_FILL, part | {"types": types})
        for key, (table, columns) in _ROWS.items():
            if key in asked:
                ctx.lake.command(
                    f"INSERT INTO {table} ({columns}) SELECT {columns} FROM ({asked[key]})"
                    f" WHERE {_THEIRS} AND uid GLOBAL IN (SELECT uid FROM aside_person)",
                    part | {"as_of": LAST_DAY},
                )


def _clear(ctx: Ctx) -> None:
    for table in ("aside_person", "aside_event", *(table for table, _ in _ROWS.values())):
        ctx.lake.command(f"TRUNCATE TABLE {table}")


_EMPTY: dict[str, Any] = {
    "brand_id": 0, "order_days": [], "order_fens": [], "stores": [], "consents": [], "tags": [],
}  # fmt: skip


def source(relation: str) -> str:
    """Return a SELECT of the rows of those put aside: their states, or a relation's rows put beside them."""
    if relation == PERSON:
        return _STATES
    if relation in _ROWS:
        return f"SELECT * FROM {_ROWS[relation][0]} WHERE day < {{as_of:Date}}"
    event_type = relation.removeprefix(_EVENT)
    relations.event(event_type)  # refuses what is no event type
    return _EVENTS + f" WHERE type = '{event_type}' AND day < {{as_of:Date}}"


_STATES = of_day(
    f"SELECT {', '.join(FACT_COLUMNS)} FROM aside_person WHERE known = 1",
    f"{CUTS} WHERE brand_id = {{brand_id:UInt16}}",
)
_EVENTS = (
    "SELECT uid, at, day, shop, props, JSONExtractString(props, 'item_id') AS item_id,"
    " JSONExtractString(props, 'category') AS category, JSONExtractInt(props, 'amount_fen') AS amount_fen,"
    " JSONExtractInt(props, 'quantity') AS quantity, JSONExtractString(props, 'page') AS page,"
    " JSONExtractInt(props, 'campaign_id') AS campaign_id FROM aside_event"
)
