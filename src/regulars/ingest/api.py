"""The door of ingest."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from regulars.core.clock import business_day
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, NotFound, Unavailable
from regulars.infra import jobs as infra_jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.infra.files import files
from regulars.ingest import accept as accepting
from regulars.ingest import importer, store
from regulars.ingest import quarantine as rows
from regulars.ingest.accept import Delivery
from regulars.ingest.body import MAX_BATCH_BYTES, MAX_BATCH_MESSAGES, MAX_MESSAGE_BYTES, read_json, too_large
from regulars.ingest.contract import (
    Accepted,
    Group,
    IdentifierVault,
    ImportJob,
    ImportReport,
    Preview,
    Progress,
    QuarantineRow,
    Refused,
    Replayed,
    Sink,
)
from regulars.ingest.draft import draft_mapping
from regulars.ingest.facts import Tracked, payload_class, unseal
from regulars.ingest.mapping import Mapping as FileMapping
from regulars.ingest.mapping import dump_mapping, load_mapping, parse_mapping, read_mapping
from regulars.ingest.pressure import Gate, Limits, pressure
from regulars.ingest.preview import preview as preview_file
from regulars.workspace import api as workspace

__all__ = [
    "MAX_BATCH_BYTES",
    "MAX_BATCH_MESSAGES",
    "MAX_MESSAGE_BYTES",
    "Delivery",
    "FileMapping",
    "Limits",
    "Tracked",
    "accept",
    "admit",
    "draft_mapping",
    "drop_rows",
    "dump_mapping",
    "export_rows",
    "fix_row",
    "forget_messages",
    "forget_uploads",
    "gate",
    "groups",
    "identifier_vault",
    "ids_of_group",
    "import_job",
    "import_jobs",
    "load_mapping",
    "parse_mapping",
    "payload_class",
    "place",
    "preview",
    "quarantine",
    "quarantine_counts",
    "quarantine_row",
    "read_json",
    "read_mapping",
    "refusal",
    "refused",
    "replace_value",
    "replay_rows",
    "resume",
    "run_import",
    "run_uploaded",
    "sink",
    "start_upload",
    "state",
    "too_large",
    "unseal",
    "wire",
]

REMEMBER_MESSAGES_DAYS = 30
KEEP_UPLOADS_DAYS = 7
"""How long an uploaded file whose import failed or was cancelled is kept; one that is imported goes at once."""
IMPORT_JOB, CHECK_JOB = "ingest.import", "ingest.check"


@dataclass(slots=True)
class _Ports:
    sink: Sink | None = None
    vault: IdentifierVault | None = None
    gate: Gate = field(default_factory=lambda: Gate(Limits()))


_ports = _Ports()


def wire(
    *,
    sink: Sink | None = None,
    vault: IdentifierVault | None = None,
    limits: Limits | None = None,
) -> None:
    """Connect the ports (boot, tests); those not given stay as they are."""
    _ports.gate = Gate(limits) if limits else _ports.gate
    _ports.sink = sink or _ports.sink
    _ports.vault = vault or _ports.vault


def sink() -> Sink:
    """Return where imported facts go. Raises Unavailable before boot has connected it."""
    if _ports.sink is None:
        raise Unavailable("Nothing is connected that could take imported facts.", "This is a fault of the setup.")
    return _ports.sink


def identifier_vault() -> IdentifierVault:
    """Return where plain identifiers are kept. Raises Unavailable before boot has connected it."""
    if _ports.vault is None:
        raise Unavailable("Nothing is connected that could keep identifiers.", "This is a fault of the setup.")
    return _ports.vault


def run_import(
    db: Database,
    make_ctx: MakeCtx,
    path: Path,
    mapping: FileMapping,
    *,
    brand_id: int,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file in sealed parts, each committed with its mark; go on where an earlier run stopped.

    The same file with the same mapping again changes nothing and says so. Raises: BadInput before anything is
    written when file and mapping do not fit; Conflict while another process imports it.
    """
    house = importer.House(db, make_ctx, brand_id, sink())
    return importer.run_import(house, importer.Source(path, mapping), progress)


def resume(
    db: Database, make_ctx: MakeCtx, import_id: int, path: Path, *, brand_id: int, progress: Progress | None = None
) -> ImportReport:
    """Go on with an import by its id, with the mapping it was begun with.

    Raises: NotFound; BadInput when the file at `path` is not the one that was begun.
    """
    with db.tx() as tx:
        job = _job(make_ctx(tx, brand_id), import_id)
    if importer.hash_file(path) != job["file_hash"]:
        raise BadInput(f"{path.name} is not the file of import {import_id}.", f"It was begun with {job['file_name']}.")
    mapping = parse_mapping(job["mapping"])
    return run_import(db, make_ctx, path, mapping, brand_id=brand_id, progress=progress)


