"""Run everything of one home folder: the embedded stores, the web process, the worker.

A part that dies is started again, with growing delays. Children die with their supervisor; the stores of a
supervisor that was killed are adopted by the next one.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import structlog

from regulars.app.settings import Settings
from regulars.app.stores import (
    Endpoints,
    Users,
    embedded_postgres,
    endpoints_file,
    ensure_stores,
    run_dir,
    running_server,
    start_lake,
    stop_stores,
    write_private,
)
from regulars.core.errors import Conflict, RegularsError, Unavailable
from regulars.infra.lake_server import process as lake_process
from regulars.infra.lake_server.lock import PathLock, PathTaken, holder

__all__ = ["Child", "Endpoints", "Supervisor", "ensure_stores", "serve", "stop"]

log = structlog.get_logger()

_LOOK_S: Final = 0.2
_FIRST_DELAY_S, _LAST_DELAY_S = 0.2, 30.0
_HEALTHY_S: Final = 20.0  # alive for so long: the next death starts from the first delay again
_GRACE_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive. `environment` comes on top of this process's own and of the stores'."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


# ---- parts that are kept alive ------------------------------------------------------------------------------
class _Part(Protocol):
    name: str

    def start(self) -> None: ...
    def alive(self) -> bool: ...
    def why(self) -> str: ...
    def stop(self) -> None: ...


class _Postgres:
    name = "postgres"

    def __init__(self, home: Path) -> None:
        self._server = embedded_postgres(home)
        self.url = ""

    def start(self) -> None:
        self.url = self._server.start()

    def alive(self) -> bool:
        return self._server.running()

    def why(self) -> str:
        return f"the postmaster has gone, see {self._server.log_file}"

    def stop(self) -> None:
        self._server.stop()


class _Lake:
    name = "lake"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: lake_process.LakeProcess | None = None
        self.url = ""

    def start(self) -> None:
        # At the same port as before: the others know it by its URL.
        port = int(self.url.rsplit(":", 1)[1]) if self.url else 0
        self._process = start_lake(self._home, port=port)
        self.url = self._process.url

    def alive(self) -> bool:
        return self._process is not None and self._process.alive()

    def why(self) -> str:
        child = self._process.child if self._process else None
        return _ending(child.returncode) if child else "the adopted lake server has gone"

    def stop(self) -> None:
        if self._process:
            self._process.stop()


class _ChildPart:
    def __init__(self, child: Child, environment: Callable[[], dict[str, str]]) -> None:
        self.name = child.name
        self._child, self._environment = child, environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603  # commands of the product's own, no shell
            self._child.command,
            env={**os.environ, **self._environment(), **self._child.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in a terminal reaches the supervisor alone, which keeps the order
            preexec_fn=_end_with_parent(os.getpid()),  # safe: this process has one thread
        )

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def why(self) -> str:
        return _ending(self.process.returncode if self.process else None)

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _stop_signals() -> list[signal.Signals]:
    """Ctrl-C, a service manager's stop, a closed terminal; the last not under nohup."""
    wanted = [signal.SIGTERM, signal.SIGINT]
    return wanted if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [*wanted, signal.SIGHUP]


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    """A step for the new process: get SIGTERM when the supervisor dies, even by kill -9. Linux only.

    Elsewhere the next `serve` ends the orphans by the process ids in the endpoints file.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return prepare


@dataclass(slots=True)
class _Watched:
    part: _Part
    started: float = 0.0
    due: float = 0.0
    delay_s: float = _FIRST_DELAY_S
    down: bool = False


class Supervisor:
    """Starts the parts in order, keeps each alive, stops them in reverse order."""

    def __init__(
        self, home: Path, children: Sequence[Child], *, database_url: str = "", lake_url: str = "", url: str = ""
    ) -> None:
        self.home = home
        self._url = url
        self._database: _Postgres | None = None if database_url else _Postgres(home)
        self._lake: _Lake | None = None if lake_url else _Lake(home)
        self._given = Endpoints(database_url, lake_url)
        self._parts = [_Watched(part) for part in (self._database, self._lake) if part is not None]
        self._children = [_ChildPart(child, lambda: self.endpoints.environment(home)) for child in children]
        self._stopping = self._answers = False

    @property
    def endpoints(self) -> Endpoints:
        """Where the stores answer now."""
        return Endpoints(
            self._database.url if self._database else self._given.database_url,
            self._lake.url if self._lake else self._given.lake_url,
        )

    def run(self, prepare: Callable[[Endpoints], None] | None = None) -> None:
        """Run until SIGTERM, SIGINT or SIGHUP. `prepare` is called once, with the stores, before the children start.

        Raises:
            Conflict: another supervisor holds this home; the message names its process.
            Unavailable: a store does not start. Also what `prepare` raises; everything is stopped then.
        """
        try:
            lock = PathLock(run_dir(self.home) / "serve")
        except PathTaken as taken:
            raise Conflict(
                f"Process {taken.holder.get('pid')} already serves {self.home}.",
                "Stop it with: regulars stop. Or choose another home with REGULARS_HOME.",
            ) from taken
        before = {n: signal.signal(n, self.stop) for n in _stop_signals()}
        try:
            with lock:
                self._run(lock, prepare)
        finally:
            for number, old in before.items():
                signal.signal(number, old)

    def _run(self, lock: PathLock, prepare: Callable[[Endpoints], None] | None) -> None:
        self._end_orphans()
        users = Users(self.home)
        try:
            self._start(prepare)
            lock.announce(self._url)
            while not self._stopping:
                self.look_after()
                self._say_when_it_answers()
                time.sleep(_LOOK_S)
        finally:
            self._stop_children()
            users.leave(self._stop_stores)  # not while a command beside still uses them
            log.info("stopped", home=str(self.home))

    def stop(self, *_: object) -> None:
        """Leave `run` soon; also the signal handler."""
        self._stopping = True

    def _start(self, prepare: Callable[[Endpoints], None] | None) -> None:
        for watched in self._parts:
            self._begin(watched)
        if prepare is not None and not self._stopping:
            prepare(self.endpoints)
        for watched in [_Watched(child) for child in self._children]:
            if not self._stopping:
                self._begin(watched)
                self._parts.append(watched)
        log.info("started", home=str(self.home), pid=os.getpid())

    def _say_when_it_answers(self) -> None:
        if self._answers or not self._url:
            return
        parts = urlsplit(self._url)
        with suppress(OSError), socket.create_connection((parts.hostname, parts.port or 80), timeout=1):
            self._answers = True
            log.info("serving", url=self._url)

    def _begin(self, watched: _Watched) -> None:
        before = self.endpoints
        watched.part.start()
        watched.started, watched.down = time.monotonic(), False
        if watched.part is self._lake and before.lake_url not in ("", self.endpoints.lake_url):
            for child in self._children:  # they know the old address
                child.stop()
        self._announce()

    def _announce(self) -> None:
        children = {c.name: c.process.pid for c in self._children if c.process}
        here = {"database_url": self.endpoints.database_url, "lake_url": self.endpoints.lake_url}
        if all(here.values()):
            write_private(
                endpoints_file(self.home), {"pid": os.getpid(), "url": self._url, **here, "children": children}
            )

    def look_after(self) -> None:
        """Look at every part once; start again what is down and due."""
        now = time.monotonic()
        for watched in self._parts:
            if self._stopping or watched.part.alive():
                continue
            if not watched.down:
                watched.down = True
                healthy = now - watched.started > _HEALTHY_S
                watched.delay_s = _FIRST_DELAY_S if healthy else min(watched.delay_s * 2, _LAST_DELAY_S)
                watched.due = now + watched.delay_s
                log.warning("part_down", part=watched.part.name, why=watched.part.why(), again_in_s=watched.delay_s)
            if now >= watched.due:
                try:
                    self._begin(watched)
                    log.info("part_restarted", part=watched.part.name)
                except (RegularsError, OSError) as exc:
                    watched.down, watched.started = False, now
                    log.warning("part_failed", part=watched.part.name, error=str(exc))

    def _stop_children(self) -> None:
        for child in self._children:
            if child.process is not None and child.alive():
                child.process.terminate()  # all at once, then wait for each
        for child in reversed(self._children):
            child.stop()
        endpoints_file(self.home).unlink(missing_ok=True)

    def _stop_stores(self) -> None:
        for part in (self._lake, self._database):
            try:
                if part is not None:
                    part.stop()
            except (RegularsError, OSError) as exc:
                log.warning("part_did_not_stop", part=part.name if part else "", error=str(exc))

    def _end_orphans(self) -> None:
        """End the children of a supervisor that was killed, where they did not end by themselves."""
        try:
            left = json.loads(endpoints_file(self.home).read_text()).get("children", {})
        except (OSError, ValueError):
            return
        names = {child.name for child in self._children}
        for name, pid in left.items():
            if name in names and _is_running(int(pid), "regulars"):
                log.warning("orphan_ended", part=name, pid=pid)
                _end(int(pid))


def _is_running(pid: int, word: str) -> bool:
    """Whether this process id is still a process with this word in its command line."""
    try:
        done = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)  # noqa: S603
    except OSError:
        return False
    return word.encode() in done.stdout


def _end(pid: int) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + 5
        while time.monotonic() < until:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)


# ---- commands -----------------------------------------------------------------------------------------------
def serve(settings: Settings, *, host: str, port: int, welcome: Callable[[str], None]) -> None:
    """Run everything on this machine until SIGTERM or SIGINT; see `Supervisor.run` for what it raises.

    welcome: told the address at which the first user is made, while there is none.
    """
    home = settings.home_path
    if running_server(home) is None:  # else the answer is who serves this home, not who has the port
        _check_port(host, port)
    cli = (sys.executable, "-m", "regulars.app.cli")
    webs = settings.web_processes or min(os.cpu_count() or 1, 4)
    children = (
        *(Child(f"web-{n}" if n > 1 else "web", (*cli, "web", "--host", host, "--port", str(port)))
          for n in range(1, webs + 1)),
        Child("worker", (*cli, "worker")),
    )  # fmt: skip
    supervisor = Supervisor(
        home,
        children,
        database_url=settings.database_url,
        lake_url=settings.lake_url,
        url=f"http://{host}:{port}",
    )
    # With servers by URL, who may change their schema and when is the operator's decision: `regulars migrate`.
    embedded = not (settings.database_url and settings.lake_url)
    address = settings.url.rstrip("/") or f"http://{host}:{port}"

    def prepare(endpoints: Endpoints) -> None:
        token = _prepare(endpoints, settings)
        if token:
            welcome(f"{address}/setup#{token}")

    supervisor.run(prepare=prepare if embedded else None)


def _prepare(endpoints: Endpoints, settings: Settings) -> str | None:
    """Bring the stores to today's schema; return the token of a house that waits for its first user."""
    from regulars.app.boot import House  # heavy, and not needed to keep processes alive
    from regulars.workspace import api_login

    house = House(endpoints.database_url, endpoints.lake_url, settings)
    try:
        house.migrate()
        with house.ctx() as ctx:
            return api_login.setup_token(ctx)
    finally:
        house.close()


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise Unavailable(f"Cannot serve on {host}:{port}: {exc.strerror}.", "Choose another: --port 8001") from exc


def stop(settings: Settings) -> str:
    """Stop what serves this home, and its embedded stores, orphans too; say what was stopped."""
    home = settings.home_path
    stopped: list[str] = []
    held = holder(home / "run" / "serve")
    if held and held.get("pid"):
        os.kill(int(held["pid"]), signal.SIGTERM)
        until = time.monotonic() + 60
        while holder(home / "run" / "serve") is not None:
            if time.monotonic() > until:
                raise Unavailable(f"Process {held['pid']} does not stop.", f"kill -9 {held['pid']}")
            time.sleep(0.1)
        stopped.append(f"server (process {held['pid']})")
    stopped += stop_stores(home)
    return "Stopped: " + ", ".join(stopped) if stopped else f"Nothing runs in {home}."
