"""HTTP of bringing files in: look, map, try, import, report."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import BaseModel

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.core.words import Said
from regulars.ingest import api, api_wizard
from regulars.ingest.contract import ImportJob, Preview
from regulars.ingest.routes import Reader, ReasonOut, Writer

router = APIRouter(tags=["imports"])
_MAX_UPLOAD_BYTES = 2 * 1024**3
_Upload = Annotated[UploadFile, File()]
_MappingText = Annotated[str, Form(max_length=262_144)]


class ImportOut(BaseModel):
    """An import as it stands. kinds: rows by kind. seconds: from its start to its end, or its last step."""

    id: int
    file_name: str
    target: str
    state: str
    lines: int
    imported: int
    quarantined: int
    skipped: int
    message: Said
    operation_id: int | None
    started_at: datetime
    seconds: float
    kinds: dict[str, int]


class ImportList(BaseModel):
    """Imports, newest first."""

    items: list[ImportOut]
    next_cursor: str | None
    total: int | None = None


class FieldOut(BaseModel):
    """A field that a column can fill. shape: text, whole, amount, price or time."""

    name: str
    label: Text
    shape: str
    required: bool


class TargetOut(BaseModel):
    """What a file can be."""

    key: str
    label: Text
    fields: list[FieldOut]


class IdentifierOut(BaseModel):
    """An identifier that a column can hold. scope: where its values are unique."""

    ns: str
    scope: str
    label: Text


class TargetsOut(BaseModel):
    """All that a mapping can fill."""

    targets: list[TargetOut]
    identifiers: list[IdentifierOut]


class PreviewRowOut(BaseModel):
    """A row as it would be imported, or why not."""

    row_no: int
    values: dict[str, Any]
    reasons: list[ReasonOut]


class PreviewOut(BaseModel):
    """What a mapping makes of the beginning of a file. problem: why the mapping does not do yet.

    mapping: YAML; spec: the same as JSON. origin: given, drafted, or earlier (that of the last file with the same
    columns: earlier_file, earlier_at). samples: up to three cells of each column, personal ones masked.
    """

    mapping: str
    spec: dict[str, Any]
    origin: Literal["given", "earlier", "drafted"]
    earlier_file: str = ""
    earlier_at: datetime | None = None
    samples: dict[str, list[str]]
    problem: Said = ""
    details: dict[str, str]
    columns: list[dict[str, str]]
    rows: int
    good: int
    bad: int
    skipped: int
    kinds: dict[str, int]
    reasons: dict[str, int]
    first: list[PreviewRowOut]


def _import(job: ImportJob) -> ImportOut:
    return ImportOut(
        id=job.id, file_name=job.file_name, target=job.target, state=job.state, lines=job.lines,
        imported=job.imported, quarantined=job.quarantined, skipped=job.skipped, message=job.message,
        operation_id=job.operation_id, started_at=job.started_at, seconds=job.seconds,
        kinds=dict(job.kinds),
    )  # fmt: skip


def _preview(mapping: api.FileMapping, found: Preview, origin: Literal["given", "earlier", "drafted"]) -> PreviewOut:
    return PreviewOut(
        mapping=api.dump_mapping(mapping), spec=_spec(mapping), origin=origin,
        samples={name: list(cells) for name, cells in found.samples.items()},
        details=dict(found.details), columns=[{"name": n, "kind": k} for n, k in found.columns],
        rows=found.rows, good=found.good, bad=found.bad, skipped=found.skipped, kinds=dict(found.kinds),
        reasons=dict(found.reasons),
        first=[PreviewRowOut(row_no=r.row_no, values=dict(r.values), reasons=[ReasonOut.of(x) for x in r.reasons])
               for r in found.first],
    )  # fmt: skip


def _spec(mapping: api.FileMapping) -> dict[str, Any]:
    spec = mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {"version": 1, "target": mapping.target} | spec


@contextmanager
def _plain_copy(upload: UploadFile) -> Generator[tuple[Path, str]]:
    """Keep an upload in a private folder while it is looked at; give its path and its own name."""
    name = Path(upload.filename or "upload").name[:200]
    if upload.size is not None and upload.size > _MAX_UPLOAD_BYTES:
        raise api.too_large(_MAX_UPLOAD_BYTES)
    with tempfile.TemporaryDirectory(prefix="regulars-upload-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as out:
            shutil.copyfileobj(upload.file, out)
        yield path, name


@router.get("/api/imports")
def list_imports(
    ctx: Reader,
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: int | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ImportList:
    """List imports, newest first. q: letters of the file's name."""
    found = api.import_jobs(ctx, q=q, before=cursor, limit=limit)
    return ImportList(items=[_import(j) for j in found], next_cursor=str(found[-1].id) if len(found) == limit else None)


