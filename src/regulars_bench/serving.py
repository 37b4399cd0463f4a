"""A whole running server over a bench's folder, started and watched from outside."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from regulars.app.boot import House
from regulars.app.settings import Settings
from regulars.app.stores import endpoints_file
from regulars.core.errors import Unavailable
from regulars.infra import event_log

_START_S, _CATCH_UP_S = 120.0, 3_600.0


@contextmanager
def served(folder: Path) -> Generator[int]:
    """Let `regulars serve` run with its own stores over the folder; yield its port. Raises Unavailable."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if k not in ("REGULARS_DATABASE_URL", "REGULARS_LAKE_URL")}
    command = (sys.executable, "-m", "regulars.app.cli", "serve", "--port", str(port))
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, env={**kept, "REGULARS_HOME": str(folder)}, stdout=log, stderr=log)  # noqa: S603
    try:
        wait_for(lambda: _answers(port), "the server to answer", _START_S)
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def wait_for(holds: Callable[[], bool], what: str, patience_s: float) -> None:
    """Look again and again until it holds. Raises Unavailable when patience ends."""
    until = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > until:
            raise Unavailable(f"Waited {patience_s:.0f} s for {what}.", "See serve.log in the bench's folder.")
        time.sleep(0.2)


@contextmanager
def house_of(folder: Path) -> Generator[House]:
    """Open the stores that the server runs."""
    found = json.loads(endpoints_file(folder).read_text())
    house = House(found["database_url"], found["lake_url"], Settings(home=folder))
    try:
        yield house
    finally:
        house.close()


def behind(house: House) -> int:
    """Return how many events the slowest consumer has still to take; while one has not begun, at least one."""
    with house.ctx() as ctx:
        begun = {one.consumer for one in event_log.lag(ctx)}
        waiting = any(consumer.name not in begun for consumer in event_log.consumers())
        return max(event_log.slowest(ctx).events, int(waiting))


def caught_up(house: House) -> None:
    """Wait until every consumer has taken everything. Raises Unavailable."""
    wait_for(lambda: behind(house) == 0, "the consumers to catch up", _CATCH_UP_S)
