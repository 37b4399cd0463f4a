"""CSV and its relatives, as they are found: odd encodings, stray quotes, short lines, NULs."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as columns_csv

from regulars.core.errors import BadInput
from regulars.ingest.readers.encoding import ERRORS, check_encoding, detect_encoding
from regulars.ingest.readers.rows import UNDECODABLE, BrokenRow, RowBatch, unique_names

_DELIMITERS = (",", "\t", ";", "|", "，")
_SAMPLE_LINES = 200
_RECORD_LINES = 500
csv.field_size_limit(1 << 20)


class _Lines:
    """Feeds the csv module line by line, remembering those of the record under way so that they can be put back."""

    def __init__(self, source: io.TextIOBase) -> None:
        self._source = source
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _RECORD_LINES:
            # A quotation this long is a stray quote; ending the input here ends the record.
            raise StopIteration
        line = self._again.popleft() if self._again else self._source.readline()
        if not line:
            raise StopIteration
        self.taken.append(line)
        return line

    def block(self, size: int) -> list[str]:
        """Take up to `size` lines past the csv module."""
        held = [self._again.popleft() for _ in range(min(size, len(self._again)))]
        return held + list(islice(iter(self._source.readline, ""), size - len(held)))

    def give_back(self, block: list[str]) -> None:
        """Return lines to the input."""
        self._again.extendleft(reversed(block))

    def put_back(self) -> str:
        """Keep the first line of the record, return the others to the input."""
        first, rest = self.taken[0], self.taken[1:]
        self._again.extendleft(reversed(rest))
        self.taken = []
        return first


class DelimitedReader:
    """A text file of lines and fields. encoding, delimiter "" = find out. header_row: 1 = the first line."""

    def __init__(
        self, path: Path, *, encoding: str = "", delimiter: str = "", quote: str = '"', header_row: int = 1
    ) -> None:
        self._path = path
        self._encoding = check_encoding(encoding) if encoding else detect_encoding(path)
        self._quote = quote
        self._size = max(path.stat().st_size, 1)
        self._delimiter = delimiter or self._sniff(header_row)
        self._header_row = header_row
        header = self._header()
        self.names = unique_names(header)
        self.schema = pa.schema([(n, pa.string()) for n in self.names])
        self.details = {"format": "csv", "encoding": self._encoding.removesuffix("-sig"), "delimiter": self._delimiter}

    def batches(self, size: int) -> Iterator[RowBatch]:
        """Yield the rows from the beginning, `size` records a batch."""
        with self._path.open("rb") as raw, self._text(raw) as source:
            lines = _Lines(source)
            records = self._records(lines)
            row_no = 0
            for _ in range(self._header_row):
                next(records, None)
                row_no += 1
            while True:
                batch = _Batch(self.names, row_no + 1)
                block = lines.block(size)
                if (table := self._by_columns(block)) is not None:
                    row_no += len(block)
                    yield batch.whole(table, row_no, min(raw.tell() / self._size, 1.0))
                    continue
                plain = self._one_per_line(block)
                if plain is None:
                    lines.give_back(block)
                row_no = batch.fill(records if plain is None else plain, row_no, size)
                if row_no < batch.row_from:
                    return
                yield batch.done(row_no + 1, min(raw.tell() / self._size, 1.0))

    def _text(self, raw: io.BufferedReader) -> io.TextIOWrapper:
        return io.TextIOWrapper(raw, encoding=self._encoding, errors=ERRORS, newline="")

    def _by_columns(self, block: list[str]) -> pa.Table | None:
        """Return a block as columns, None unless each line is one record of all fields.

        Within a line pyarrow takes quotations as the csv module does; what joins lines is left to that.
        """
        text = "".join(block)
        if not text or text[0] == "\ufeff" or not (self._delimiter + self._quote).isascii():
            return None
        try:
            found = columns_csv.read_csv(
                pa.BufferReader(text.encode()),
                columns_csv.ReadOptions(use_threads=False, column_names=self.names),
                columns_csv.ParseOptions(delimiter=self._delimiter, quote_char=self._quote or False),
                columns_csv.ConvertOptions(column_types=self.schema),
            )
        except (pa.ArrowInvalid, UnicodeEncodeError):
            return None
        return found if found.num_rows == len(block) else None

    def _one_per_line(self, block: list[str]) -> list[list[str]] | None:
        """Return the records of a block at the csv module's own speed, None unless each line is plainly one record."""
        try:
            found = list(self._csv(iter(block), strict=True))
        except csv.Error:
            return None
        return found if len(found) == len(block) else None

    def _records(self, lines: _Lines) -> Iterator[list[str] | str]:
        """Yield each record as its fields, or as the raw line where a quotation is not closed."""
        width = 0
        reader = self._csv(lines)
        while True:
            try:
                record = next(reader)
            except StopIteration:
                if not lines.taken:
                    return
                record = None
            except csv.Error:
                record = None
            if record is None or (len(lines.taken) > 1 and self._is_runaway(record, width, lines.taken)):
                yield lines.put_back()
                reader = self._csv(lines)
                continue
            lines.taken = []
            width = width or len(record)
            yield record

    def _is_runaway(self, record: list[str], width: int, taken: list[str]) -> bool:
        """Tell whether a record over several lines comes from a stray quote rather than from a cell with breaks."""
        if len(record) != (width or len(record)) or len(taken) >= _RECORD_LINES:
            return True
        try:
            list(self._csv(iter(taken), strict=True))
        except csv.Error:
            return True
        return False

    def _csv(self, lines: Iterator[str], *, strict: bool = False) -> Iterator[list[str]]:
        if not self._quote:
            return csv.reader(lines, delimiter=self._delimiter, quoting=csv.QUOTE_NONE)
        return csv.reader(lines, delimiter=self._delimiter, quotechar=self._quote, strict=strict)

    def _header(self) -> list[str]:
        with self._path.open("rb") as raw, self._text(raw) as source:
            records = self._records(_Lines(source))
            found: list[str] | str = []
            for _ in range(self._header_row):
                found = next(records, [])
        if isinstance(found, str):
            found = found.rstrip("\r\n").split(self._delimiter)
        if not any(name.strip() for name in found):
            raise BadInput(
                f"Row {self._header_row} of {self._path.name} holds no column names; the file may be empty.",
                "Set source.header_row in the mapping to the row with the names.",
                code="ingest.no_header",
            )
        return found

    def _sniff(self, header_row: int) -> str:
        with self._path.open("rb") as raw, self._text(raw) as source:
            lines = [line for _, line in zip(range(_SAMPLE_LINES + header_row), source, strict=False)]
        sample = lines[header_row - 1 :]
        scores = {d: _fitness(sample, d, self._quote) for d in _DELIMITERS}
        best = max(scores, key=lambda d: scores[d])
        return best if scores[best] > 0 else ","


