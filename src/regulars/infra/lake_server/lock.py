"""Who holds a path: an advisory lock that ends with its process, and what it says about the holder."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any


class PathTaken(Exception):
    """Another living process holds the path; the message names it. `holder` is what it announced."""

    def __init__(self, path: Path, holder: dict[str, Any]) -> None:
        at = f" ({holder['url']})" if holder.get("url") else ""
        super().__init__(f"{path} is held by process {holder.get('pid', 'unknown')}{at}; stop that first")
        self.holder = holder


class PathLock:
    """Holds `<path>.lock` until closed or until the process dies, however it dies.

    Raises:
        PathTaken: somebody else holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = lock_file(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not self._take():
            os.close(self._fd)
            raise PathTaken(path, _read(self._path))
        self.announce("")

    def _take(self) -> bool:
        """Try for a moment: somebody who only asks (`holder`) has it for an instant, too."""
        for _ in range(10):
            with suppress(BlockingIOError):
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(0.03)
        return False

    def announce(self, url: str) -> None:
        """Say who holds the path and where it answers."""
        text = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, text, 0)

    def close(self) -> None:
        """Let the next one have it."""
        os.ftruncate(self._fd, 0)
        os.close(self._fd)

    def __enter__(self) -> PathLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def lock_file(path: Path) -> Path:
    """The lock file that belongs to a path: beside it, because the folder is the engine's own."""
    return path.resolve().with_name(path.resolve().name + ".lock")


def holder(path: Path) -> dict[str, Any] | None:
    """Who holds the path now ({"pid", "url"}), or None when nobody does."""
    try:
        fd = os.open(lock_file(path), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(lock_file(path))
    finally:
        os.close(fd)
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def outlive_nobody(parent: int) -> None:
    """End this process (SIGTERM to itself) when `parent`, which started it, has ended.

    By watching, not by prctl(PR_SET_PDEATHSIG): that one fires when the starting thread ends.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
