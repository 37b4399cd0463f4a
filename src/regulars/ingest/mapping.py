"""The editable mapping from a source file to facts, and what is wrong with one, said by its path."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from regulars.core.errors import BadInput, NotFound
from regulars.ingest.expression.times import check_format

Target = Literal["order_lines", "events", "people"]
DEFAULT_MISSING = ("", "NULL", "null", "None", "N/A", "#N/A", "NaN", "nan", "\\N", "-", "--")
MAX_BYTES = 256 * 1024


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SourceSpec(_Part):
    """How the file is written. Empty = find out. missing: cell texts that stand for no value."""

    format: Literal["csv", "excel", "parquet"] | None = None
    encoding: str = ""
    delimiter: str = Field(default="", max_length=1)
    quote: str = Field(default='"', max_length=1)
    sheet: str = ""
    header_row: int = Field(default=1, ge=1, le=1000)
    trim: bool = True
    missing: tuple[str, ...] = DEFAULT_MISSING
    decimal: Literal[".", ","] = "."


class ColumnSpec(_Part):
    """Where a value comes from: one of from (a source column), const, expr. format: of a time written as text."""

    source: str | None = Field(default=None, alias="from")
    const: str | bool | int | float | None = None
    expr: str | None = None
    format: str | tuple[str, ...] = ()

    @property
    def formats(self) -> tuple[str, ...]:
        """The time formats to try, in order."""
        return (self.format,) if isinstance(self.format, str) else self.format

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: object) -> object:
        return {"from": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_way(self) -> ColumnSpec:
        ways = [n for n, v in (("from", self.source), ("const", self.const), ("expr", self.expr)) if v is not None]
        if len(ways) != 1:
            found = " and ".join(ways) or "nothing"
            raise ValueError(f"give exactly one of from, const, expr; found {found}")
        for time_format in self.formats:
            wrong = check_format(time_format)
            if wrong:
                raise ValueError(f"format {time_format!r}: {wrong}")
        return self


class IdentifierSpec(ColumnSpec):
    """An identifier of the row's person. scope: workspace, brand or shop, in which the value is unique."""

    ns: str = Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")
    scope: Literal["workspace", "brand", "shop"] = "workspace"


class ConsentSpec(_Part):
    """A consent that the operator declares for everybody named in the file. basis: shown wherever it is used."""

    channel: str = Field(min_length=1, max_length=50)
    purpose: Literal["marketing", "service", "profiling", "sharing"] = "marketing"
    state: Literal["granted", "withdrawn"] = "granted"
    basis: str = Field(min_length=5, max_length=500)


class SkipSpec(_Part):
    """Rows to leave out on purpose: when the expression holds. They are counted by reason."""

    when: str
    reason: str = Field(default="", max_length=200)


class Mapping(_Part):
    """A whole mapping.

    zone and currency default to the brand's. document: columns that together name the document, instead of
    columns.document_id. max_bad_share: of the first part, above which nothing is imported.
    """

    version: Literal[1] = 1
    name: str = Field(default="", max_length=200)
    target: Target = "order_lines"
    source: SourceSpec = SourceSpec()
    zone: str | None = None
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    document: tuple[str, ...] = Field(default=(), max_length=10)
    columns: dict[str, ColumnSpec] = Field(min_length=1)
    props: dict[str, ColumnSpec] = {}
    identifiers: tuple[IdentifierSpec, ...] = Field(default=(), max_length=20)
    consents: tuple[ConsentSpec, ...] = Field(default=(), max_length=20)
    skip: tuple[SkipSpec, ...] = Field(default=(), max_length=50)
    part_rows: int = Field(default=50_000, ge=100, le=500_000)
    max_bad_share: float = Field(default=0.5, ge=0, le=1)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"{value!r} is not a time zone; write it like Asia/Shanghai") from error
        return value

    @field_validator("document", mode="before")
    @classmethod
    def _one_document(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    def fingerprint(self) -> str:
        """Return a hash of all that decides what a file becomes; the name is left out."""
        body = self.model_dump(mode="json", by_alias=True, exclude={"name"})
        return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def parse_mapping(value: object) -> Mapping:
    """Return the mapping held in JSON-like data. Raises BadInput naming the path of the first bad part."""
    if not isinstance(value, dict):
        raise BadInput("The mapping must be a YAML object with `target` and `columns`.", _HINT, code=_CODE)
    try:
        return Mapping.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"]) or "mapping"
        what = first["msg"].removeprefix("Value error, ")
        more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise BadInput(f"The mapping is wrong at {where}: {what}.{more}", _HINT, code=_CODE, path=where) from error


def load_mapping(text: str) -> Mapping:
    """Return the mapping written as YAML. Raises BadInput with the line of a syntax error, or the path."""
    if len(text.encode()) > MAX_BYTES:
        raise BadInput(f"The mapping is larger than {MAX_BYTES // 1024} KiB.", _HINT, code=_CODE)
    try:
        return parse_mapping(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark: Any = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it is not YAML"
        raise BadInput(f"The mapping cannot be read{line}: {what}.", _HINT, code=_CODE) from error


def read_mapping(path: Path) -> Mapping:
    """Return the mapping of a file. Raises NotFound; BadInput as `load_mapping`."""
    if not path.is_file():
        raise NotFound(f"There is no mapping {path.name} here.", "Write one; the import guide shows how.", code=_CODE)
    return load_mapping(path.read_text(encoding="utf-8-sig"))


def dump_mapping(mapping: Mapping) -> str:
    """Return the mapping as YAML, without what is at its default."""
    body = mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    body = {"version": 1, "target": mapping.target, **body}
    return yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=110)


_CODE = "ingest.bad_mapping"
_HINT = "The import guide shows a whole mapping."
