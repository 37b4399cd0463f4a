"""Start, find and stop the lake server of a path, from any other process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from regulars.core.errors import Unavailable
from regulars.infra.lake_server.lock import holder

_PATIENCE_S: Final = 60.0
# Servers that this process started, which may outlive every reference to them, and have to be reaped.
_own: Final[dict[int, subprocess.Popen[bytes]]] = {}


@dataclass(slots=True)
class LakeProcess:
    """A lake server that answers at `url`; `child` when this process started it, else it was adopted."""

    path: Path
    url: str
    pid: int
    child: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        """Whether the process still runs (a zombie that nobody reaps does not)."""
        if self.child is not None:
            if self.child.poll() is not None:
                _own.pop(self.pid, None)
            return self.child.returncode is None
        return (holder(self.path) or {}).get("pid") == self.pid

    def stop(self, patience_s: float = 15.0) -> None:
        """Let running queries end for a moment and end the server; kill it when it does not go."""
        self._send(signal.SIGTERM)
        until = time.monotonic() + patience_s
        while self.alive() and time.monotonic() < until:
            time.sleep(0.02)
        if self.alive():
            self.kill()

    def kill(self) -> None:
        """End it at once (SIGKILL); nothing that was answered is lost."""
        self._send(signal.SIGKILL)
        until = time.monotonic() + 5
        while self.alive() and time.monotonic() < until:
            time.sleep(0.01)

    def _send(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


def find(path: Path) -> LakeProcess | None:
    """The server that already holds this path and answers, or None.

    One that holds the path and is still starting is waited for.

    Raises:
        Unavailable: it holds the path and does not answer within a minute.
    """
    until = time.monotonic() + _PATIENCE_S
    while (held := holder(path)) is not None:
        url, pid = str(held.get("url", "")), int(held.get("pid", 0))
        if url and answers(url):
            return LakeProcess(path, url, pid, _own.get(pid))
        if time.monotonic() > until:
            raise Unavailable(
                f"Process {pid} holds the lake at {path} and does not answer.", f"End it: kill {pid}", pid=pid
            )
        time.sleep(0.05)
    return None


def start(
    path: Path,
    *,
    port: int = 0,
    die_with_parent: bool = True,
    log_file: Path | None = None,
    options: Sequence[str] = (),
) -> LakeProcess:
    """Start a server on this path and wait until it answers; `port` 0 takes any free one.

    Raises:
        Unavailable: it ended instead, with what it said.
    """
    command = [sys.executable, "-m", "regulars.infra.lake_server", "--path", str(path), "--port", str(port)]
    command += ["--die-with-parent"] if die_with_parent else []
    path.mkdir(parents=True, exist_ok=True)
    said = log_file or path.resolve().with_name(path.resolve().name + ".log")
    with said.open("ab") as log:
        begin = log.tell()
        child = subprocess.Popen(  # noqa: S603  # our own module, no shell
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=not die_with_parent,
        )
    _own[child.pid] = child
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and child.poll() is None:
        held = holder(path)
        if held and held.get("pid") == child.pid and held.get("url") and answers(held["url"]):
            return LakeProcess(path, held["url"], child.pid, child)
        time.sleep(0.02)
    child.kill()
    child.wait()
    del _own[child.pid]
    last = said.read_bytes()[begin:].decode(errors="replace").strip()[-2000:]
    raise Unavailable(f"The lake server for {path} did not start: {last or 'it said nothing'}", f"See {said}")


def answers(url: str) -> bool:
    """Whether a server at this URL says Ok."""
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=2) as reply:  # noqa: S310  # http to ourselves
            return reply.read() == b"Ok.\n"
    except (urllib.error.URLError, OSError, ValueError):
        return False
