"""A sink that keeps what it is given, by natural key as the lake does, for tests of ingest alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.event import Identifier, IdentifierRef
from regulars.infra.crypto import vault
from regulars.ingest.contract import FactBatch


@dataclass
class RecordingSink:
    """lines: by (shop, document, ordinal). fail_at: write_part calls that raise, counted from 1."""

    lines: dict[tuple[str, str, int], dict[str, Any]] = field(default_factory=dict)
    people: dict[tuple[str, str, int], dict[str, str]] = field(default_factory=dict)
    events: dict[Any, Any] = field(default_factory=dict)
    event_people: list[dict[str, str]] = field(default_factory=list)
    tokens: Counter[str] = field(default_factory=Counter)
    batches: list[FactBatch] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    fail_at: frozenset[int] = frozenset()
    calls: int = 0

    def settle(self, ctx: Ctx, batch: FactBatch) -> FactBatch:
        return batch

    def write_part(self, ctx: Ctx, batch: FactBatch) -> None:
        self.calls += 1
        if self.calls in self.fail_at:
            raise ConnectionError("the lake is gone")
        self.tokens[batch.token] += 1
        self.batches.append(batch)
        named = [
            {c.ns: v for c in batch.identifiers if (v := c.values[i].as_py()) is not None} for i in range(batch.rows)
        ]
        for place, row in enumerate(batch.table.to_pylist()):
            key = (row["shop"], row["document_id"], row["ordinal"])
            self.lines[key] = row
            self.people[key] = named[place]
        for event in batch.events:
            self.events[event.id] = event
        self.event_people += named if batch.kind == "events" else []

    def finish(self, ctx: Ctx, import_id: int) -> None:
        self.finished.append(import_id)


@dataclass
class RecordingVault:
    """Gives references as the vault would, and keeps the values."""

    values: list[Identifier] = field(default_factory=list)

    def remember(self, ctx: Ctx, identifiers: Any) -> list[IdentifierRef]:
        self.values += identifiers
        return [IdentifierRef(i.ns, i.scope, vault().blind_index(i.ns, i.scope, i.value)) for i in identifiers]
