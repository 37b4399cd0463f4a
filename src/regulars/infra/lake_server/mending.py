"""What a kill -9 can leave behind in the lake's files, put right before the engine opens them.

The engine writes down that it has taken a block (its deduplication log) before the block's part gets its name. Killed
between the two, it would later answer the repeated insert with "known already", and the rows would be lost.
Source: ClickHouse, MergeTreeSink and MergeTreeDeduplicationLog; records are "operation, part, block" by tabs.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

log = logging.getLogger("regulars.lake_server")

_PART: Final = re.compile(r"([^_]+)_(\d+)_(\d+)_\d+(?:_\d+)?")
_FORGET: Final = re.compile(r"2\t[^\t]+\t([^\t]+)")
_TAKEN: Final = re.compile(r"1\t([^\t]+)\t([^\t]+)")
_TABLES: Final = ("store/*/*/deduplication_logs", "data/*/*/deduplication_logs")


class _Blocks(NamedTuple):
    """The blocks of one partition that a part holds, merged ones as a range."""

    partition: str
    first: int
    last: int


def forget_lost_parts(path: Path) -> int:
    """Take the records of blocks whose part is not there out of the deduplication logs; return how many.

    path: the lake's data folder, held by the caller, with no engine in it.
    """
    return sum(_mend(folder) for pattern in _TABLES for folder in sorted(path.glob(pattern)))


def _mend(folder: Path) -> int:
    there = [b for entry in folder.parent.iterdir() if (b := _blocks(entry.name)) is not None]
    lost = 0
    for file in sorted(folder.glob("deduplication_log_*.txt")):
        lines = file.read_text().splitlines()
        kept = [line for line in lines if _holds(line, there)]
        if len(kept) != len(lines):
            lost += len(lines) - len(kept)
            _replace(file, kept)
    if lost:
        log.warning("%d blocks were recorded but not kept in %s; they can be sent again", lost, folder.parent.name)
    return lost


def _blocks(name: str) -> _Blocks | None:
    found = _PART.fullmatch(name)
    return _Blocks(found[1], int(found[2]), int(found[3])) if found else None


def _holds(line: str, there: Iterable[_Blocks]) -> bool:
    """Tell whether a record is true: the part, or one it was merged into, is there."""
    if _FORGET.fullmatch(line):
        return True
    taken = _TAKEN.fullmatch(line)
    part = _blocks(taken[1]) if taken else None
    return part is not None and any(
        b.partition == part.partition and b.first <= part.first and part.last <= b.last for b in there
    )


def _replace(file: Path, lines: list[str]) -> None:
    aside = file.with_suffix(".mended")
    with aside.open("w") as out:
        out.writelines(f"{line}\n" for line in lines)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(file)
