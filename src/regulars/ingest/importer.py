"""Files in sealed parts: each part commits with its mark, so a run that dies goes on where it stopped.

Three parts are under way at once: one is being read and mapped, the next named (whose are the lines), the last written.
This is one of the few places of the house that commit for themselves.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, RegularsError
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.ingest import parts, store
from regulars.ingest.contract import FactBatch, ImportReport, JobState, Progress, Sink
from regulars.ingest.mapping import Mapping
from regulars.ingest.ordinals import OrdinalCounter
from regulars.ingest.plan import Frame, Plan, compile_plan, source_kinds
from regulars.ingest.readers.opening import open_reader
from regulars.ingest.readers.rows import Reader, RowBatch
from regulars.ingest.reasons import explain
from regulars.workspace import api as workspace


@dataclass(frozen=True, slots=True)
class House:
    """What an import runs with: the database it commits to, how a Ctx is made, where facts go."""

    db: Database
    make_ctx: MakeCtx
    brand_id: int
    sink: Sink

    @contextmanager
    def ctx(self) -> Generator[Ctx]:
        """Open a transaction that commits at the end."""
        with self.db.tx() as tx:
            yield self.make_ctx(tx, self.brand_id)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import. name: as the operator knows it. operation_id: a long task begun for it, if any."""

    path: Path
    mapping: Mapping
    name: str = ""
    operation_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A part that is read and mapped. keys: of the documents, None where lines are not numbered."""

    no: int
    batch: RowBatch
    rows: parts.Rows
    keys: pa.Array | None
    sealed: parts.Part


class _Cancelled(Exception):
    """Somebody asked to stop; what is written stays, and the import can go on later."""


@dataclass(slots=True)
class _Run:
    house: House
    source: Source
    reader: Reader
    plan: Plan
    file_hash: str
    job: dict[str, Any]
    operation_id: int
    progress: Progress | None
    started_s: float = field(default_factory=time.monotonic)
    passed: int = 0
    fresh: int = 0
    quarantined: int = 0

    @property
    def seen(self) -> int:
        """Rows that are in, of earlier runs and of this one."""
        return self.passed + self.fresh

    @property
    def import_id(self) -> int:
        return self.job["id"]

    def write_parts(self, written: dict[int, dict[str, Any]]) -> None:
        with ThreadPoolExecutor(1, "map") as mapper, ThreadPoolExecutor(1, "write") as writer:
            ready = self._ready(written)
            coming = mapper.submit(next, ready, None)
            writing: Future[None] | None = None
            while (part := coming.result()) is not None:
                if part.no == 1:
                    self._refuse_nonsense(part.batch, part.sealed)
                coming = mapper.submit(next, ready, None)
                # Parts are named in their order: whose a document is depends on who is seen with it first.
                facts = self._settled(part)
                if writing is not None:
                    writing.result()
                writing = writer.submit(self._write, part, facts)
            if writing is not None:
                writing.result()

    def _ready(self, written: dict[int, dict[str, Any]]) -> Iterator[_Ready]:
        """Read and map the parts that are not written yet; lines are counted within all."""
        numbered = self.plan.mapping.target == "order_lines"
        counter = OrdinalCounter()
        for no, batch in enumerate(self.reader.batches(self.plan.mapping.part_rows), 1):
            keys = self.plan.document_keys(batch.table) if numbered else None
            ordinals = counter.number(keys) if keys is not None else None
            if no in written:
                self.passed += batch.row_to - batch.row_from
                continue
            rows = parts.Rows(batch.table, batch.row_nos, ordinals)
            yield _Ready(no, batch, rows, keys, self._seal(no, rows))

    def _seal(self, no: int, rows: parts.Rows) -> parts.Part:
        token = f"import-{self.import_id}-{self.file_hash[:16]}-{no}"
        return parts.seal(self.plan, rows, parts.Seal(self.import_id, token, self.file_hash, self.job["started_at"]))

    def _refuse_nonsense(self, batch: RowBatch, sealed: parts.Part) -> None:
        """Stop before anything is written when most rows are bad: then the mapping is wrong, not the data."""
        lines = batch.table.num_rows + len(batch.broken)
        bad = len(sealed.bad) + len(batch.broken)
        if lines == 0 or bad / lines <= self.plan.mapping.max_bad_share:
            return
        found = [r for reasons in list(sealed.bad.values())[:3] for r in reasons]
        found += [parts.why_broken(line) for line in batch.broken[:3]]
        texts = "; ".join(explain(r["code"], row=r["row"], field=r["field"], value=r["value"]).en for r in found[:3])
        raise BadInput(
            f"{bad} of the first {lines} rows cannot be taken, so nothing was imported: {texts}.",
            "Check the mapping with a preview; max_bad_share sets how much is tolerated.",
            code="ingest.too_many_bad_rows",
        )

    def _settled(self, part: _Ready) -> FactBatch:
        if not part.sealed.batch.rows:
            return part.sealed.batch
        with self.house.ctx() as ctx:
            return self.house.sink.settle(ctx, part.sealed.batch)

    def _write(self, made: _Ready, facts: FactBatch) -> None:
        batch, sealed = made.batch, made.sealed
        brand_id, import_id = self.house.brand_id, self.import_id
        kept = parts.quarantined(brand_id, import_id, made.rows, made.keys, sealed)
        kept += parts.broken_rows(brand_id, import_id, batch.table.column_names, batch.broken)
        with self.house.ctx() as ctx:
            now = ctx.clock.system_now()
            store.add_quarantine(ctx.tx, brand_id, import_id, kept, now)
            batch_of_facts = parts.unrepeated(ctx, self.plan, facts)
            repeated = sealed.batch.rows - batch_of_facts.rows
            if batch_of_facts.rows:
                self.house.sink.write_part(ctx, batch_of_facts)
            part = {
                "import_id": import_id, "no": made.no, "origin": "file",
                "row_from": batch.row_from, "row_to": batch.row_to,
                "lines": batch.table.num_rows + len(batch.broken), "imported": batch_of_facts.rows,
                "quarantined": len(kept), "skipped": sum(sealed.skipped.values()) + repeated,
                "kinds": sealed.kinds, "now": now,
            }  # fmt: skip
            store.add_part(ctx.tx, part)
            store.set_job(ctx.tx, import_id, {"now": now})
            self.fresh += batch.row_to - batch.row_from
            self.quarantined += len(kept)
            figures = self._figures(batch.read_share)
            self._report(ctx, *figures[:2])
            stop = workspace.cancel_requested(ctx, self.operation_id)
        if self.progress is not None:
            self.progress(self.seen, *figures)
        if stop:
            raise _Cancelled

    def _figures(self, read_share: float) -> tuple[int, float, float | None]:
        """Return the rows in all as far as can be told, rows per second, and seconds left."""
        total = self.seen if read_share >= 1 else round(self.seen / max(read_share, 1e-6))
        rate = self.fresh / max(time.monotonic() - self.started_s, 1e-3)
        return total, rate, (total - self.seen) / rate if rate else None

    def _report(self, ctx: Ctx, total: int, rate: float) -> None:
        words = f"{rate:,.0f} rows/s" + (f", {self.quarantined:,} to fix" if self.quarantined else "")
        workspace.progress(ctx, self.operation_id, self.seen, total, words)


def run_import(house: House, source: Source, progress: Progress | None = None) -> ImportReport:
    """Import a file, or go on with it, or say that it is already in.

    Raises: BadInput before anything is written when mapping and file do not fit; Conflict when another process is
    importing the same file. On any other error what is written stays, and the next run goes on after it.
    """
    file_hash = hash_file(source.path)
    with house.ctx() as ctx:
        frame = Frame(ctx.brand_id, ctx.zone, ctx.currency)
        try:
            reader = open_reader(source.path, source.mapping.source)
            plan = compile_plan(source.mapping, source_kinds(reader.schema), frame)
        except RegularsError as error:
            if source.operation_id is not None:
                workspace.fail(ctx, source.operation_id, error.message)
                ctx.tx.commit()
            raise
    key = f"import:{house.brand_id}:{file_hash}:{source.mapping.fingerprint()}"
    with house.db.autocommit() as holder:
        if not store.try_lock(holder, key):
            raise Conflict(
                "This file is being imported right now.", "Wait for it; see the running tasks.", code="ingest.running"
            )
        return _run_locked(house, source, (reader, plan, file_hash), progress)


def _run_locked(
    house: House, source: Source, opened: tuple[Reader, Plan, str], progress: Progress | None
) -> ImportReport:
    reader, plan, file_hash = opened
    name = source.name or source.path.name
    with house.ctx() as ctx:
        job, is_new = store.open_job(ctx.tx, _job_row(ctx, source, opened, name))
        if not is_new and job["state"] == "done":
            if source.operation_id is not None:
                workspace.finish(ctx, source.operation_id, {"import_id": job["id"], "unchanged": True})
            return report(ctx, job["id"], unchanged=True, message="This file was imported before; nothing changed.")
        operation_id = source.operation_id
        if operation_id is None:
            operation_id = workspace.start_operation(
                ctx, "import", name, unit="rows", payload={"import_id": job["id"]}
            ).id
        _end_abandoned(ctx, job["operation_id"], operation_id)
        now = ctx.clock.system_now()
        store.set_job(ctx.tx, job["id"], {"state": "running", "message": "", "operation_id": operation_id, "now": now})
        written = {no: p for no, p in store.parts(ctx.tx, job["id"]).items() if p["origin"] == "file"}
    run = _Run(house, source, reader, plan, file_hash, job, operation_id, progress)
    try:
        state: JobState = "done"
        try:
            run.write_parts(written)
        except _Cancelled:
            state = "cancelled"  # what is in stays in and counts, so what follows from it must be derived
        with house.ctx() as ctx:
            house.sink.finish(ctx, job["id"])
        with house.ctx() as ctx:
            return _finish(ctx, run, state, resumed=bool(written))
    except Exception as error:
        known = isinstance(error, RegularsError)
        _failed(house, run, error.message if isinstance(error, RegularsError) else type(error).__name__, known=known)
        raise


def _end_abandoned(ctx: Ctx, before: int | None, operation_id: int) -> None:
    """End the task of a run that was killed: this one goes on in its place, holding the lock that proves it."""
    if before is None or before == operation_id:
        return
    if workspace.operation(ctx, before).state in {"queued", "running"}:
        workspace.fail(ctx, before, "The import was interrupted; a later run went on with it.")


def _job_row(ctx: Ctx, source: Source, opened: tuple[Reader, Plan, str], name: str) -> dict[str, Any]:
    reader, plan, file_hash = opened
    return {
        "brand_id": ctx.brand_id,
        "operation_id": source.operation_id,
        "file_name": name,
        "file_hash": file_hash,
        "mapping_hash": source.mapping.fingerprint(),
        "mapping": Jsonb(source.mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)),
        "source_columns": Jsonb([[n, k] for n, k in plan.kinds.items()]),
        "source_details": Jsonb(reader.details),
        "target": source.mapping.target,
        "now": ctx.clock.system_now(),
    }


def _finish(ctx: Ctx, run: _Run, state: JobState, *, resumed: bool) -> ImportReport:
    now = ctx.clock.system_now()
    store.set_job(ctx.tx, run.import_id, {"state": state, "finished": True, "ended": True, "now": now})
    done = report(ctx, run.import_id, resumed=resumed)
    result = {"import_id": done.import_id, "lines": done.lines, "imported": done.imported,
              "quarantined": done.quarantined, "skipped": done.skipped, "kinds": dict(done.kinds)}  # fmt: skip
    workspace.finish(ctx, run.operation_id, result, state=state)
    workspace.audit(ctx, f"import.{state}", "import", run.import_id, after=result)
    return done


def _failed(house: House, run: _Run, message: str, *, known: bool) -> None:
    with house.ctx() as ctx:
        now = ctx.clock.system_now()
        words = message if known else f"The import stopped ({message}); import the file again to go on."
        store.set_job(ctx.tx, run.import_id, {"state": "failed", "message": words, "now": now, "ended": True})
        store.delete_empty_job(ctx.tx, run.import_id)
        workspace.fail(ctx, run.operation_id, words)


def report(
    ctx: Ctx, import_id: int, *, unchanged: bool = False, resumed: bool = False, message: str = ""
) -> ImportReport:
    """Return what an import has come to so far."""
    row = store.job(ctx.tx, ctx.brand_id, import_id)
    assert row is not None  # noqa: S101 - the caller has just written it
    return ImportReport(
        import_id=import_id, state=row["state"], file_name=row["file_name"], lines=int(row["lines"]),
        imported=int(row["imported"]), quarantined=row["quarantined"], skipped=int(row["skipped"]),
        seconds=max(row["seconds"], 0.0), unchanged=unchanged, resumed=resumed,
        kinds={k: int(n) for k, n in row["kinds"].items()}, message=message or row["message"],
    )  # fmt: skip


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file. Raises BadInput when it cannot be read."""
    try:
        with path.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(
            f"{path.name} cannot be read: {error.strerror}.", "Check the path.", code="ingest.no_file"
        ) from error
