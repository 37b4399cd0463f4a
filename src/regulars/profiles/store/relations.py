"""The sources of rule relations: rows of people as rules see them, as known before the day {as_of:Date}."""

from __future__ import annotations

from regulars.core.ctx import Ctx
from regulars.profiles.store.scope import LAST_DAY, UID
from regulars.profiles.store.state import ORDERS_KNOWN

PERSON = "SELECT * FROM user_state WHERE brand_id = {brand_id:UInt16}"

_BRAND = "({brand_id:UInt16} = 0 OR brand_id = {brand_id:UInt16})"

ORDER = (
    f"SELECT {UID} AS uid, ordered_at AS at, business_on AS day, * FROM ("
    + ORDERS_KNOWN.replace("{known_before:Date}", "{as_of:Date}")
    + f" {_BRAND} AND suid > 0) WHERE known_net_fen > 0"
)
"""Orders with a positive net: exactly those that the arrays of user_state hold."""

LINE = (
    f"SELECT {UID} AS uid, occurred_at AS at, business_on AS day, * FROM order_lines FINAL"
    f" WHERE {_BRAND} AND suid > 0 AND kind = 'sale' AND business_on < {{as_of:Date}}"
)


def event(event_type: str) -> str:
    """Return the source of an event type's relation; the type must be one of the dictionary's."""
    if not event_type.replace(".", "").replace("_", "").isalpha():
        raise TypeError(f"{event_type!r} is no event type.")
    return (
        f"SELECT {UID} AS uid, occurred_at AS at, business_on AS day, * FROM events"
        f" WHERE {_BRAND} AND suid > 0 AND type = '{event_type}' AND business_on < {{as_of:Date}}"
    )


def event_days(event_type: str) -> str:
    """Return the source of an event type's sums by person and day; a day may come in several rows."""
    event(event_type)
    return (
        f"SELECT {UID} AS uid, day, suid, times, amount_fen FROM user_day"
        f" WHERE {_BRAND} AND suid > 0 AND metric = '{event_type}' AND day < {{as_of:Date}}"
    )


def rows(ctx: Ctx, source: str, suids: list[int], columns: str) -> list[dict[str, object]]:
    """Return one person's rows of a relation. columns: the fields' expressions, each under an alias."""
    asked = f"SELECT day, at, {columns}" if columns else "SELECT day, at"
    return ctx.lake.rows(
        f"{asked} FROM ({source}) WHERE suid IN {{suids:Array(UInt32)}} ORDER BY day",
        {"brand_id": ctx.brand_id, "as_of": LAST_DAY, "suids": suids},
    )


def person_row(ctx: Ctx, source: str, uid: int, columns: str) -> dict[str, object] | None:
    """Return the fields of one person. columns: the fields' expressions, each under an alias."""
    found = ctx.lake.rows(
        f"SELECT {columns} FROM ({source}) WHERE uid = {{uid:UInt32}}", {"brand_id": ctx.brand_id, "uid": uid}
    )
    return found[0] if found else None
