"""What a mapping would make of the beginning of a file; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.infra.crypto import mask
from regulars.ingest import parts
from regulars.ingest.contract import CellReason, Preview, PreviewRow
from regulars.ingest.draft import guess_columns
from regulars.ingest.expression.kernels import pc
from regulars.ingest.mapping import Mapping
from regulars.ingest.ordinals import OrdinalCounter
from regulars.ingest.plan import Frame, Plan, compile_plan, source_kinds
from regulars.ingest.readers.opening import open_reader
from regulars.ingest.readers.rows import RowBatch
from regulars.ingest.reasons import explain

_LOOKED_AT = 2_000
_SHOWN = 20
_SAMPLES = 3
_PERSONAL = ("phone", "email", "name", "birthday")
_RECORDED_AT = datetime(2000, 1, 1, tzinfo=UTC)


def preview(ctx: Ctx, path: Path, mapping: Mapping) -> Preview:
    """Return the first rows as they would be imported, reasons of bad ones, and counts by kind over 2,000 rows.

    Raises: BadInput when mapping and file do not fit, NotFound when there is no file.
    """
    reader = open_reader(path, mapping.source)
    plan = compile_plan(mapping, source_kinds(reader.schema), Frame(ctx.brand_id, ctx.zone, ctx.currency))
    columns = tuple((n, str(k)) for n, k in plan.kinds.items())
    batch = next(iter(reader.batches(_LOOKED_AT)), None)
    if batch is None:
        return Preview(reader.details, columns, 0, 0, 0, 0, {}, (), {}, {})
    part, reasons = looked_at(plan, batch, OrdinalCounter())
    return Preview(
        details=reader.details, columns=columns, rows=batch.table.num_rows + len(batch.broken),
        good=part.batch.rows, bad=len(part.bad) + len(batch.broken), skipped=sum(part.skipped.values()),
        kinds=part.kinds, first=_first(plan, batch, part), reasons=dict(reasons),
        samples=samples(batch.table, personal_columns(mapping, batch.table.column_names)),
    )  # fmt: skip


def looked_at(plan: Plan, batch: RowBatch, counter: OrdinalCounter) -> tuple[parts.Part, Counter[str]]:
    """Return what rows would become, and how often each reason keeps one back; nothing is written."""
    keys = parts.document_keys_of(plan, batch.table)
    ordinals = counter.number(keys) if keys is not None else None
    rows = parts.Rows(batch.table, batch.row_nos, ordinals)
    part = parts.seal(plan, rows, parts.Seal(0, "preview", "0" * 16, _RECORDED_AT))
    reasons = Counter(r["code"] for found in part.bad.values() for r in found)
    reasons.update(b.code for b in batch.broken)
    return part, reasons


def samples(table: pa.Table, personal: AnyMapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return up to three different cells of each column. personal: column -> namespace by which it is masked."""
    found: dict[str, tuple[str, ...]] = {}
    for name in table.column_names:
        cells = pc.unique(table.column(name).drop_null().slice(0, _LOOKED_AT)).slice(0, _SAMPLES).to_pylist()
        texts = (str(_plain(cell)) for cell in cells)
        found[name] = tuple(mask(personal[name], t) if name in personal else t for t in texts)
    return found


def personal_columns(mapping: Mapping | None, names: Sequence[str]) -> dict[str, str]:
    """Return the columns that hold personal data, by the mapping or by their names, with the namespace to mask by."""
    guessed = guess_columns(names)
    found = {guessed[field]: field for field in _PERSONAL if field in guessed}
    if mapping is not None:
        found |= {c.source: n for n, c in mapping.columns.items() if c.source and n in _PERSONAL}
        found |= {i.source: i.ns for i in mapping.identifiers if i.source and i.ns in _PERSONAL}
    return found


def _first(plan: Plan, batch: RowBatch, part: parts.Part) -> tuple[PreviewRow, ...]:
    """Return the first good rows mapped, then the first bad ones with their reasons."""
    bad = [
        PreviewRow(batch.row_nos[i].as_py(), {}, tuple(_reason(r) for r in part.bad[i]))
        for i in sorted(part.bad)[:_SHOWN]
    ]
    bad += [PreviewRow(b.row_no, {}, (_reason(parts.why_broken(b)),)) for b in batch.broken[:_SHOWN]]
    return (*_good(plan, batch, part), *sorted(bad, key=lambda row: row.row_no)[:_SHOWN])


def _good(plan: Plan, batch: RowBatch, part: parts.Part) -> list[PreviewRow]:
    computed = plan.compute(batch.table)
    kept = [
        i for i, (active, bad) in enumerate(zip(computed.active.to_pylist(), computed.bad.to_pylist(), strict=True))
        if active and not bad and i not in part.bad
    ]  # fmt: skip
    first: list[PreviewRow] = []
    for place, index in enumerate(kept[:_SHOWN]):
        values: dict[str, Any] = (
            {n: _plain(v) for n, v in part.batch.table.slice(place, 1).to_pylist()[0].items()}
            if part.batch.kind == "order_lines"
            else _event(part, place)
        )
        for identifier in part.batch.identifiers:
            value = identifier.values[place].as_py()
            if value is not None:
                values[f"identifier.{identifier.ns}"] = mask(identifier.ns, value)
        first.append(PreviewRow(batch.row_nos[index].as_py(), values, ()))
    return first


def _event(part: parts.Part, place: int) -> dict[str, Any]:
    event = part.batch.events[place]
    shown = {n: v for n, v in event.props.items() if n != "sealed"}
    return {"type": event.type, "occurred_at": event.occurred_at.isoformat(), **shown}


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _reason(reason: dict[str, Any]) -> CellReason:
    text = explain(reason["code"], row=reason["row"], field=reason["field"], value=reason["value"])
    return CellReason(reason["field"], reason["value"], reason["code"], text)
