"""What every reader gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

UNDECODABLE = "\U0010fffd"
"""Stands in a cell for bytes that the file's encoding does not have; shown as the replacement character."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A line that did not become a row. cells: its pieces as far as they can be told apart. code: the reason."""

    row_no: int
    cells: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Consecutive rows. row_nos: int64, counted as a spreadsheet does, the header is row 1 (Parquet: first row is 1).

    row_from and row_to: first and last row seen, half-open, broken and blank ones included. read_share: how much
    of the file lies behind, 0 to 1.
    """

    table: pa.Table
    row_nos: pa.Array
    broken: tuple[BrokenRow, ...]
    row_from: int
    row_to: int
    read_share: float


class Reader(Protocol):
    """An open source file. details: what was found out about it (format, encoding, delimiter, sheet)."""

    schema: pa.Schema
    details: dict[str, str]

    def batches(self, size: int) -> Iterator[RowBatch]:
        """Yield the rows from the beginning, `size` records a batch; the same file gives the same batches."""
        ...


def unique_names(header: list[str]) -> list[str]:
    """Return usable column names: trimmed, without byte order mark, numbered where empty or repeated."""
    names: list[str] = []
    for place, raw in enumerate(header, 1):
        name = raw.replace("\ufeff", "").replace("\x00", "").replace(UNDECODABLE, "�").strip() or f"column_{place}"
        unique, copy = name, 2
        while unique in names:
            unique, copy = f"{name}_{copy}", copy + 1
        names.append(unique)
    return names
