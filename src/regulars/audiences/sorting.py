"""Lines in order, each once, in bounded memory; and what differs between what is and what a recipient may hold.

Lines lie on disk only encrypted, also while they are sorted.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from regulars.core.ids import id_for
from regulars.infra.files import FileStore

RUN_LINES = 500_000
"""Lines sorted in memory at once: about 60 MB of hashes."""

NEW, SURE, POSSIBLE = 1, 2, 4
"""A line is in the file being made; the recipient holds it for sure; the recipient may hold it."""


class Sorter:
    """Takes lines in any order, gives them back ascending, each once. scratch: a folder of its own."""

    def __init__(self, scratch: FileStore, run_lines: int = RUN_LINES) -> None:
        self._scratch = scratch
        self._run_lines = run_lines
        self._held: list[bytes] = []
        self._runs: list[UUID] = []

    def add(self, lines: Iterable[bytes]) -> None:
        """Take lines, none with a line end in it."""
        self._held.extend(lines)
        if len(self._held) >= self._run_lines:
            run = id_for("run", len(self._runs))
            with self._scratch.writing(run) as write:
                for line in sorted(set(self._held)):
                    write(line + b"\n")
            self._runs.append(run)
            self._held = []

    def lines(self) -> Iterator[bytes]:
        """Yield all lines taken."""
        runs = [lines_of(self._scratch, run) for run in self._runs]
        for line, _ in groupby(heapq.merge(*runs, sorted(set(self._held)))):
            yield line


def lines_of(files: FileStore, file_id: UUID) -> Iterator[bytes]:
    """Yield a file's lines without their ends. Raises NotFound."""
    rest = b""
    for chunk in files.chunks(file_id):
        whole = (rest + chunk).split(b"\n")
        rest = whole.pop()
        yield from whole
    if rest:
        yield rest


def compared(
    new: Iterator[bytes], sure: Iterable[Iterator[bytes]], possible: Iterable[Iterator[bytes]]
) -> Iterator[tuple[bytes, int]]:
    """Yield each line of any of these, ascending, with the sum of what it is. All streams: ascending, each line once.

    A line is added when it is NEW but not SURE, removed when it is POSSIBLE but not NEW.
    """
    marked = [
        _marked(new, NEW),
        *(_marked(one, SURE | POSSIBLE) for one in sure),
        *(_marked(one, POSSIBLE) for one in possible),
    ]
    for line, same in groupby(heapq.merge(*marked), key=itemgetter(0)):
        marks = 0
        for _, mark in same:
            marks |= mark
        yield line, marks


def _marked(lines: Iterator[bytes], mark: int) -> Iterator[tuple[bytes, int]]:
    return ((line, mark) for line in lines)
