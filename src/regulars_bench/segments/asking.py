"""What a case of the suite is made of: drawn constants, the rule, and the hand-written query with its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random  # noqa: TID251 - seeded by the case and the number of the draw
from typing import Any, Literal, TypeVar

from regulars_bench.generate import world

T = TypeVar("T")
Class = Literal["bitmap", "state", "arrays", "scan"]
Json = dict[str, Any]


class Draw:
    """Constants as an operator would choose them; another number, other constants."""

    def __init__(self, case: str, number: int) -> None:
        self._random = Random(f"{world.SEED} {case} {number}")  # noqa: S311 - not for secrets

    def days(self, low: int, high: int) -> int:
        """Draw a number of days."""
        return self._random.randint(low, high)

    def fen(self, low_yuan: int, high_yuan: int) -> int:
        """Draw an amount, in fen."""
        return self._random.randint(low_yuan * 100, high_yuan * 100)

    def one(self, among: Sequence[T]) -> T:
        """Draw one of them."""
        return self._random.choice(among)

    def some(self, among: Sequence[T], count: int) -> list[T]:
        """Draw several different ones."""
        return self._random.sample(list(among), count)

    def day(self, first: date, last: date) -> date:
        """Draw a day."""
        return first + timedelta(days=self._random.randint(0, (last - first).days))

    def province(self) -> str:
        """Draw one of the provinces with many people."""
        return self.one([name for name, weight, _, _ in world.PROVINCES if weight >= 400])

    def category(self) -> str:
        """Draw a category of goods."""
        return self.one(world.CATEGORIES)


@dataclass(slots=True)
class Raw:
    """Values of a hand-written query. brand_id: 0 = the whole group, read without a condition."""

    brand_id: int
    values: dict[str, Any] = field(default_factory=dict[str, Any])

    def bind(self, value: object, sql_type: str) -> str:
        """Return the place of a value."""
        name = f"r{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{sql_type}}}"

    def number(self, value: int) -> str:
        """Return the place of a whole number."""
        return self.bind(value, "Int64")

    def text(self, value: str) -> str:
        """Return the place of a text."""
        return self.bind(value, "String")

    def texts(self, values: Sequence[str]) -> str:
        """Return the place of a list of texts."""
        return self.bind(list(values), "Array(String)")

    def day(self, value: date) -> str:
        """Return the place of a day."""
        return self.bind(value, "Date")

    def brand(self) -> str:
        """Return the condition on the brand, with AND before it."""
        return f" AND brand_id = {self.bind(self.brand_id, 'UInt16')}" if self.brand_id else ""

    def last(self, days: int, column: str = "business_on") -> str:
        """Return the condition that a day is one of the last so many, with AND before it."""
        return self.between(world.TODAY - timedelta(days=days - 1), world.TODAY + timedelta(days=1), column)

    def between(self, start: date, end: date, column: str = "business_on") -> str:
        """Return the condition start <= day < end, with AND before it."""
        return f" AND {column} >= {self.day(start)} AND {column} < {self.day(end)}"


@dataclass(frozen=True, slots=True)
class Known:
    """What the home holds. segments: id by name. stores: latitude and longitude of each, in 0.01 degree."""

    segments: dict[str, int]
    stores: list[tuple[int, int]]


Ask = Callable[[Draw, Raw, Known], tuple[Json, str]]
"""-> the rule as JSON, and the SELECT of `uid`, each person once."""


@dataclass(frozen=True, slots=True)
class Case:
    """A rule of the suite."""

    name: str
    class_: Class
    ask: Ask
    brand_id: int = 0


# --- rules as JSON ------------------------------------------------------------------------------------------
def all_of(*rules: Json) -> Json:
    """All hold."""
    return {"op": "and", "rules": list(rules)}


def any_of(*rules: Json) -> Json:
    """At least one holds."""
    return {"op": "or", "rules": list(rules)}


def none_of(rule: Json) -> Json:
    """It does not hold."""
    return {"op": "not", "rule": rule}


def field_is(op: str, name: str, **argument: Any) -> Json:  # noqa: ANN401 - JSON
    """A field of the person."""
    return {"op": op, "field": f"person.{name}", **argument}


def last(days: int) -> Json:
    """Window: the last so many days."""
    return {"kind": "last_days", "days": days}


def ever() -> Json:
    """Window: all time."""
    return {"kind": "ever"}


def span(start: date, end: date) -> Json:
    """Window: start <= day < end."""
    return {"kind": "between", "start": start.isoformat(), "end": end.isoformat()}


def did(relation: str, window: Json, value: int = 1, **more: Any) -> Json:  # noqa: ANN401 - JSON
    """Rows of a relation, at least `value` of them unless said otherwise."""
    return {"op": "did", "relation": relation, "window": window, "value": value, **more}


def never(relation: str, window: Json, **more: Any) -> Json:  # noqa: ANN401 - JSON
    """No row of a relation."""
    return did(relation, window, 0, compare="eq", **more)


def where(op: str, name: str, value: Any) -> Json:  # noqa: ANN401 - JSON
    """A condition on a row."""
    return {"op": op, "field": name, "value": value}
