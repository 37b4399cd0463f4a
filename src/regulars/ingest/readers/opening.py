"""From a path to the reader for it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from regulars.core.errors import BadInput, NotFound
from regulars.ingest.mapping import SourceSpec
from regulars.ingest.readers.delimited import DelimitedReader
from regulars.ingest.readers.rows import Reader
from regulars.ingest.readers.tables import ExcelReader, ParquetReader

Format = Literal["csv", "excel", "parquet"]


def open_reader(path: Path, source: SourceSpec) -> Reader:
    """Open a file as its mapping says, or as what it is. Raises NotFound; BadInput when it cannot be read."""
    if not path.is_file():
        raise NotFound(f"There is no file {path.name} here.", "Check the path.", code="ingest.no_file")
    if path.stat().st_size == 0:
        raise BadInput(f"{path.name} is empty.", "Export it again.", code="ingest.empty_file")
    kind = source.format or file_format(path)
    if kind == "parquet":
        return ParquetReader(path)
    if kind == "excel":
        return ExcelReader(path, sheet=source.sheet, header_row=source.header_row)
    return DelimitedReader(
        path,
        encoding=source.encoding,
        delimiter=source.delimiter,
        quote=source.quote,
        header_row=source.header_row,
    )


def file_format(path: Path) -> Format:
    """Tell a file's format by its first bytes, not by its name."""
    with path.open("rb") as source:
        head = source.read(8)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        return "excel"
    if head.startswith(b"\x1f\x8b"):
        raise BadInput(f"{path.name} is compressed (gzip).", "Unpack it first.", code="ingest.compressed")
    return "csv"
