"""Columns of values, and the notes about cells that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

import pyarrow as pa

from regulars.ingest.expression.kernels import pc

ValueKind = Literal["text", "number", "bool", "time", "null"]

NUMBER = pa.decimal128(30, 10)
"""Every number of the language: exact, up to 20 digits before and 10 after the point."""
WIDE = pa.decimal256(30, 10)
TIME = pa.timestamp("us", tz="UTC")
NUMBER_BOUND = Decimal(10) ** 20

Scalar = str | Decimal | bool | None
"""A value as it can be written in an expression."""

ARROW_TYPES: dict[ValueKind, pa.DataType] = {
    "text": pa.string(),
    "number": NUMBER,
    "bool": pa.bool_(),
    "time": TIME,
    "null": pa.null(),
}


@dataclass(frozen=True, slots=True)
class Value:
    """One column of a batch. array: of the Arrow type that belongs to the kind; null = missing."""

    kind: ValueKind
    array: pa.Array


@dataclass(frozen=True, slots=True)
class Problem:
    """Cells that could not be taken. where: boolean per row, no nulls. shown: the cells as text.

    field: the column or expression at fault. code: a key of `regulars.ingest.reasons.REASONS`.
    """

    where: pa.Array
    field: str
    shown: pa.Array | None
    code: str


@dataclass(slots=True)
class Evaluation:
    """One batch being computed. columns: loaded values by name. zone: of times that name none."""

    length: int
    columns: Mapping[str, Value]
    zone: str = "UTC"
    decimal_comma: bool = False
    problems: list[Problem] = field(default_factory=list[Problem])

    def note(self, where: pa.Array, active: pa.Array | None, origin: tuple[str, pa.Array | None], code: str) -> None:
        """Record bad cells of the rows that matter. origin: field name and the cells as they were."""
        mask = pc.fill_null(where, fill_value=False)
        if active is not None:
            mask = pc.and_(mask, active)
        if pc.any(mask).as_py():
            self.problems.append(Problem(mask, origin[0], origin[1], code))


def nulls(kind: ValueKind, length: int) -> Value:
    """Return a column of missing values."""
    return Value(kind, pa.nulls(length, ARROW_TYPES[kind]))


def constant(value: Scalar, length: int) -> Value:
    """Return a column holding one value in every row."""
    if value is None:
        return nulls("null", length)
    if isinstance(value, bool):
        return Value("bool", pa.repeat(pa.scalar(value), length))
    if isinstance(value, Decimal):
        return Value("number", pa.repeat(pa.scalar(value, NUMBER), length))
    return Value("text", pa.repeat(pa.scalar(value, pa.string()), length))