@router.get("/api/imports/targets")
def targets(ctx: Reader) -> TargetsOut:
    """Return what a file can be, the fields of each, and the identifiers that say who a row is of."""
    return TargetsOut(
        targets=[
            TargetOut(key=key, label=api_wizard.TARGET_TEXTS[key], fields=[_field(f) for f in fields.values()])
            for key, fields in api_wizard.TARGETS.items()
        ],
        identifiers=[
            IdentifierOut(ns=ns, scope=scope, label=api_wizard.IDENTIFIER_TEXTS[ns])
            for ns, scope in api_wizard.IDENTIFIER_SCOPES.items()
        ],
    )


def _field(field: api_wizard.FieldSpec) -> FieldOut:
    required = field.required and field.default is None
    return FieldOut(name=field.name, label=api_wizard.FIELD_TEXTS[field.name], shape=field.shape, required=required)


@router.post("/api/imports/preview")
def preview_import(ctx: Writer, file: _Upload, mapping: _MappingText = "", *, fresh: bool = False) -> PreviewOut:
    """Show what a mapping (YAML or JSON) makes of a file; one that does not do yet is told in `problem`.

    Without one, begin with that of the last file of the same columns, or draft; fresh: always draft. Nothing is kept.
    """
    with _plain_copy(file) as (path, name):
        if mapping.strip():
            given = api.load_mapping(mapping)
            return _looked(ctx, path, given, "given")
        first = api_wizard.first_mapping(ctx, path, name, fresh=fresh)
        out = _looked(ctx, path, first.mapping, first.origin)
        return out.model_copy(update={"earlier_file": first.file_name, "earlier_at": first.used_at})


def _looked(
    ctx: Ctx, path: Path, mapping: api.FileMapping, origin: Literal["given", "earlier", "drafted"]
) -> PreviewOut:
    try:
        return _preview(mapping, api.preview(ctx, path, mapping), origin)
    except BadInput as error:
        # What lacks something is still where the operator goes on from.
        kinds, cells = api_wizard.columns(path, mapping)
        bare = Preview({}, tuple(kinds.items()), 0, 0, 0, 0, {}, (), {}, cells)
        return _preview(mapping, bare, origin).model_copy(update={"problem": error.message})


class StartedOut(BaseModel):
    """The long task that imports the file."""

    operation_id: int


@router.post("/api/imports/check", status_code=202)
def check_import(ctx: Writer, file: _Upload, mapping: _MappingText) -> StartedOut:
    """Go through a whole file as an import would, in the background, writing nothing; the task tells what it found."""
    used = api.load_mapping(mapping)
    with _plain_copy(file) as (path, name):
        return StartedOut(operation_id=api_wizard.ask(ctx, path, name, used).id)


@router.post("/api/imports", status_code=202)
def start_import(ctx: Writer, file: _Upload, mapping: _MappingText) -> StartedOut:
    """Upload a file with its mapping and import it in the background."""
    used = api.load_mapping(mapping)
    with _plain_copy(file) as (path, name):
        return StartedOut(operation_id=api.start_upload(ctx, path, name, used))


@router.get("/api/imports/{import_id}")
def get_import(ctx: Reader, import_id: int) -> ImportOut:
    """Show one import."""
    return _import(api.import_job(ctx, import_id))
