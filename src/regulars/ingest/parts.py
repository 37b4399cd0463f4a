"""From computed rows to a sealed part: facts to write, and rows to fix."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from regulars.core.clock import business_day
from regulars.core.ctx import Ctx
from regulars.infra.crypto import mask, vault
from regulars.ingest import store
from regulars.ingest.contract import MENDED_ORDINAL_FROM, ORDER_LINES, ConsentGrant, FactBatch, IdentifierColumn
from regulars.ingest.events import events_of
from regulars.ingest.expression.kernels import pc
from regulars.ingest.expression.zones import business_days
from regulars.ingest.plan import Computed, Plan
from regulars.ingest.readers.delimited import shown
from regulars.ingest.readers.rows import BrokenRow
from regulars.ingest.store import NewQuarantine

_SHOWN = 80
Reason = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows on their way. ordinals: places known from the file, null where not; only order lines have them."""

    table: pa.Table
    row_nos: pa.Array
    ordinals: pa.Array | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """What belongs to the whole part."""

    import_id: int
    token: str
    file_hash: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A sealed part. bad: index in the source table and reasons of each row to fix."""

    batch: FactBatch
    bad: dict[int, list[Reason]]
    skipped: dict[str, int]
    kinds: dict[str, int]


def seal(plan: Plan, rows: Rows, how: Seal) -> Part:
    """Compute a part. Rows with a problem are left to `quarantined`; nothing is written here."""
    computed = plan.compute(rows.table)
    bad = reasons_by_row(plan, computed, rows.row_nos)
    good = pc.and_(computed.active, pc.invert(computed.bad))
    consents = tuple(ConsentGrant(c.channel, c.purpose, c.state, c.basis) for c in plan.mapping.consents)
    if plan.mapping.target == "order_lines":
        table = _lines(plan, computed, rows, how.import_id).filter(good)
        identifiers = _identifiers(plan, computed, good)
        kinds = {p["values"]: p["counts"] for p in pc.value_counts(table.column("kind")).to_pylist()}
        batch = FactBatch("order_lines", how.import_id, how.token, table, (), identifiers, consents)
        return Part(batch, bad, computed.skipped, kinds)
    made = events_of(plan, computed, good, (rows.row_nos, how.file_hash, how.recorded_at))
    bad |= made.refused
    kept = pc.and_(good, pa.array([i not in made.refused for i in range(len(good))], pa.bool_()))
    identifiers = (*_identifiers(plan, computed, kept), *made.identifiers)
    kinds = dict[str, int]()
    for event in made.events:
        kinds[event.type] = kinds.get(event.type, 0) + 1
    batch = FactBatch("events", how.import_id, how.token, ORDER_LINES.empty_table(), made.events, identifiers, consents)
    return Part(batch, bad, computed.skipped, kinds)


def _lines(plan: Plan, computed: Computed, rows: Rows, import_id: int) -> pa.Table:
    values, frame, length = computed.values, plan.frame, rows.table.num_rows

    def same(value: str | int | Decimal, kind: pa.DataType) -> pa.Array:
        return pa.repeat(pa.scalar(value, kind), length)

    mended = pc.add(rows.row_nos, MENDED_ORDINAL_FROM)
    ordinals = mended if rows.ordinals is None else pc.coalesce(rows.ordinals, mended)
    columns = dict(values)
    columns["amount_fen"] = values["amount_fen"] if "amount_fen" in values else values["amount"]
    columns |= {
        "brand_id": same(frame.brand_id, pa.uint16()),
        "ordinal": ordinals.cast(pa.uint32(), safe=False),
        "business_on": business_days(values["occurred_at"], frame.zone),
        "currency": same(frame.currency, pa.string()),
        "origin": same("backfill", pa.string()),
        "batch_id": same(f"import-{import_id}", pa.string()),
    }
    columns.setdefault("unit_price", same(Decimal(0), ORDER_LINES.field("unit_price").type))
    columns["occurred_at"] = values["occurred_at"].cast(pa.timestamp("ms", tz="UTC"), safe=False)
    return pa.table([columns[f.name] for f in ORDER_LINES], schema=ORDER_LINES)


def _identifiers(plan: Plan, computed: Computed, good: pa.Array) -> tuple[IdentifierColumn, ...]:
    shops = computed.values["shop"].filter(good)
    return tuple(
        IdentifierColumn(bound.spec.ns, plan.scopes(bound.spec, shops), values.filter(good))
        for bound, values in zip(plan.identifiers, computed.identifiers, strict=True)
    )


def reasons_by_row(plan: Plan, computed: Computed, row_nos: pa.Array) -> dict[int, list[Reason]]:
    """Return for each bad row (index) why, JSON-safe; personal cells are masked, no cell is longer than 80."""
    personal = plan.personal_columns()
    found: dict[int, list[Reason]] = {}
    for problem in computed.problems:
        where = pc.indices_nonzero(problem.where)
        cells = problem.shown.take(where).to_pylist() if problem.shown is not None else [None] * len(where)
        for index, cell in zip(where.to_pylist(), cells, strict=True):
            value = shown(cell or "")[:_SHOWN]
            if problem.field in personal:
                value = mask(personal[problem.field], value)
            reason = {"field": problem.field, "value": value, "code": problem.code, "row": row_nos[index].as_py()}
            if reason not in found.setdefault(index, []):
                found[index].append(reason)
    return found


def quarantined(brand_id: int, import_id: int, rows: Rows, keys: pa.Array | None, part: Part) -> list[NewQuarantine]:
    """Return the bad rows of a part, encrypted. keys: document keys of all rows, None where there are none."""
    indices = sorted(part.bad)
    if not indices:
        return []
    taken = rows.table.take(pa.array(indices, pa.int64()))
    names = taken.column_names
    cells = zip(*(raw_text(taken.column(n).combine_chunks()).to_pylist() for n in names), strict=True)
    kept: list[NewQuarantine] = []
    for index, row in zip(indices, cells, strict=True):
        row_no: int = rows.row_nos[index].as_py()
        key: str | None = keys[index].as_py() if keys is not None else None
        ordinal = rows.ordinals[index].as_py() if rows.ordinals is not None else None
        fields = {n: c for n, c in zip(names, row, strict=True) if c is not None}
        kept.append(
            NewQuarantine(
                "file", row_no, ordinal, document_hash(key), part.bad[index],
                locked(brand_id, import_id, row_no, {"fields": fields}),
            )
        )  # fmt: skip
    return kept


def broken_rows(
    brand_id: int, import_id: int, columns: Sequence[str], broken: Sequence[BrokenRow]
) -> list[NewQuarantine]:
    """Return lines that never became rows, encrypted, their pieces put under the columns in order."""
    kept: list[NewQuarantine] = []
    for row in broken:
        fields = dict(zip(columns, row.cells, strict=False))
        payload = {"fields": fields, "extra": list(row.cells[len(columns) :])}
        sealed = locked(brand_id, import_id, row.row_no, payload)
        kept.append(NewQuarantine("file", row.row_no, None, "", [why_broken(row)], sealed))
    return kept


def why_broken(row: BrokenRow) -> Reason:
    """Return why a line never became a row."""
    value = str(len(row.cells)) if row.code == "ragged" else ""
    return {"field": "", "value": value, "code": row.code, "row": row.row_no}


def unrepeated(ctx: Ctx, plan: Plan, batch: FactBatch) -> FactBatch:
    """Return an events batch without events whose own id (source_id) came before, in this file or another.

    Ids are remembered for 30 days, in the caller's transaction. Other batches are returned as they are.
    """
    if batch.kind != "events" or "source_id" not in plan.mapping.columns:
        return batch
    seen_on = business_day(ctx.clock.system_now(), "UTC")
    new: dict[str, set[str]] = {}
    for source in {e.source for e in batch.events}:
        ids = {e.source_id for e in batch.events if e.source == source}
        new[source] = ids - store.seen(ctx.tx, ctx.brand_id, source, sorted(ids), seen_on)
    kept: list[int] = []
    for place, event in enumerate(batch.events):
        if event.source_id in new[event.source]:
            new[event.source].discard(event.source_id)
            kept.append(place)
    where = pa.array(kept, pa.int64())
    columns = tuple(IdentifierColumn(c.ns, c.scopes.take(where), c.values.take(where)) for c in batch.identifiers)
    return replace(batch, events=tuple(batch.events[i] for i in kept), identifiers=columns)


def raw_text(array: pa.Array) -> pa.Array:
    """Return source cells as text that the same mapping reads to the same values."""
    kind = array.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        naive = array.cast(pa.timestamp("us", tz="UTC"), safe=False).cast(pa.timestamp("us"))
        return pc.binary_join_element_wise(naive.cast(pa.string()), "Z", "")
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.string())
    return array.cast(pa.string())


def document_hash(key: str | None) -> str:
    """Return a short hash of a document key, "" for none."""
    return hashlib.sha256(key.encode()).hexdigest()[:32] if key else ""


def locked(brand_id: int, import_id: int, row_no: int, payload: Mapping[str, Any]) -> bytes:
    """Encrypt a row; it can only be opened as this row of this import."""
    text = json.dumps(payload, default=str)
    return vault().encrypt(text, f"quarantine:{brand_id}:{import_id}:{row_no}")


def unlocked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload of a quarantine row."""
    context = f"quarantine:{row['brand_id']}:{row['import_id']}:{row['row_no']}"
    return json.loads(vault().decrypt(row["payload"], context))


def document_keys_of(plan: Plan, computed_table: pa.Table) -> pa.Array | None:
    """Return document keys for targets that number lines, None for others."""
    return plan.document_keys(computed_table) if plan.mapping.target == "order_lines" else None
