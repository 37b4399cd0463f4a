"""Excel workbooks and Parquet files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from regulars.core.errors import BadInput
from regulars.ingest.readers.rows import RowBatch, unique_names

Cell = str | float | int | bool | datetime | date | time | timedelta | None


MOST_UNPACKED_MIB = 512
"""Of a workbook's sheets and strings, unpacked: the library holds the sheet that is read in memory, as a whole."""


def _check_size(path: Path, most_mib: int) -> None:
    """Refuse a workbook that would not fit in memory, before anything of it is read. Raises BadInput."""
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist() if part.filename.startswith("xl/"))
    if size > most_mib << 20:
        raise BadInput(
            f"{path.name} is too large to be read as a workbook: {size >> 20:,} MiB unpacked, at most {most_mib:,}.",
            "Save the sheet as CSV (UTF-8): a CSV file is read piece by piece, however long it is.",
            code="ingest.workbook_too_large",
        )


class ExcelReader:
    """One sheet of a workbook, every cell as text: what a person sees, dates as ISO. sheet "" = the first."""

    def __init__(self, path: Path, *, sheet: str = "", header_row: int = 1, most_mib: int = MOST_UNPACKED_MIB) -> None:
        _check_size(path, most_mib)
        try:
            workbook = CalamineWorkbook.from_path(str(path))
            name = sheet or next(iter(workbook.sheet_names), "")
            if name not in workbook.sheet_names:
                known = ", ".join(workbook.sheet_names)
                raise BadInput(f"source.sheet: {path.name} has no sheet {name!r}.", f"Its sheets are: {known}.",
                               code="ingest.bad_mapping")  # fmt: skip
            self._sheet = workbook.get_sheet_by_name(name)
        except (CalamineError, OSError) as error:
            raise BadInput(f"{path.name} cannot be opened as an Excel workbook: {error}.",
                           "Save it again from Excel, or as CSV.", code="ingest.unreadable") from error  # fmt: skip
        self._header_row = header_row
        header = next((r for i, r in enumerate(self._rows(), 1) if i == header_row), [])
        if not any(_cell_text(c) for c in header):
            raise BadInput(f"Row {header_row} of sheet {name!r} holds no column names.",
                           "Set source.header_row in the mapping to the row with the names.",
                           code="ingest.no_header")  # fmt: skip
        self.names = unique_names([_cell_text(c) or "" for c in header])
        self.schema = pa.schema([(n, pa.string()) for n in self.names])
        self.details = {"format": "excel", "sheet": name}

    def _rows(self) -> Iterator[Sequence[Cell]]:
        # Empty rows above the first filled one are given too, so counting from 1 gives the sheet's own numbers.
        yield from self._sheet.iter_rows()

    def batches(self, size: int) -> Iterator[RowBatch]:
        """Yield the rows from the beginning, `size` records a batch."""
        end = self._sheet.end
        total = end[0] + 1 if end else 1
        rows: list[list[str | None]] = []
        row_nos: list[int] = []
        row_from, width, row_no = self._header_row + 1, len(self.names), 0
        for row_no, row in enumerate(self._rows(), 1):
            if row_no <= self._header_row:
                continue
            cells = [_cell_text(c) for c in row[:width]]
            if any(cells):
                rows.append(cells + [None] * (width - len(cells)))
                row_nos.append(row_no)
            if row_no - row_from + 1 >= size:
                yield self._batch(rows, row_nos, (row_from, row_no + 1), row_no / total)
                rows, row_nos, row_from = [], [], row_no + 1
        if row_no >= row_from:
            yield self._batch(rows, row_nos, (row_from, row_no + 1), 1.0)

    def _batch(
        self, rows: list[list[str | None]], row_nos: list[int], span: tuple[int, int], read_share: float
    ) -> RowBatch:
        columns = [pa.array(c, pa.string()) for c in zip(*rows, strict=True)]
        if not columns:
            columns = [pa.array([], pa.string()) for _ in self.names]
        table = pa.table(columns, names=self.names)
        return RowBatch(table, pa.array(row_nos, pa.int64()), (), span[0], span[1], min(read_share, 1.0))


def _cell_text(cell: Cell) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell)


class ParquetReader:
    """A Parquet file with the types it has."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise BadInput(f"{path.name} cannot be opened as Parquet: {error}.", "Write the file again.",
                           code="ingest.unreadable") from error  # fmt: skip
        self.schema = self._file.schema_arrow
        self.details = {"format": "parquet"}

    def batches(self, size: int) -> Iterator[RowBatch]:
        """Yield the rows from the beginning, `size` records a batch."""
        total = max(self._file.metadata.num_rows, 1)
        row_no = 1
        for table in self._tables(size):
            end = row_no + table.num_rows
            row_nos = pa.array(range(row_no, end), pa.int64())
            yield RowBatch(table, row_nos, (), row_no, end, min((end - 1) / total, 1.0))
            row_no = end

    def _tables(self, size: int) -> Iterator[pa.Table]:
        # Batches of the library end with row groups; parts must depend on the rows alone.
        held: list[pa.RecordBatch] = []
        rows = 0
        for batch in self._file.iter_batches(batch_size=size):
            while rows + batch.num_rows >= size:
                head = batch.slice(0, size - rows)
                yield pa.Table.from_batches([*held, head], self.schema).combine_chunks()
                batch, held, rows = batch.slice(size - rows), [], 0
            if batch.num_rows:
                held.append(batch)
                rows += batch.num_rows
        if rows:
            yield pa.Table.from_batches(held, self.schema).combine_chunks()
