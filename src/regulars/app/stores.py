"""The two stores of a home folder: those configured, those that run, or embedded ones started now.

Whoever uses the embedded stores holds a shared lock; the last one to leave stops them. So a command works
beside a running server, and the stores outlive whichever of the two ends first.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.app.settings import Settings
from regulars.core.errors import Unavailable
from regulars.infra.lake_server import process as lake_process
from regulars.infra.lake_server.lock import holder

if TYPE_CHECKING:  # installed with the extra "embedded" only
    from regulars.infra.embedded_pg import EmbeddedPostgres


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the two stores answer."""

    database_url: str
    lake_url: str

    def environment(self, home: Path) -> dict[str, str]:
        """What a child process needs to find them."""
        return {
            "REGULARS_HOME": str(home),
            "REGULARS_DATABASE_URL": self.database_url,
            "REGULARS_LAKE_URL": self.lake_url,
        }


# ---- files of a home ----------------------------------------------------------------------------------------
def run_dir(home: Path) -> Path:
    """The folder for locks and what runs now."""
    folder = home / "run"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def lake_path(home: Path) -> Path:
    """The lake server's data folder of a home."""
    return home / "lake"


def endpoints_file(home: Path) -> Path:
    """Where a running server writes what it serves, for whoever comes beside it."""
    return home / "run" / "endpoints.json"


def running_server(home: Path) -> dict[str, Any] | None:
    """What the `serve` that holds this home has written ({pid, url, database_url, lake_url, children}), or None."""
    held = holder(home / "run" / "serve")
    if held is None:
        return None
    try:
        written = json.loads(endpoints_file(home).read_text())
    except (OSError, ValueError):
        written = {}
    # What a killed predecessor wrote is not true any more.
    return written if written.get("pid") == held.get("pid") else {"pid": held.get("pid")}


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file at once, readable by this user only: URLs may hold passwords."""
    aside = path.with_suffix(".tmp")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(content, out, indent=1)
    aside.replace(path)


class Users:
    """A shared lock held by everybody who uses the stores of a home; it ends with its process."""

    def __init__(self, home: Path) -> None:
        self._fd = os.open(run_dir(home) / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_SH)  # waits for one who is just stopping the stores

    def leave(self, stop: Callable[[], object]) -> None:
        """Let go; when nobody else uses the stores, stop them first."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stop()
        except BlockingIOError:
            pass
        finally:
            os.close(self._fd)


# ---- stores for a command -----------------------------------------------------------------------------------
@contextmanager
def ensure_stores(settings: Settings) -> Generator[Endpoints]:
    """Give the stores for as long as the block lasts: those configured, those that run, or private ones.

    Raises:
        Unavailable: an embedded store does not start.
    """
    if settings.database_url and settings.lake_url:
        yield Endpoints(settings.database_url, settings.lake_url)
        return
    home = settings.home_path
    users = Users(home)
    database, lake = settings.database_url, settings.lake_url
    try:
        beside = running_server(home) or {}
        database = database or beside.get("database_url", "") or embedded_postgres(home).start()
        lake = lake or beside.get("lake_url", "") or start_lake(home).url
        yield Endpoints(database, lake)
    finally:
        users.leave(lambda: stop_stores(home))


def embedded_postgres(home: Path) -> EmbeddedPostgres:
    """The embedded PostgreSQL of a home, running or not.

    Raises:
        Unavailable: it is not installed.
    """
    try:
        from regulars.infra import embedded_pg
    except ImportError as exc:
        raise _not_installed("REGULARS_DATABASE_URL") from exc
    return embedded_pg.EmbeddedPostgres(home)


def start_lake(home: Path, *, port: int = 0) -> lake_process.LakeProcess:
    """Adopt or start the lake server of this home, at this port if that is free.

    Raises:
        Unavailable: chDB is not installed, or the server does not start.
    """
    path = lake_path(home)
    log_file = home / "log" / "lake.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    for attempt_port in (port, 0):
        try:
            return lake_process.find(path) or lake_process.start(
                path, port=attempt_port, die_with_parent=False, log_file=log_file
            )
        except Unavailable as exc:
            if "No module named 'chdb'" in exc.message:
                raise _not_installed("REGULARS_LAKE_URL") from exc
            if found := lake_process.find(path):  # another command started it in the same moment
                return found
            if attempt_port == 0:
                raise
    raise AssertionError("the last attempt returns or raises")


def _not_installed(variable: str) -> Unavailable:
    return Unavailable("The embedded stores are not installed.", f"pip install 'regulars[embedded]', or set {variable}")


def stop_stores(home: Path) -> list[str]:
    """Stop the embedded stores of a home that run; give their names."""
    stopped: list[str] = []
    if (lake := lake_process.find(lake_path(home))) is not None:
        lake.stop()
        stopped.append("lake server")
    if (home / "postgres").is_dir() and (postgres := embedded_postgres(home)).running():
        postgres.stop()
        stopped.append("PostgreSQL")
    return stopped
