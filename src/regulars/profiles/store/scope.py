"""Whose rows a statement reads or writes: everybody in a range of uids, or the suids of some people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.infra.lake import UID_OF_SUID

FIRST_ANONYMOUS = 2**31
"""uids from here on are anonymous people; known ones are dense from 1."""

LAST_DAY = date(2149, 6, 6)
"""The last day the lake can hold: as a limit of knowledge it means that all on record is known."""

UID = UID_OF_SUID

SUIDS_AT_ONCE = 3_000
"""Numbers that fit into one statement's address line."""

# The suids of the people with low <= uid < high, so written that the primary key can be used.
_IN_RANGE = (
    "((suid >= {low:UInt64} AND suid < {high:UInt64}"
    " AND suid NOT IN (SELECT suid FROM uid_alias FINAL WHERE suid >= {low:UInt64} AND suid < {high:UInt64}"
    " AND uid != suid))"
    " OR suid IN (SELECT suid FROM uid_alias FINAL WHERE uid >= {low:UInt64} AND uid < {high:UInt64}))"
)
_IN_LIST = "suid IN {suids:Array(UInt32)}"


@dataclass(frozen=True, slots=True)
class People:
    """Whose rows. condition: SQL over `suid`; parameters: its values."""

    condition: str
    parameters: dict[str, Any]

    @classmethod
    def owning(cls, suids: Sequence[int]) -> People:
        """The people to whom these suids belong; all suids of each of them must be given."""
        return cls(_IN_LIST, {"suids": list(suids)})

    @classmethod
    def between(cls, low: int, high: int) -> People:
        """Everybody with low <= uid < high, low >= 1."""
        return cls(_IN_RANGE, {"low": low, "high": high})


def render(sql: str, parameters: dict[str, Any]) -> str:
    """Write whole numbers, days, and lists of either into the {name:Type} places of a statement.

    For sources that travel as text without parameters. Raises: TypeError for any other value.
    """
    for name, value in parameters.items():
        head, found, rest = sql.partition(f"{{{name}:")
        while found:
            sql_type, _, tail = rest.partition("}")
            sql = f"{head}CAST({_literal(value)}, '{sql_type}'){tail}"
            head, found, rest = sql.partition(f"{{{name}:")
    return sql


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(item) for item in value)}]"  # pyright: ignore[reportUnknownVariableType] - checked item by item
    if type(value) is int:
        return str(value)
    if type(value) is date:
        return f"toDate('{value.isoformat()}')"
    raise TypeError(f"{type(value).__name__} values must be bound, not written.")
