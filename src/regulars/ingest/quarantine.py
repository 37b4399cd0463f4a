"""Rows to fix: look at them, mend them, play them again through the same mapping."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.infra.crypto import mask
from regulars.ingest import parts, store
from regulars.ingest.accept import SOURCE, Delivery, accept, understood
from regulars.ingest.contract import CellReason, FactBatch, Group, IdentifierVault, QuarantineRow, Replayed, Sink
from regulars.ingest.facts import Refused
from regulars.ingest.mapping import parse_mapping
from regulars.ingest.plan import Frame, Plan, compile_plan
from regulars.ingest.reasons import explain

OPEN = ("open", "fixed")
MOST_AT_ONCE = 5_000
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def listed(ctx: Ctx, *, import_id: int | None, after: int, states: Sequence[str], limit: int) -> list[QuarantineRow]:
    """Return rows to fix without their cells, in order of id."""
    rows = store.quarantine(ctx.tx, ctx.brand_id, import_id=import_id, after=after, states=states or OPEN, limit=limit)
    return [_row(r, {}) for r in rows]


def opened(ctx: Ctx, row_id: int, *, unmask: bool) -> QuarantineRow:
    """Return one row with its cells. unmask: personal ones in plain; the caller checks the permission and audits."""
    row = _one(ctx, row_id)
    return _row(row, _cells(ctx, row, unmask=unmask, plans={}))


def fix(ctx: Ctx, row_id: int, fields: Mapping[str, str]) -> None:
    """Change cells of a row; others stay. For messages, fields are dotted paths such as properties.total.

    Raises: NotFound; BadInput for a column that the file does not have, or a row that is no longer open.
    """
    _mend(ctx, [_one(ctx, row_id)], fields)


def _mend(ctx: Ctx, rows: Sequence[Mapping[str, Any]], fields: Mapping[str, str]) -> None:
    if any(row["state"] not in OPEN for row in rows):
        raise BadInput("This row is no longer waiting to be fixed.", "Look at the list again.")
    for import_id in {row["import_id"] for row in rows} - {0}:
        known = {n for n, _ in _job(ctx, import_id)["source_columns"]}
        for name in fields:
            if name not in known:
                raise BadInput(f"The file has no column {name!r}.", f"Its columns are: {', '.join(sorted(known))}.")
    store.keep_mended(ctx.tx, {row["id"]: _mended(row, fields) for row in rows}, ctx.clock.system_now())


def _mended(row: Mapping[str, Any], fields: Mapping[str, str]) -> bytes:
    payload = parts.unlocked(row)
    if row["import_id"]:
        payload["fields"] = {**payload["fields"], **fields}
        payload["extra"] = []
    else:
        if not isinstance(payload["message"], dict):
            payload["message"] = {}
        for path, value in fields.items():
            _put(payload["message"], path.split("."), value)
    return parts.locked(row["brand_id"], row["import_id"], row["row_no"], payload)


def groups(ctx: Ctx, limit: int) -> list[Group]:
    """Return what is wrong with the rows that wait, the commonest first."""
    return [
        Group(
            r["import_id"], r["source"], r["field"], r["code"], r["value"], r["rows"],
            explain(r["code"], row=0, field=r["field"], value=r["value"], of_many=True),
        )
        for r in store.quarantine_groups(ctx.tx, ctx.brand_id, limit)
    ]  # fmt: skip


def ids_of(ctx: Ctx, wanted: Mapping[str, Any]) -> list[int]:
    """Return the waiting rows of a group, at most 5,000. wanted: import_id, source, field, code, value.

    None: any source, any value.
    """
    return store.quarantine_ids(ctx.tx, ctx.brand_id, dict(wanted), MOST_AT_ONCE)


def replace(ctx: Ctx, ids: Sequence[int], field: str, value: str) -> None:
    """Write one value into a field of many rows. Raises as `fix`."""
    _mend(ctx, store.quarantine_rows(ctx.tx, ctx.brand_id, ids), {field: value})


def replay(ctx: Ctx, ids: Sequence[int], sink: Sink, vault: IdentifierVault) -> Replayed:
    """Play rows again in the caller's transaction; those still bad stay with their new reasons.

    ids: at most 5,000. A row keeps its number and its place within its document, so that it fits in where it was
    missing; the same rows again change nothing.
    """
    if len(ids) > MOST_AT_ONCE:
        raise BadInput(f"At most {MOST_AT_ONCE} rows can be replayed at once.", "Replay them in several goes.")
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in store.quarantine_rows(ctx.tx, ctx.brand_id, ids):
        if row["state"] in OPEN:
            groups[row["import_id"]].append(row)
    replayed = still = duplicates = 0
    for import_id, rows in groups.items():
        done = _replay_messages(ctx, rows, vault) if import_id == 0 else _replay_import(ctx, import_id, rows, sink)
        replayed, still, duplicates = replayed + done.replayed, still + done.still_bad, duplicates + done.duplicates
    return Replayed(replayed, still, duplicates)


def drop(ctx: Ctx, ids: Sequence[int]) -> int:
    """Give rows up; they stay on record as dropped. Returns how many."""
    return store.set_quarantine_state(ctx.tx, ctx.brand_id, ids, "dropped", ctx.clock.system_now())


def take_back(ctx: Ctx, ids: Sequence[int]) -> int:
    """Let rows that were given up wait again. Returns how many."""
    return store.reopen_dropped(ctx.tx, ctx.brand_id, ids, ctx.clock.system_now())


def counts(ctx: Ctx, import_id: int | None) -> dict[str, int]:
    """Return how many rows are in which state."""
    return store.quarantine_counts(ctx.tx, ctx.brand_id, import_id)


def export_csv(ctx: Ctx, *, import_id: int | None, unmask: bool) -> Iterator[str]:
    """Yield the rows to fix as CSV text: row number, reasons in both languages, then their cells."""
    plans: dict[int, Plan] = {}
    names = _export_columns(ctx, import_id)
    yield "\ufeff" + _csv_line(["id", "import_id", "row", "reason_zh", "reason_en", *names])
    after = 0
    while rows := store.quarantine(ctx.tx, ctx.brand_id, import_id=import_id, after=after, states=OPEN, limit=500):
        for raw in rows:
            row = _row(raw, _cells(ctx, raw, unmask=unmask, plans=plans))
            why = ["; ".join(r.reason[lang] for r in row.reasons) for lang in ("zh", "en")]
            cells = (
                [row.fields.get(n, "") for n in names] if names else [json.dumps(dict(row.fields), ensure_ascii=False)]
            )
            yield _csv_line([str(row.id), str(row.import_id), str(row.row_no), *why, *cells])
        after = rows[-1]["id"]


def _export_columns(ctx: Ctx, import_id: int | None) -> list[str]:
    return [n for n, _ in _job(ctx, import_id)["source_columns"]] if import_id else []


def _csv_line(cells: Iterable[str]) -> str:
    # A cell that a spreadsheet would run as a formula is kept as text.
    safe = [f"'{c}" if c.startswith(_DANGEROUS) and not _is_number(c) else c for c in cells]
    out = io.StringIO()
    csv.writer(out).writerow(safe)
    return out.getvalue()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _one(ctx: Ctx, row_id: int) -> dict[str, Any]:
    rows = store.quarantine_rows(ctx.tx, ctx.brand_id, [row_id])
    if not rows:
        raise NotFound(f"There is no row {row_id} to fix.", "It may belong to another brand.")
    return rows[0]


def _job(ctx: Ctx, import_id: int) -> dict[str, Any]:
    found = store.job(ctx.tx, ctx.brand_id, import_id)
    if found is None:
        raise NotFound(f"There is no import {import_id}.", "It may belong to another brand.")
    return found


def _row(row: Mapping[str, Any], cells: Mapping[str, str]) -> QuarantineRow:
    reasons = tuple(
        CellReason(
            r["field"], r["value"], r["code"], explain(r["code"], row=r["row"], field=r["field"], value=r["value"])
        )
        for r in row["reasons"]
    )
    return QuarantineRow(row["id"], row["import_id"], row["source"], row["row_no"], row["state"], cells, reasons)


def _cells(ctx: Ctx, row: Mapping[str, Any], *, unmask: bool, plans: dict[int, Plan]) -> dict[str, str]:
    payload = parts.unlocked(row)
    if not row["import_id"]:
        flat = dict(_flat("", payload["message"]))
        return flat if unmask else {n: mask("", v) if _may_be_personal(n) else v for n, v in flat.items()}
    fields = {n: parts.shown(v) for n, v in payload["fields"].items() if v is not None}
    if unmask:
        return fields
    if row["import_id"] not in plans:
        plans[row["import_id"]] = _plan(ctx, row["import_id"])
    plan = plans[row["import_id"]]
    personal, shifted = plan.personal_columns(), any(r["code"] in {"ragged", "quote", "nul"} for r in row["reasons"])
    # A column that the mapping does not read may hold anything, and in a torn line so may every column.
    return {
        n: v if n in plan.used and n not in personal and not shifted else mask(personal.get(n, ""), v)
        for n, v in fields.items()
    }


def _may_be_personal(path: str) -> bool:
    return path not in {"type", "event", "messageId", "timestamp", "sentAt", "originalTimestamp"}


def _plan(ctx: Ctx, import_id: int) -> Plan:
    job = _job(ctx, import_id)
    frame = Frame(ctx.brand_id, ctx.zone, ctx.currency)
    return compile_plan(parse_mapping(job["mapping"]), {n: k for n, k in job["source_columns"]}, frame)


def _replay_import(ctx: Ctx, import_id: int, rows: Sequence[dict[str, Any]], sink: Sink) -> Replayed:
    job, plan = _job(ctx, import_id), _plan(ctx, import_id)
    names = [n for n, _ in job["source_columns"]]
    payloads = [parts.unlocked(r) for r in rows]
    table = pa.table([pa.array([p["fields"].get(n) for p in payloads], pa.string()) for n in names], names=names)
    ordinals = None
    keys = parts.document_keys_of(plan, table)
    if keys is not None:
        same = [
            parts.document_hash(k) == r["document_hash"] and bool(k)
            for k, r in zip(keys.to_pylist(), rows, strict=True)
        ]
        ordinals = pa.array([r["ordinal"] if s else None for r, s in zip(rows, same, strict=True)], pa.int64())
    ready = parts.Rows(table, pa.array([r["row_no"] for r in rows], pa.int64()), ordinals)
    token = f"import-{import_id}-replay-{_content(rows, payloads)}"
    part = parts.seal(plan, ready, parts.Seal(import_id, token, job["file_hash"], job["started_at"]))
    now = ctx.clock.system_now()
    for index, reasons in part.bad.items():
        store.set_quarantine(ctx.tx, rows[index]["id"], {"state": "open", "reasons": reasons, "now": now})
    good = [r["id"] for i, r in enumerate(rows) if i not in part.bad]
    if good:
        facts = parts.unrepeated(ctx, plan, _settled(ctx, part.batch, good, sink))
        if facts.rows:
            sink.write_part(ctx, facts)
        store.set_quarantine_state(ctx.tx, ctx.brand_id, good, "replayed", now)
        numbers = [r["row_no"] for r in rows]
        store.add_part(ctx.tx, {
            "import_id": import_id, "no": store.next_replay_no(ctx.tx, import_id), "origin": "replay",
            "row_from": min(numbers), "row_to": max(numbers) + 1,
            "lines": 0, "imported": facts.rows, "quarantined": 0, "skipped": sum(part.skipped.values()),
            "kinds": part.kinds, "now": now,
        })  # fmt: skip
        sink.finish(ctx, import_id)
    return Replayed(len(good), len(part.bad))


def _settled(ctx: Ctx, batch: FactBatch, ids: Sequence[int], sink: Sink) -> FactBatch:
    """Keep whose the facts are before they leave PostgreSQL, as the importer does; then hold the rows again."""
    settled = sink.settle(ctx, batch)
    ctx.tx.commit()
    held = store.quarantine_rows(ctx.tx, ctx.brand_id, ids)
    if not all(row["state"] in OPEN for row in held):
        raise Conflict("Somebody else is replaying these rows.", "Look at the list again.", code="quarantine.busy")
    return settled


def _content(rows: Sequence[Mapping[str, Any]], payloads: Sequence[Mapping[str, Any]]) -> str:
    body = json.dumps([[r["id"], p] for r, p in zip(rows, payloads, strict=True)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:24]


def _replay_messages(ctx: Ctx, rows: Sequence[dict[str, Any]], vault: IdentifierVault) -> Replayed:
    replayed = still = duplicates = 0
    now = ctx.clock.system_now()
    for row in rows:
        payload = parts.unlocked(row)
        received_at = datetime.fromisoformat(payload["received_at"])
        delivery = Delivery(
            [payload["message"]],
            payload["type"],
            received_at=received_at,
            source=payload.get("source", SOURCE),
            history=payload.get("history", False),
        )
        try:
            understood(ctx, payload["message"], delivery, received_at)
        except Refused as error:
            known = [{"field": f, "value": w, "code": "invalid", "row": row["row_no"]} for f, w in error.reasons]
            store.set_quarantine(ctx.tx, row["id"], {"state": "open", "reasons": known, "now": now})
            still += 1
            continue
        done = accept(ctx, delivery, vault)
        replayed += done.accepted
        duplicates += done.duplicates
        store.set_quarantine(ctx.tx, row["id"], {"state": "replayed", "now": now})
    return Replayed(replayed, still, duplicates)


def _flat(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flat(f"{prefix}.{place}", inner)
    elif value is not None:
        yield prefix, str(value)


def _put(place: Any, steps: Sequence[str], value: str) -> None:  # noqa: ANN401 - JSON
    """Set a value deep in a message; objects on the way are made, list items are not."""
    key: Any = steps[0]
    if isinstance(place, list):
        key = int(key) if key.isdigit() else len(place)
        if key >= len(place):
            raise BadInput(f"The message has no item {steps[0]!r} there.", "Open the row to see its fields.")
    if len(steps) == 1:
        # Text is read as a number or time where one is expected; only lists and objects must be JSON.
        place[key] = _json(value) if value.startswith(("[", "{")) else value
        return
    if isinstance(place, dict) and not isinstance(place.get(key), dict | list):
        place[key] = {}
    if not isinstance(place[key], dict | list):
        raise BadInput(f"{steps[0]!r} holds a single value in this message.", "Open the row to see its fields.")
    _put(place[key], steps[1:], value)


def _json(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError as error:
        raise BadInput(f"This value is not valid JSON: {error}.", "Check brackets and quotes.") from error
