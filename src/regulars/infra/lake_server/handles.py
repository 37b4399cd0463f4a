"""Statements on chDB: a pool of handles, results as streams of bytes, inserts, cancel.

Handles run in parallel, one handle runs one statement at a time, and carries its database and settings.
After any error, cancel or abandoned stream a handle may return leftovers to the next query, so it is closed
and replaced; opening one costs 0.3 ms.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import chdb  # pyright: ignore[reportMissingTypeStubs]  # ships none

from regulars.infra.lake_server.protocol import (
    STREAMED_KINDS,
    InsertHead,
    LakeError,
    Statement,
    error_of,
    has_head,
    join_blocks,
    quote,
    quote_name,
    set_statement,
    streams,
)

_MAX_IDLE: Final = 16
_FEW: Final = 4  # up to here an idle handle at other settings is left to those who want these
_WAIT_S: Final = 60.0


@dataclass(slots=True)
class Stats:
    """What a statement read and wrote so far, for the summary header."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0


@dataclass(slots=True)
class Query:
    """One statement with all that it needs: its text, output format, bound parameters."""

    sql: str
    statement: Statement
    format: str
    params: Mapping[str, str]
    stats: Stats = field(default_factory=Stats)


class Handle:
    """One chDB connection with the database and settings it stands at."""

    def __init__(self, path: str, mark: str, base: Mapping[str, str]) -> None:
        self.mark = mark
        self.database = ""
        self.settings: dict[str, str] = {}
        self.spoiled = False
        self.cancelled = False
        self._base = dict(base)
        try:
            self._conn: Any = chdb.connect(path)
        except Exception as exc:
            raise error_of(exc) from exc
        self.settle("default", {})
        # The mark makes the handle's running query findable in system.processes: chDB takes no query_id.
        self.run(set_statement({"log_comment": mark}))

    def run(  # the result is chDB's own, untyped
        self, sql: str, fmt: str = "TabSeparated", params: Mapping[str, str] | None = None
    ) -> Any:  # noqa: ANN401
        """Run to the end and give chDB's result.

        Raises:
            LakeError: from the engine; the handle is spoiled.
        """
        try:
            result = self._conn.query(sql, fmt, params=dict(params or {}))
        except Exception as exc:
            self.spoiled = True
            raise error_of(exc) from exc
        self._must_be_whole()
        return result

    def _must_be_whole(self) -> None:
        """Raise LakeError when the statement was cancelled: the engine may end its result early without a word."""
        if self.cancelled:
            raise LakeError(394, "QUERY_WAS_CANCELLED", "Query was cancelled.")

    def settle(self, database: str, settings: Mapping[str, str]) -> None:
        """Go to the database and settings of the next request, from wherever the last one left it."""
        wanted = self._base | dict(settings)
        if database and database != self.database:
            self.run(f"USE {quote_name(database)}")
            self.database = database
        if wanted != self.settings:
            changed: dict[str, str | None] = {k: v for k, v in wanted.items() if self.settings.get(k) != v}
            changed |= {k: None for k in self.settings if k not in wanted}
            if "readonly" in wanted:
                self.spoiled = True  # nobody could set anything on this handle again
            self.run(set_statement(changed))
            self.settings = wanted

    def fits(self, database: str, settings: Mapping[str, str]) -> bool:
        """Whether nothing has to be changed for such a request."""
        return self.database == database and self.settings == self._base | dict(settings)

    def chunks(self, query: Query) -> Iterator[bytes]:
        """The result's bytes: streamed where the format allows, else in one piece.

        Raises:
            LakeError: at any point; what was yielded before is an incomplete result.
        """
        if query.statement.leaves_state:
            self.spoiled = True
        # A streamed result has no totals row, and no extremes.
        whole = query.statement.totals or self.settings.get("extremes", "0") != "0"
        if query.statement.kind in STREAMED_KINDS and streams(query.format) and not whole:
            yield from join_blocks(query.format, self._blocks(query))
            if query.stats.result_rows or not has_head(query.format):
                return
        yield self._whole(query)

    def _whole(self, query: Query) -> bytes:
        result = self.run(query.sql, query.format, query.params)
        stats = query.stats
        stats.read_rows, stats.read_bytes = result.storage_rows_read(), result.storage_bytes_read()
        stats.written_rows, stats.written_bytes = result.rows_written(), result.bytes_written()
        stats.result_rows, stats.result_bytes = result.rows_read(), result.size()
        return bytes(result.bytes() or b"")

    def _blocks(self, query: Query) -> Generator[bytes, None, None]:
        stream: Any = None
        self.spoiled = True  # until the stream has been read to its end
        try:
            stream = self._conn.send_query(query.sql, query.format, params=dict(query.params))
            for block in stream:
                query.stats.read_rows += block.storage_rows_read()
                query.stats.read_bytes += block.storage_bytes_read()
                query.stats.result_rows += block.rows_read()
                query.stats.result_bytes += block.size()
                yield block.bytes()
            self._must_be_whole()
        except GeneratorExit:
            raise
        except Exception as exc:
            raise error_of(exc) from exc
        else:
            self.spoiled = self.cancelled or query.statement.leaves_state or "readonly" in self.settings
        finally:
            if stream is not None:
                with suppress(Exception):
                    stream.close()

    def insert(self, head: InsertHead, data: Iterable[bytes]) -> Stats:
        """Feed an INSERT with its data as it arrives.

        When the data breaks off, blocks already written stay, as in ClickHouse; a deduplication token makes it
        safe to send all of it again.

        Raises:
            LakeError: bad statement or bad data; the handle is spoiled.
        """
        self.spoiled = True  # until it has ended well
        inserter: Any = None
        try:
            inserter = self._conn.send_insert(head.query, head.format)
            for chunk in data:
                inserter.append(chunk)
            done = inserter.finish()
        except Exception as exc:
            if inserter is not None:
                with suppress(Exception):
                    inserter.cancel()
            raise error_of(exc) from exc
        self.spoiled = self.cancelled or "readonly" in self.settings
        return Stats(written_rows=done.rows_written, written_bytes=done.bytes_written)

    def close(self) -> None:
        """Give the connection back to the engine."""
        with suppress(Exception):
            self._conn.close()


