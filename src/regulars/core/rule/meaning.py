"""What a rule means, in Python: the yardstick the two SQL compilers are tested against."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, cast

from regulars.core.rule.ast import (
    Between,
    BirthdayWithin,
    Compare,
    CompareOp,
    CountWithin,
    Did,
    Everyone,
    FieldLeaf,
    Group,
    Has,
    In,
    InSegment,
    Known,
    Leaf,
    Near,
    Not,
    OlderThanDays,
    RowsLeaf,
    Rule,
    Scalar,
    StepSequence,
    TextMatch,
    WithinDays,
    children,
    leaves,
)
from regulars.core.rule.catalog import Field, FieldCatalog, fields
from regulars.core.rule.meaning_rows import most_within, steps_reached
from regulars.core.rule.place import cells_within
from regulars.core.rule.window import bounds, holds, month_days, shift
from regulars.core.verdict import Verdict


class PersonView(Protocol):
    """One person (or event) as rules see it."""

    def field(self, key: str) -> object | None:
        """Return the value of a person field, None when missing: int, str, date, bool, or collection of str."""
        ...

    def rows(self, relation: str) -> Sequence[Mapping[str, Any]]:
        """Return the person's rows of a relation: "day" (date), "at" (datetime, UTC) and each field by its key."""
        ...

    def segments(self) -> Collection[int]:
        """Return the ids of the segments the person is in."""
        ...


@dataclass(frozen=True, slots=True)
class LeafOutcome:
    """One leaf's answer. path: place in the tree.

    found: the value found or measured, of a sequence how many of its steps came; None when missing.
    """

    path: str
    leaf: Leaf
    ok: bool
    found: object | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a relation, read like a person's fields."""

    values: Mapping[str, Any]

    def field(self, key: str) -> object | None:
        return self.values.get(key)


class _Fields(Protocol):
    def field(self, key: str) -> object | None: ...


