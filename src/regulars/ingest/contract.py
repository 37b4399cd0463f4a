"""What other rooms may hold of ingest: the ports it hands facts to, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.core.event import Event, Identifier, IdentifierRef
from regulars.core.text import Text

ORDER_LINES = pa.schema(
    [
        ("brand_id", pa.uint16()),
        ("shop", pa.string()),
        ("document_id", pa.string()),
        ("ordinal", pa.uint32()),
        ("kind", pa.string()),
        ("occurred_at", pa.timestamp("ms", tz="UTC")),
        ("business_on", pa.date32()),
        ("item_id", pa.string()),
        ("item_name", pa.string()),
        ("category", pa.string()),
        ("quantity", pa.int64()),
        ("unit_price", pa.decimal128(18, 4)),
        ("amount_fen", pa.int64()),
        ("currency", pa.string()),
        ("store", pa.string()),
        ("region", pa.string()),
        ("refund_of", pa.string()),
        ("origin", pa.string()),
        ("batch_id", pa.string()),
    ]
)
"""Columns of a batch of order lines: the lake's table without suid, version and deleted."""

MENDED_ORDINAL_FROM = 2_000_000_000
"""Ordinals of mended rows whose document was not known when the file was counted: this + row number."""

ScopeKind = Literal["workspace", "brand", "shop"]
JobState = Literal["running", "done", "failed", "cancelled"]
RowState = Literal["open", "fixed", "replayed", "dropped"]


def identifier_scope(kind: ScopeKind, brand_id: int, shop: str = "") -> str:
    """Return the scope text within which an identifier's value is unique, as identity's policies name it."""
    if kind == "workspace":
        return ""
    return str(brand_id) if kind == "brand" else f"{brand_id}:{shop}"


@dataclass(frozen=True, slots=True)
class IdentifierColumn:
    """One namespace's identifiers, row by row beside the batch. values: plain, null = none; scopes: never null."""

    ns: str
    scopes: pa.Array
    values: pa.Array


@dataclass(frozen=True, slots=True)
class ConsentGrant:
    """A consent declared for every identified person of a batch (never for anonymous ones). basis: shown."""

    channel: str
    purpose: str
    state: str
    basis: str


@dataclass(frozen=True, slots=True)
class FactBatch:
    """A sealed part of an import. table: of ORDER_LINES for order lines, empty for events.

    events: aligned with the identifier columns, which alone name their people (their own identifiers are empty);
    origin backfill. token: the same batch always has the same,
    so a batch written twice changes nothing. Lines of kind stock and cash carry no identifier: they are nobody's.
    settled: what the sink keeps between `settle` and `write_part`.
    """

    kind: Literal["order_lines", "events"]
    import_id: int
    token: str
    table: pa.Table
    events: tuple[Event, ...] = ()
    identifiers: tuple[IdentifierColumn, ...] = ()
    consents: tuple[ConsentGrant, ...] = ()
    settled: Any = None

    @property
    def rows(self) -> int:
        """How many facts it holds."""
        return self.table.num_rows if self.kind == "order_lines" else len(self.events)


class Sink(Protocol):
    """Where imported facts go: identity, profiles, state. Boot wires it."""

    def settle(self, ctx: Ctx, batch: FactBatch) -> FactBatch:
        """Decide whose the facts are and keep that; return the batch for `write_part`. The caller commits between.

        What `write_part` puts outside PostgreSQL is not taken back at a crash, so the repeat must find the same people.
        """
        ...

    def write_part(self, ctx: Ctx, batch: FactBatch) -> None:
        """Write a batch, in a transaction that commits with the part's mark.

        May be called again after a crash with the same batch and token, and then must change nothing.
        """
        ...

    def finish(self, ctx: Ctx, import_id: int) -> None:
        """All parts are written: derive what follows from them (state). Idempotent."""
        ...


class IdentifierVault(Protocol):
    """Where plain identifiers are kept. Boot wires identity's."""

    def remember(self, ctx: Ctx, identifiers: Sequence[Identifier]) -> Sequence[IdentifierRef]:
        """Store values encrypted, once each; return their references in the same order."""
        ...


class OrderBook(Protocol):
    """Who knows our orders. Wired by the room that keeps them; asked for the daily comparison with a platform."""

    def paid(self, ctx: Ctx, shop: str, start: datetime, end: datetime) -> Mapping[str, int]:
        """Return a shop's orders paid in [start, end): order -> total in minor units, before refunds."""
        ...


class Progress(Protocol):
    """Told after every part. total: rows, estimated while the file is read; left_s: None while unknown."""

    def __call__(self, done: int, total: int, rate_per_s: float, left_s: float | None) -> None:
        """Show it."""
        ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import came to. unchanged: the same file with the same mapping had been imported before."""

    import_id: int
    state: JobState
    file_name: str
    lines: int
    imported: int
    quarantined: int
    skipped: int
    seconds: float
    unchanged: bool = False
    resumed: bool = False
    kinds: Mapping[str, int] = field(default_factory=dict[str, int])
    message: str = ""


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import as it stands. lines: rows seen so far, the header not counted; kinds: imported rows by kind."""

    id: int
    file_name: str
    target: str
    state: JobState
    lines: int
    imported: int
    quarantined: int
    skipped: int
    message: str
    operation_id: int | None
    started_at: datetime
    seconds: float
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CellReason:
    """Why one cell could not be taken. value: masked if personal."""

    field: str
    value: str
    code: str
    reason: Text


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A source row as it would be imported, or why not."""

    row_no: int
    values: Mapping[str, Any]
    reasons: tuple[CellReason, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a mapping makes of the beginning of a file. rows: how many were looked at.

    samples: by source column, up to three different cells, personal ones masked.
    """

    details: Mapping[str, str]
    columns: tuple[tuple[str, str], ...]
    rows: int
    good: int
    bad: int
    skipped: int
    kinds: Mapping[str, int]
    first: tuple[PreviewRow, ...]
    reasons: Mapping[str, int]
    samples: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A row to fix. fields: its cells, personal ones masked unless unmasked on purpose. import_id 0: from HTTP."""

    id: int
    import_id: int
    source: str
    row_no: int
    state: RowState
    fields: Mapping[str, str]
    reasons: tuple[CellReason, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows to fix that are wrong in the same way. value: as shown in them; rows: how many. import_id 0: from HTTP."""

    import_id: int
    source: str
    field: str
    code: str
    value: str
    rows: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Refused:
    """What was refused of a way in. of: lines or messages read there since then, None = not counted here."""

    from_file: bool
    refused: int
    waiting: int
    of: int | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of the messages of one request. quarantined: ids of rows to fix, with the first reason."""

    accepted: int
    duplicates: int
    quarantined: int
    reasons: tuple[str, ...] = ()
    event_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of rows that were played again."""

    replayed: int
    still_bad: int
    duplicates: int = 0