def start_upload(ctx: Ctx, path: Path, name: str, mapping: FileMapping) -> int:
    """Keep an uploaded file encrypted and queue its import; return the id of the long task. Audited.

    Raises: BadInput when file and mapping do not fit, before anything is kept.
    """
    preview_file(ctx, path, mapping)
    with path.open("rb") as stream:
        kept = files().put(name, stream)
    operation = workspace.start_operation(ctx, "import", name, unit="rows", payload={"file_id": str(kept.id)})
    payload = {
        "file_id": str(kept.id),
        "name": name,
        "operation_id": operation.id,
        "mapping": mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    }
    infra_jobs.enqueue(ctx, IMPORT_JOB, payload, key=str(kept.id))
    workspace.audit(ctx, "import.started", "operation", operation.id, after={"file": name, "bytes": kept.size_bytes})
    return operation.id


def run_uploaded(db: Database, make_ctx: MakeCtx, brand_id: int, payload: Mapping[str, Any], folder: Path) -> None:
    """Import an uploaded file and remove it. folder: private, for its plain copy while it is read."""
    file_id = UUID(payload["file_id"])
    plain = folder / "upload"
    with plain.open("wb") as out:
        for chunk in files().chunks(file_id):
            out.write(chunk)
    house = importer.House(db, make_ctx, brand_id, sink())
    source = importer.Source(plain, parse_mapping(payload["mapping"]), payload["name"], payload["operation_id"])
    report = importer.run_import(house, source)
    if report.state == "done":
        files().delete(file_id)


def forget_uploads(ctx: Ctx) -> None:
    """Delete the uploaded files whose import or trial ended more than 7 days ago."""
    before = ctx.clock.system_now() - timedelta(days=KEEP_UPLOADS_DAYS)
    ended = infra_jobs.ended(ctx, IMPORT_JOB, before)
    # A trial's file goes with its end, unless the worker died just then.
    tried = [payload["operation_id"] for payload in infra_jobs.ended(ctx, CHECK_JOB, before)]
    for payload in (*ended, *(workspace.operation(ctx, task).payload for task in tried)):
        files().delete(UUID(payload["file_id"]))


def preview(ctx: Ctx, path: Path, mapping: FileMapping) -> Preview:
    """Return what the mapping makes of the first 2,000 rows; nothing is written."""
    return preview_file(ctx, path, mapping)


def import_jobs(ctx: Ctx, *, q: str = "", before: int | None = None, limit: int = 50) -> list[ImportJob]:
    """Return the brand's imports, newest first; q: letters of the file's name; before: only with a smaller id."""
    found = store.jobs(ctx.tx, ctx.brand_id, import_id=None, q=q, before=before, limit=limit)
    return [_as_job(row) for row in found]


def import_job(ctx: Ctx, import_id: int) -> ImportJob:
    """Return an import. Raises: NotFound."""
    return _as_job(_job(ctx, import_id))


def _job(ctx: Ctx, import_id: int) -> dict[str, Any]:
    row = store.job(ctx.tx, ctx.brand_id, import_id)
    if row is None:
        raise NotFound(f"There is no import {import_id}.", "It may belong to another brand.")
    return row


def _as_job(row: Mapping[str, Any]) -> ImportJob:
    return ImportJob(
        id=row["id"], file_name=row["file_name"], target=row["target"], state=row["state"], lines=int(row["lines"]),
        imported=int(row["imported"]), quarantined=row["quarantined"], skipped=int(row["skipped"]),
        message=row["message"], operation_id=row["operation_id"], started_at=row["started_at"],
        seconds=max(row["seconds"], 0.0), kinds={k: int(n) for k, n in row["kinds"].items()},
    )  # fmt: skip


def accept(ctx: Ctx, delivery: Delivery) -> Accepted:
    """Write messages as events in the caller's transaction; answer them only after it has committed."""
    return accepting.accept(ctx, delivery, identifier_vault())


def state(ctx: Ctx, event_type: str, props: Mapping[str, Any], *, suid: int, source_id: str) -> None:
    """Write what somebody at the console says of a known person as an event, checked and sealed like any other.

    suid: one of the person's. Identifiers cannot be given this way. Raises BadInput.
    """
    accepting.state(ctx, event_type, props, suid=suid, source_id=source_id)


def gate() -> Gate:
    """Return where requests with messages hold a place, so that memory is bounded."""
    return _ports.gate


async def place() -> AsyncGenerator[None]:
    """Hold one of the places while a route takes a message, from before its body is read until it is committed.

    A dependency of routes that others send to. Raises: Busy.
    """
    async with _ports.gate.entered():
        yield


def admit(ctx: Ctx) -> None:
    """Raise Busy or NoRoom (both with details retry_after_s) while no more messages are taken."""
    _ports.gate.check(ctx)


def refusal(ctx: Ctx) -> str:
    """Return why messages are refused now, "" while they are taken."""
    found = pressure(ctx, _ports.gate.limits)
    return found.message if found else ""


def forget_messages(ctx: Ctx) -> int:
    """Forget message ids older than 30 days; return how many."""
    today = business_day(ctx.clock.system_now(), "UTC")
    return store.forget_messages(ctx.tx, today - timedelta(days=REMEMBER_MESSAGES_DAYS))


