"""Files that a source drops: once they are complete they go through the importer, each once by its content."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from regulars.connectors.contract import Dropped
from regulars.core.errors import BadInput, RegularsError
from regulars.ingest import importer, store
from regulars.ingest.mapping import Mapping, SourceSpec, load_mapping, parse_mapping
from regulars.ingest.plan import source_kinds
from regulars.ingest.readers.opening import open_reader

log = structlog.get_logger()
_IN, _NEW = "in", ""
_NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look came to. rows: imported. state: to be given to the next look. bad: file names with what is wrong."""

    rows: int
    state: str
    bad: tuple[tuple[str, str], ...]


def take_files(house: importer.House, files: Sequence[Dropped], state: str) -> Outcome:
    """Import the files that are complete: marked so, or of the same size and time as at the last look.

    state: of the last look, "" = none. A file is tried again only when it has changed, or its source.
    """
    before: dict[str, list[Any]] = json.loads(state) if state else {}
    after: dict[str, list[Any]] = {}
    rows = 0
    for one in files:
        mark = [one.size, one.changed_ns, hash_of(one.mapping)]
        known = before.get(one.path.name, [])
        said = known[3] if known[:3] == mark else None
        if said is None and not one.marked:
            said = _NEW
        elif said in (None, _NEW):
            came, said = _import(house, one)
            rows += came
        after[one.path.name] = [*mark, said]
    bad = tuple((name, kept[3]) for name, kept in after.items() if kept[3] not in (_IN, _NEW))
    return Outcome(rows, json.dumps(after, ensure_ascii=False), bad)


def hash_of(mapping: str) -> str:
    """Return what tells one mapping's text from another."""
    return hashlib.sha256(mapping.encode()).hexdigest()[:16]


def problem_of(bad: Sequence[tuple[str, str]]) -> RegularsError:
    """Name the bad files."""
    named = "; ".join(f"{name}: {why}" for name, why in bad[:_NAMED_AT_MOST])
    return BadInput(
        f"Files that cannot be taken: {named}", "Put a corrected file in their place, or correct the mapping."
    )


def _import(house: importer.House, one: Dropped) -> tuple[int, str]:
    """Import a file; return how many rows came, and what became of it: in, or what is wrong with it."""
    try:
        with _copy(one) as path:
            source = importer.Source(path, _mapping(house, one, path), one.path.name)
            report = importer.run_import(house, source)
    except BadInput as error:
        return 0, error.message
    if report.state != "done":
        return 0, report.message or report.state
    if one.move_to is not None:
        _move(one, one.move_to)
    return 0 if report.unchanged else report.imported, _IN


@contextmanager
def _copy(one: Dropped) -> Generator[Path]:
    """Give a private copy, so that what was checked is what is read. A link put in the file's place is not followed."""
    with tempfile.TemporaryDirectory(prefix="regulars-folder-") as private:
        target = Path(private) / "file"
        try:
            handle = os.open(one.path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise BadInput(f"It cannot be read: {error.strerror}.", "Check the path.") from error
        with os.fdopen(handle, "rb") as source, target.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        yield target


def _mapping(house: importer.House, one: Dropped, path: Path) -> Mapping:
    if one.mapping.strip():
        return load_mapping(one.mapping)
    names = list(source_kinds(open_reader(path, SourceSpec()).schema))
    with house.ctx() as ctx:
        found = store.last_like(ctx.tx, ctx.brand_id, names)
    if found is None:
        raise BadInput("No file with these columns was imported before.", "Import one by hand, or write the mapping.")
    return parse_mapping(found["mapping"])


def _move(one: Dropped, folder: Path) -> None:
    """Put a file that is in out of the way; one that cannot be moved stays and is not read again."""
    try:
        folder.mkdir(exist_ok=True)
        target = folder / one.path.name
        if target.exists():
            target = folder / f"{one.path.stem}-{one.changed_ns}{one.path.suffix}"
        one.path.rename(target)
        one.path.with_name(f"{one.path.name}.done").unlink(missing_ok=True)
    except OSError as error:
        log.warning("file_not_moved", error=type(error).__name__)