COMPARE: dict[CompareOp, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


def matches(rule: Rule, view: PersonView, today: date, catalog: FieldCatalog = fields) -> Verdict:
    """Decide the rule for one person on a business day.

    reasons of a no: "<path> <subject>.<op>" of each leaf that stands in the way, in order.
    """
    outcomes = {outcome.path: outcome for outcome in explain(rule, view, today, catalog)}
    if _holds(rule, "$", outcomes):
        return Verdict.yes()
    blamed = _blame(rule, "$", outcomes, wanted=True)
    return Verdict.no(*(f"{path} {_subject(outcomes[path].leaf)}" for path in blamed))


def explain(rule: Rule, view: PersonView, today: date, catalog: FieldCatalog = fields) -> list[LeafOutcome]:
    """Return what each leaf found and decided, in order: why somebody is in or out."""
    return [_outcome(path, leaf, view, today, catalog) for path, leaf in leaves(rule)]


def _holds(rule: Rule, path: str, outcomes: Mapping[str, LeafOutcome]) -> bool:
    if isinstance(rule, Not):
        return not _holds(rule.rule, f"{path}.rule", outcomes)
    if isinstance(rule, Group):
        answers = (_holds(child, at, outcomes) for at, child in children(rule, path))
        return all(answers) if rule.op == "and" else any(answers)
    return outcomes[path].ok


def _blame(rule: Rule, path: str, outcomes: Mapping[str, LeafOutcome], *, wanted: bool) -> list[str]:
    """Paths of the leaves that keep the rule from being `wanted`."""
    if isinstance(rule, Not):
        return _blame(rule.rule, f"{path}.rule", outcomes, wanted=not wanted)
    if isinstance(rule, Group):
        return [
            leaf_path
            for at, child in children(rule, path)
            if _holds(child, at, outcomes) != wanted
            for leaf_path in _blame(child, at, outcomes, wanted=wanted)
        ]
    return [path]


def _subject(leaf: Leaf) -> str:
    match leaf:
        case Did():
            return f"{leaf.relation}.{leaf.measure}.{leaf.compare}"
        case CountWithin():
            return f"{leaf.relation}.{leaf.measure}.{leaf.op}"
        case InSegment():
            return f"segment.{leaf.segment_id}"
        case Everyone() | StepSequence():
            return leaf.op
        case _:
            return f"{leaf.field}.{leaf.op}"


def _outcome(path: str, leaf: Leaf, view: PersonView, today: date, catalog: FieldCatalog) -> LeafOutcome:
    match leaf:
        case Everyone():
            return LeafOutcome(path, leaf, ok=True, found=None)
        case InSegment():
            inside = leaf.segment_id in view.segments()
            return LeafOutcome(path, leaf, ok=inside, found=inside)
        case Did() | StepSequence() | CountWithin():
            ok, measured = _rows_hold(leaf, view, today, catalog)
            return LeafOutcome(path, leaf, ok=ok, found=measured)
        case _:
            found = _known_value(catalog.get(leaf.field), view)
            return LeafOutcome(path, leaf, ok=_field_holds(leaf, found, catalog, today), found=found)


def _known_value(field: Field, view: _Fields) -> object | None:
    value = view.field(field.key)
    if value is None or (field.missing is not None and value == field.missing):
        return None
    if field.type == "set" and not cast(Collection[str], value):
        return None
    return value


def _field_holds(leaf: FieldLeaf, found: object | None, catalog: FieldCatalog, today: date) -> bool:
    if found is None:
        return False
    match leaf:
        case Known():
            return True
        case Has():
            return leaf.value in cast(Collection[str], found)
        case TextMatch():
            text = cast(str, found)
            return text.startswith(leaf.value) if leaf.op == "starts" else leaf.value in text
        case WithinDays():
            return shift(today, 1 - leaf.days) <= cast(date, found) <= today
        case OlderThanDays():
            return cast(date, found) < shift(today, 1 - leaf.days)
        case BirthdayWithin():
            return found in month_days(today, leaf.days)
        case Near():
            return found in cells_within(leaf.lat, leaf.lon, leaf.km)
        case _:
            return _compares(leaf, found, is_date=catalog.get(leaf.field).type == "date")


def _compares(leaf: Compare | In | Between, found: object, *, is_date: bool) -> bool:
    def read(value: Scalar) -> object:
        return date.fromisoformat(str(value)) if is_date else value

    if isinstance(leaf, In):
        return found in leaf.values
    if isinstance(leaf, Between):
        return COMPARE["ge"](found, read(leaf.low)) and COMPARE["lt"](found, read(leaf.high))
    return COMPARE[leaf.op](found, read(leaf.value))


def _rows_hold(leaf: RowsLeaf, view: PersonView, today: date, catalog: FieldCatalog) -> tuple[bool, int | None]:
    """Return whether a leaf about rows holds, and what it measured."""

    def kept(relation: str, where: Rule | None) -> list[Mapping[str, Any]]:
        rows = view.rows(relation)
        return [row for row in rows if where is None or _row_holds(where, _Row(row), today, catalog)]

    def number(row: Mapping[str, Any]) -> int | None:
        of = None if isinstance(leaf, StepSequence) else leaf.of
        return cast(int | None, _known_value(catalog.get(of or ""), _Row(row)))

    match leaf:
        case StepSequence():
            reached = steps_reached(leaf, kept, today)
            return reached == len(leaf.steps), reached
        case CountWithin():
            most = most_within(leaf, kept, lambda row: number(row) or 0, today)
            return most >= leaf.value, most
        case Did():
            span = bounds(leaf.window, today)
            rows = [row for row in kept(leaf.relation, leaf.where) if holds(span, row["day"])]
            measured = _measure(leaf, rows, number)
            return measured is not None and COMPARE[leaf.compare](measured, leaf.value), measured


def _measure(
    leaf: Did, rows: Sequence[Mapping[str, Any]], number: Callable[[Mapping[str, Any]], int | None]
) -> int | None:
    if leaf.measure == "count":
        return len(rows)
    if leaf.measure == "days":
        return len({row["day"] for row in rows})
    numbers = [value for row in rows if (value := number(row)) is not None]
    if leaf.measure == "sum":
        return sum(numbers)
    if not numbers:
        return None
    return min(numbers) if leaf.measure == "min" else max(numbers)


def _row_holds(rule: Rule, row: _Row, today: date, catalog: FieldCatalog) -> bool:
    match rule:
        case Not():
            return not _row_holds(rule.rule, row, today, catalog)
        case Group():
            answers = (_row_holds(child, row, today, catalog) for child in rule.rules)
            return all(answers) if rule.op == "and" else any(answers)
        case Everyone():
            return True
        case Did() | StepSequence() | CountWithin() | InSegment():
            raise TypeError(f"{rule.op!r} cannot stand inside 'where'; parse() refuses it.")
        case _:
            found = _known_value(catalog.get(rule.field), row)
            return _field_holds(rule, found, catalog, today)
