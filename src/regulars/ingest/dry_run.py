"""A whole file gone through as an import would, with nothing written but the answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from regulars.ingest import parts
from regulars.ingest.mapping import Mapping
from regulars.ingest.ordinals import OrdinalCounter
from regulars.ingest.plan import Frame, compile_plan, source_kinds
from regulars.ingest.preview import looked_at
from regulars.ingest.readers.opening import open_reader
from regulars.ingest.readers.rows import RowBatch
from regulars.ingest.reasons import explain
from regulars.workspace.api import Task

_EXAMPLES = 5
"""Rows shown of each reason."""


def go_through(task: Task, path: Path, mapping: Mapping) -> dict[str, Any]:
    """Return rows, good, bad, skipped, kinds, reasons (code -> rows) and examples (code -> row_no and words).

    Raises BadInput when mapping and file do not fit.
    """
    with task.ctx() as ctx:
        frame = Frame(ctx.brand_id, ctx.zone, ctx.currency)
    reader = open_reader(path, mapping.source)
    plan = compile_plan(mapping, source_kinds(reader.schema), frame)
    counter = OrdinalCounter()
    totals: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    examples: dict[str, list[dict[str, Any]]] = {}
    for batch in reader.batches(mapping.part_rows):
        part, found = looked_at(plan, batch, counter)
        rows = batch.table.num_rows + len(batch.broken)
        bad = len(part.bad) + len(batch.broken)
        totals.update(rows=rows, bad=bad, good=part.batch.rows, skipped=sum(part.skipped.values()))
        kinds.update(part.kinds)
        reasons.update(found)
        for reason in _in_order(part, batch):
            _keep(examples, reason)
        seen = totals["rows"]
        task.step(seen, seen if batch.read_share >= 1 else round(seen / max(batch.read_share, 1e-6)))
    counts = {name: totals[name] for name in ("rows", "good", "bad", "skipped")}
    return counts | {"kinds": dict(kinds), "reasons": dict(reasons), "examples": examples}


def _in_order(part: parts.Part, batch: RowBatch) -> list[parts.Reason]:
    """Return why rows and lines that are none are bad, in the order of the file."""
    found = [reason for reasons in part.bad.values() for reason in reasons]
    found += [parts.why_broken(line) for line in batch.broken]
    return sorted(found, key=lambda reason: reason["row"])


def _keep(examples: dict[str, list[dict[str, Any]]], reason: parts.Reason) -> None:
    kept = examples.setdefault(reason["code"], [])
    if len(kept) < _EXAMPLES:
        # Without the cell: the answer is kept with the task, and the cell may be personal. A number of cells is not.
        value = reason["value"] if reason["code"] == "ragged" else ""
        text = explain(reason["code"], row=reason["row"], field=reason["field"], value=value)
        kept.append({"row_no": reason["row"], "zh": " ".join(text.zh.split()), "en": " ".join(text.en.split())})