def quarantine(
    ctx: Ctx, *, import_id: int | None = None, after: int = 0, states: Sequence[str] = (), limit: int = 50
) -> list[QuarantineRow]:
    """Return rows to fix in order of id, without cells. states: default those still waiting."""
    return rows.listed(ctx, import_id=import_id, after=after, states=states, limit=limit)


def quarantine_counts(ctx: Ctx, import_id: int | None = None) -> dict[str, int]:
    """Return how many rows are open, fixed, replayed, dropped."""
    return rows.counts(ctx, import_id)


def quarantine_row(ctx: Ctx, row_id: int, *, unmask: bool = False) -> QuarantineRow:
    """Return a row with its cells. unmask needs customers.unmask and is audited. Raises: NotFound, Forbidden."""
    _allow_plain(ctx, f"quarantine row {row_id}", unmask=unmask)
    return rows.opened(ctx, row_id, unmask=unmask)


def export_rows(ctx: Ctx, *, import_id: int | None = None, unmask: bool = False) -> Iterator[str]:
    """Yield the waiting rows as CSV. unmask needs customers.unmask and is audited. Raises: Forbidden."""
    _allow_plain(ctx, f"quarantine of import {import_id or 'all'}", unmask=unmask)
    workspace.audit(ctx, "quarantine.exported", "import", import_id or 0)
    return rows.export_csv(ctx, import_id=import_id, unmask=unmask)


def _allow_plain(ctx: Ctx, rows_named: str, *, unmask: bool) -> None:
    if unmask:
        ctx.require("customers.unmask")
        workspace.audit(ctx, "quarantine.unmasked", "quarantine", rows_named)


def fix_row(ctx: Ctx, row_id: int, fields: Mapping[str, str]) -> None:
    """Change cells of a waiting row, audited by their names. Raises: NotFound, BadInput."""
    rows.fix(ctx, row_id, fields)
    workspace.audit(ctx, "quarantine.fixed", "quarantine_row", row_id, after={"fields": sorted(fields)})


def groups(ctx: Ctx, limit: int = 200) -> list[Group]:
    """Return what is wrong with the rows that wait, the commonest first."""
    return rows.groups(ctx, limit)


def ids_of_group(ctx: Ctx, wanted: Mapping[str, Any]) -> list[int]:
    """Return the waiting rows of a group, at most 5,000. wanted: import_id, source, field, code, value (None = any)."""
    return rows.ids_of(ctx, wanted)


def replace_value(ctx: Ctx, wanted: Mapping[str, Any], value: str) -> list[int]:
    """Write one value into the field of all rows of a group, at most 5,000; return their ids. Audited.

    Raises BadInput for a group about whole rows, or a field that cannot be written.
    """
    if not wanted["field"]:
        raise BadInput("This reason is about whole rows, not about a field.", "Open the rows one by one.")
    ids = rows.ids_of(ctx, wanted)
    rows.replace(ctx, ids, wanted["field"], value)
    told = {"field": wanted["field"], "code": wanted["code"], "rows": len(ids)}
    workspace.audit(ctx, "quarantine.replaced", "import", wanted["import_id"], after=told)
    return ids


def refused(ctx: Ctx, days: int) -> list[Refused]:
    """Return what was refused in the last days over HTTP and of files. Of HTTP, who keeps events knows the whole."""
    since = ctx.clock.system_now() - timedelta(days=days)
    found = {r["from_file"]: r for r in store.refused_since(ctx.tx, ctx.brand_id, since)}
    lines = store.lines_since(ctx.tx, ctx.brand_id, since)
    empty = {"refused": 0, "waiting": 0}
    return [
        Refused(from_file, r["refused"], r["waiting"], lines if from_file else None)
        for from_file in (False, True)
        for r in [found.get(from_file, empty)]
    ]


def replay_rows(ctx: Ctx, ids: Sequence[int]) -> Replayed:
    """Play waiting rows again through their own mapping, in the caller's transaction. Audited."""
    done = rows.replay(ctx, ids, sink(), identifier_vault())
    workspace.audit(ctx, "quarantine.replayed", "quarantine", f"{len(ids)} rows",
                    after={"replayed": done.replayed, "still_bad": done.still_bad})  # fmt: skip
    return done


def take_back_rows(ctx: Ctx, ids: Sequence[int]) -> int:
    """Let rows that were given up wait to be fixed again. Audited. Returns how many."""
    count = rows.take_back(ctx, ids)
    workspace.audit(ctx, "quarantine.taken_back", "quarantine", f"{len(ids)} rows", after={"taken_back": count})
    return count


def drop_rows(ctx: Ctx, ids: Sequence[int]) -> int:
    """Give waiting rows up; they stay on record. Audited. Returns how many."""
    count = rows.drop(ctx, ids)
    workspace.audit(ctx, "quarantine.dropped", "quarantine", f"{len(ids)} rows", after={"dropped": count})
    return count
