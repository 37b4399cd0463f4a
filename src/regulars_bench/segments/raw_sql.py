"""Parts of the hand-written queries: what a data engineer keeps at hand for the raw tables."""

from __future__ import annotations

from regulars.infra.lake import UID_OF_SUID as UID
from regulars_bench.segments.asking import Raw

NET = "gross_fen - refunded_fen"
BOUGHT = "gross_fen > refunded_fen"
"""An order of which something was kept."""


def orders(raw: Raw, having: str, where: str = "") -> str:
    """People by their orders. where: further condition on the rows, with AND before it; having: on the person."""
    return f"SELECT {UID} AS uid FROM orders FINAL WHERE suid > 0{raw.brand()}{where} GROUP BY uid HAVING {having}"


def purchases(raw: Raw, having: str, where: str = "") -> str:
    """People by their orders of which something was kept."""
    return orders(raw, having, f" AND {BOUGHT}{where}")


def events(raw: Raw, event_type: str, where: str = "", having: str = "") -> str:
    """People by events of a type. where: with AND before it."""
    grouped = f" GROUP BY uid HAVING {having}" if having else ""
    return (
        f"SELECT {'' if having else 'DISTINCT '}{UID} AS uid FROM events"
        f" WHERE type = {raw.text(event_type)} AND suid > 0{raw.brand()}{where}{grouped}"
    )


def lines(raw: Raw, where: str, having: str = "") -> str:
    """People by sale lines. where: with AND before it."""
    grouped = f" GROUP BY uid HAVING {having}" if having else ""
    return (
        f"SELECT {'' if having else 'DISTINCT '}{UID} AS uid FROM order_lines FINAL"
        f" WHERE kind = 'sale' AND suid > 0{raw.brand()}{where}{grouped}"
    )


def attribute(raw: Raw, key: str, condition: str) -> str:
    """People by the newest value of an attribute. condition: over `value`."""
    return (
        f"SELECT uid FROM (SELECT {UID} AS uid, argMax(value, (known_at, value)) AS value FROM person_attributes FINAL"
        f" WHERE key = {raw.text(key)}{raw.brand()} GROUP BY uid) WHERE {condition}"
    )


def members(raw: Raw, since: str = "1") -> str:
    """Members. since: condition over the day of joining `value`."""
    return (
        f"SELECT uid FROM (SELECT {UID} AS uid, min(value) AS value FROM person_attributes FINAL"
        f" WHERE key = 'member'{raw.brand()} GROUP BY uid) WHERE {since}"
    )


def everybody(raw: Raw) -> str:
    """Everybody of whom anything is on record."""
    brand = raw.brand()
    tables = ("events", "order_lines", "person_attributes")
    rows = " UNION ALL ".join(f"SELECT suid FROM {table} WHERE suid > 0{brand}" for table in tables)
    return f"SELECT DISTINCT {UID} AS uid FROM ({rows})"


def both(first: str, *others: str) -> str:
    """People who are in all of them."""
    return f"SELECT uid FROM ({first}) WHERE " + " AND ".join(f"uid IN ({other})" for other in others)


def without(first: str, *others: str) -> str:
    """People who are in the first and in none of the others."""
    return f"SELECT uid FROM ({first}) WHERE " + " AND ".join(f"uid NOT IN ({other})" for other in others)


def either(*parts: str) -> str:
    """People who are in at least one of them."""
    return f"SELECT DISTINCT uid FROM ({' UNION ALL '.join(parts)})"
