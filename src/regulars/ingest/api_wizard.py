"""The door for bringing a file in by hand: a first mapping, what can be mapped, a run that writes nothing."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, NotFound
from regulars.infra.files import files
from regulars.ingest import dry_run, store
from regulars.ingest.draft import IDENTIFIER_SCOPES, draft_mapping
from regulars.ingest.mapping import Mapping, SourceSpec, parse_mapping
from regulars.ingest.plan import source_kinds
from regulars.ingest.preview import personal_columns, preview, samples
from regulars.ingest.readers.opening import open_reader
from regulars.ingest.targets import FIELD_TEXTS, IDENTIFIER_TEXTS, TARGET_TEXTS, TARGETS, FieldSpec
from regulars.workspace import api as workspace
from regulars.workspace.api import Task
from regulars.workspace.contract import Operation

__all__ = [
    "FIELD_TEXTS",
    "IDENTIFIER_SCOPES",
    "IDENTIFIER_TEXTS",
    "KIND",
    "TARGETS",
    "TARGET_TEXTS",
    "FieldSpec",
    "First",
    "ask",
    "columns",
    "first_mapping",
    "run",
]

KIND = "import_check"
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class First:
    """A mapping to begin with. origin: the last file of the same columns, or drafted from the columns' names.

    file_name, used_at: of that file; "" and None where it is drafted.
    """

    mapping: Mapping
    origin: Literal["earlier", "drafted"]
    file_name: str
    used_at: datetime | None


def columns(path: Path, mapping: Mapping) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the source columns of a file with their kinds, and up to three cells of each. Raises BadInput."""
    reader = open_reader(path, mapping.source)
    kinds = {name: str(kind) for name, kind in source_kinds(reader.schema).items()}
    batch = next(iter(reader.batches(_LOOKED_AT)), None)
    cells = samples(batch.table, personal_columns(mapping, list(kinds))) if batch is not None else {}
    return kinds, cells


def first_mapping(ctx: Ctx, path: Path, name: str, *, fresh: bool = False) -> First:
    """Return a mapping to begin with; fresh: not that of an earlier file. Raises BadInput, NotFound."""
    names = list(source_kinds(open_reader(path, SourceSpec()).schema))
    found = None if fresh else store.last_like(ctx.tx, ctx.brand_id, names)
    if found is None:
        return First(draft_mapping(path, name), "drafted", "", None)
    return First(parse_mapping(found["mapping"]), "earlier", found["file_name"], found["started_at"])


def ask(ctx: Ctx, path: Path, name: str, mapping: Mapping) -> Operation:
    """Let a worker go through a whole file as an import would, writing nothing; the file is kept until that ends.

    Raises BadInput when file and mapping do not fit, before anything is kept.
    """
    preview(ctx, path, mapping)
    with path.open("rb") as stream:
        kept = files().put(name, stream)
    spec = mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return workspace.ask(ctx, KIND, name, payload={"file_id": str(kept.id), "mapping": spec})


def run(task: Task) -> None:
    """Go through the file and tell; safe to run again. Raises BadInput."""
    file_id = UUID(task.payload["file_id"])
    with tempfile.TemporaryDirectory(prefix="regulars-import-") as folder:
        plain = Path(folder) / "upload"
        try:
            with plain.open("wb") as out:
                for chunk in files().chunks(file_id):
                    out.write(chunk)
        except NotFound as error:
            raise BadInput("The uploaded file is gone.", "Upload it again.") from error
        told = dry_run.go_through(task, plain, parse_mapping(task.payload["mapping"]))
    with task.ctx() as ctx:
        workspace.finish(ctx, task.id, told)
    files().delete(file_id)


def ended(ctx: Ctx, of: Operation, *_: str) -> None:
    """Let the file go where the task ended otherwise."""
    files().delete(UUID(of.payload["file_id"]))