class Pool:
    """Handles of one path. The engine lives as long as the pool's own control handle."""

    def __init__(
        self, path: str, *, config: str = "", max_running: int = 64, base: Mapping[str, str] | None = None
    ) -> None:
        self.path, self._base = path, dict(base or {})
        self._source = f"{path}?config-file={config}" if config else path
        self._marks = (f"lake-handle-{n}" for n in itertools.count(1))
        self._control = self._open()
        self._control_lock = threading.Lock()
        self._lock = threading.Lock()
        self._idle: list[Handle] = []
        self._slots = threading.BoundedSemaphore(max_running)
        version, zone = str(self.control("SELECT version(), timezone()")).strip().split("\t")
        self.version, self.zone = version, zone

    def _open(self) -> Handle:
        return Handle(self._source, next(self._marks), self._base)

    def control(self, sql: str) -> str:
        """Run a small statement of the server's own, beside whatever the clients run."""
        with self._control_lock:
            try:
                return bytes(self._control.run(sql).bytes() or b"").decode()
            except LakeError:
                broken, self._control = self._control, self._open()
                broken.close()
                raise

    @contextmanager
    def handle(self, database: str, settings: Mapping[str, str]) -> Generator[Handle, None, None]:
        """A handle that stands at this database and these settings, for one statement.

        Raises:
            LakeError: unknown database or setting; TOO_MANY_SIMULTANEOUS_QUERIES after a minute's wait.
        """
        if not self._slots.acquire(timeout=_WAIT_S):
            raise LakeError(202, "TOO_MANY_SIMULTANEOUS_QUERIES", "Too many queries run at the same time")
        try:
            handle = self._take(database, settings)
            try:
                handle.settle(database, settings)
                yield handle
            except BaseException:
                handle.spoiled = True
                raise
            finally:
                self._give(handle)
        finally:
            self._slots.release()

    def _take(self, database: str, settings: Mapping[str, str]) -> Handle:
        with self._lock:
            at = next((i for i, idle in enumerate(self._idle) if idle.fits(database, settings)), None)
            if at is None and len(self._idle) > _FEW:
                at = 0  # the one longest unused
            taken = self._idle.pop(at) if at is not None else None
        return taken or self._open()

    def _give(self, handle: Handle) -> None:
        with self._lock:
            keep = not handle.spoiled and len(self._idle) < _MAX_IDLE
            if keep:
                self._idle.append(handle)
        if not keep:
            handle.close()

    def kill(self, handle: Handle) -> None:
        """Cancel what the handle runs now; its caller gets QUERY_WAS_CANCELLED and the handle is dropped."""
        handle.spoiled = handle.cancelled = True
        with suppress(LakeError):
            self.control(f"KILL QUERY WHERE Settings['log_comment'] = {quote(handle.mark)} ASYNC")

    def close(self) -> None:
        """Close the idle handles and the control handle; the engine then writes out and ends."""
        with self._lock:
            idle, self._idle = self._idle, []
        for handle in idle:
            handle.close()
        self._control.close()
