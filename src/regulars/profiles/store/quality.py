"""How facts come in: by source and shop, and how much of each field is known. Bounded reads of the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.core.rule import Field, Relation, fields
from regulars.core.rule.catalog import PERSON
from regulars.profiles.store.scope import LAST_DAY

_WINDOWS = """
    countIf(at > {now:DateTime64(3)} - INTERVAL 1 HOUR) AS hour,
    countIf(at > {now:DateTime64(3)} - INTERVAL 1 DAY) AS day,
    countIf(at > {now:DateTime64(3)} - INTERVAL 7 DAY) AS week,
    countIf(at <= {now:DateTime64(3)} - INTERVAL 7 DAY) AS week_before,
    max(at) AS newest_at
"""
_SOURCES = f"""
SELECT source, shop, sum(hour) AS hour, sum(day) AS day, sum(week) AS week, sum(week_before) AS week_before,
    max(newest_at) AS newest_at
FROM (
    SELECT toString(source) AS source, toString(shop) AS shop, {_WINDOWS} FROM (
        SELECT if(startsWith(source, 'file:'), 'file', source) AS source, shop, occurred_at AS at FROM events
        WHERE brand_id = {{brand_id:UInt16}} AND business_on >= {{since:Date}} AND source != 'tags'
        AND type NOT IN ('order.placed', 'order.refunded', 'message.sent', 'message.delivered', 'message.failed')
        AND occurred_at > {{now:DateTime64(3)}} - INTERVAL 14 DAY AND occurred_at <= {{now:DateTime64(3)}}
    ) GROUP BY source, shop
    UNION ALL
    SELECT source, shop, {_WINDOWS} FROM (
        SELECT if(startsWith(any(batch_id), 'import-') OR startsWith(any(batch_id), 'file:'), 'file', any(batch_id))
            AS source, toString(shop) AS shop, min(occurred_at) AS at FROM order_lines
        WHERE brand_id = {{brand_id:UInt16}} AND business_on >= {{since:Date}} AND kind IN ('sale', 'refund')
        GROUP BY shop, kind, document_id
        HAVING at > {{now:DateTime64(3)}} - INTERVAL 14 DAY AND at <= {{now:DateTime64(3)}}
    ) GROUP BY source, shop
) GROUP BY source, shop ORDER BY week DESC, source, shop LIMIT 200
"""


def sources(ctx: Ctx) -> list[dict[str, Any]]:
    """Return by source and shop how many facts are of the last hour, day, week, and of the week before.

    Facts: events, and documents of orders and refunds. By when they happened, in business time.
    """
    bound = {"brand_id": ctx.brand_id, "now": ctx.now, "since": ctx.today - timedelta(days=15)}
    return ctx.lake.rows(_SOURCES, bound)


def recorded_since(ctx: Ctx, since: datetime) -> int:
    """Return how many events that came over HTTP were recorded since an instant; those of the last 45 days' past."""
    found = ctx.lake.rows(
        "SELECT count() AS n FROM events WHERE brand_id = {brand_id:UInt16} AND source = 'http'"
        " AND business_on >= {day:Date} AND recorded_at >= {since:DateTime64(3)}",
        {"brand_id": ctx.brand_id, "since": since, "day": ctx.today - timedelta(days=45)},
    )
    return found[0]["n"]


# --- fields ---------------------------------------------------------------------------------------------
def _known(field: Field) -> str:
    """SQL condition that a row tells the field. Lists tell it when they are not empty."""
    if field.type == "set":
        return f"notEmpty({field.lake})"
    missing = {"": " != ''", 0: " != 0"}.get(field.missing, "") if field.missing is not None else ""
    return f"ifNull(({field.lake}){missing}, 0)" if missing else f"isNotNull({field.lake})"


def _samples(field: Field, known: str) -> str:
    if field.type == "set":
        return f"topKArrayIf(5)({field.lake}, {known})"
    return f"topKIf(5)(toString({field.lake}), {known})"


def measured(ctx: Ctx, relation: Relation, days: int) -> list[dict[str, Any]]:
    """Return of each field of a relation: key, rows, known (rows that tell it), samples (commonest), last_on.

    Rows of the last days; of people everybody, of whom last_on is not told. One statement a relation.
    """
    own = fields.fields_of(relation.key)
    if not own:
        return []
    of_people = relation.key == PERSON
    asked: list[str] = []
    for number, field in enumerate(own):
        known = _known(field)
        asked += [f"countIf({known}) AS known_{number}", f"{_samples(field, known)} AS samples_{number}"]
        if not of_people:
            asked.append(f"maxIf(day, {known}) AS last_{number}")
    where = "" if of_people else " WHERE day >= {since:Date}"
    row = ctx.lake.rows(
        f"SELECT count() AS rows, {', '.join(asked)} FROM ({relation.lake_source}){where}",
        {"brand_id": ctx.brand_id, "as_of": LAST_DAY, "since": ctx.today - timedelta(days=days - 1)},
    )[0]
    return [
        {
            "key": field.key,
            "rows": row["rows"],
            "known": row[f"known_{n}"],
            "samples": [str(one) for one in row[f"samples_{n}"]],
            "last_on": None if of_people or not row[f"known_{n}"] else row[f"last_{n}"],
        }
        for n, field in enumerate(own)
    ]


def keep_measured(ctx: Ctx, found: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was measured of fields, instead of what was before."""
    ctx.tx.cursor().executemany(
        "insert into field_measure (brand_id, key, rows, known, samples, last_on, measured_at)"
        " values (%(brand_id)s, %(key)s, %(rows)s, %(known)s, %(samples)s, %(last_on)s, %(now)s)"
        " on conflict (brand_id, key) do update set rows = excluded.rows, known = excluded.known,"
        " samples = excluded.samples, last_on = excluded.last_on, measured_at = excluded.measured_at",
        [
            {**one, "samples": Jsonb(one["samples"]), "brand_id": ctx.brand_id, "now": ctx.clock.system_now()}
            for one in found
        ],
    )


def kept_measured(ctx: Ctx) -> dict[str, dict[str, Any]]:
    """Return what was measured of the brand's fields, by key."""
    rows = ctx.tx.execute(
        "select key, rows, known, samples, last_on, measured_at from field_measure where brand_id = %(brand_id)s",
        {"brand_id": ctx.brand_id},
    ).fetchall()
    return {row["key"]: row for row in rows}
