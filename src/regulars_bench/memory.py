"""The most memory that this process, what it started and the stores of its home held together."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

import psutil

_EVERY_S = 0.5


class PeakMemory:
    """Samples while the block runs. mib: highest sum of resident memory; pages that processes share count for each."""

    def __init__(self, home: Path) -> None:
        self.mib = 0
        self._home = str(home.resolve())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.mib = max(self.mib, self._resident() >> 20)
            if self._stop.wait(_EVERY_S):
                return

    def _resident(self) -> int:
        own = psutil.Process()
        # The stores of a home outlive the command that started them; they are told by the folder they were given.
        roots = [own, *(p for p in psutil.process_iter() if self._serves_home(p))]
        found: dict[int, psutil.Process] = {}
        for root in roots:
            try:
                found |= {p.pid: p for p in (root, *root.children(recursive=True))}
            except psutil.Error:
                continue
        return sum(_resident(p) for p in found.values())

    def _serves_home(self, process: psutil.Process) -> bool:
        try:
            return any(self._home in word for word in process.cmdline())
        except psutil.Error:
            return False


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0
