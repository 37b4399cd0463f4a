"""Which folders of this machine sources may read from. Nothing unless the installation says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from regulars.core.errors import BadInput

_allowed: list[Path] = []


def allow(folders: Sequence[Path]) -> None:
    """Let sources read below these folders (boot, tests)."""
    _allowed[:] = [folder.expanduser().resolve() for folder in folders]


def within_allowed(folder: str) -> Path:
    """Return a folder without links or dots. Raises BadInput unless it exists below an allowed one."""
    if not _allowed:
        raise BadInput("This installation lets sources read no folder.", "Set REGULARS_FOLDERS on the server.")
    path = Path(folder)
    found = path.resolve() if path.is_absolute() and "\x00" not in folder else Path()
    # Whether a folder exists elsewhere is nobody's business: both are answered the same.
    if not any(found.is_relative_to(place) for place in _allowed) or not found.is_dir():
        raise BadInput(
            "There is no such folder among those that sources may read.",
            "Write its whole path, below a folder of REGULARS_FOLDERS.",
        )
    return found