def _fitness(sample: list[str], delimiter: str, quote: str) -> float:
    """Return how well a delimiter explains the lines: fields of the header times the share of lines that agree."""
    try:
        rows = [r for r in csv.reader(sample, delimiter=delimiter, quotechar=quote or None) if r]
    except csv.Error:
        return 0.0
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0
    return (width - 1) * sum(1 for r in rows if len(r) == width) / len(rows)


class _Batch:
    def __init__(self, names: list[str], row_from: int) -> None:
        self._names = names
        self.row_from = row_from
        self._rows: list[list[str]] = []
        self._row_nos: list[int] = []
        self._broken: list[BrokenRow] = []

    def fill(self, records: Iterator[list[str] | str] | list[list[str]], row_no: int, size: int) -> int:
        """Take up to `size` records; return the number of the last row seen."""
        if isinstance(records, list) and set(map(len, records)) == {len(self._names)}:
            self._rows = records
            self._row_nos = list(range(row_no + 1, row_no + len(records) + 1))
            return row_no + len(records)
        width, last = len(self._names), row_no + size
        for record in records:
            row_no += 1
            if isinstance(record, list) and len(record) == width:
                self._take(record, row_no)
            elif record:
                self._take_odd(record, row_no, width)
            if row_no >= last:
                break
        return row_no

    def _take(self, record: list[str], row_no: int) -> None:
        self._rows.append(record)
        self._row_nos.append(row_no)

    def _take_odd(self, record: list[str] | str, row_no: int, width: int) -> None:
        if isinstance(record, str):
            text = record.rstrip("\r\n")
            self._broken.append(BrokenRow(row_no, (text,), "nul" if "\x00" in text else "quote"))
        elif len(record) > width and not any(c.strip() for c in record[width:]):
            self._take(record[:width], row_no)
        elif any("\x00" in c for c in record):
            self._broken.append(BrokenRow(row_no, tuple(record), "nul"))
        elif any(c.strip() for c in record):
            self._broken.append(BrokenRow(row_no, tuple(record), "ragged"))

    def whole(self, table: pa.Table, row_no: int, read_share: float) -> RowBatch:
        """Return rows that are columns already, of which nothing is broken. row_no: of the last one."""
        row_nos = pa.array(np.arange(self.row_from, row_no + 1))
        return RowBatch(table, row_nos, (), self.row_from, row_no + 1, read_share)

    def done(self, row_to: int, read_share: float) -> RowBatch:
        """Return what was taken as columns."""
        columns = [pa.array(c, pa.string()) for c in zip(*self._rows, strict=True)]
        if not columns:
            columns = [pa.array([], pa.string()) for _ in self._names]
        return RowBatch(
            pa.table(columns, names=self._names), pa.array(self._row_nos, pa.int64()), tuple(self._broken),
            self.row_from, row_to, read_share,
        )  # fmt: skip


def shown(cell: str) -> str:
    """Return a cell as it may be displayed and stored: damage visible, no NUL."""
    return cell.replace(UNDECODABLE, "�").replace("\x00", "␀")
