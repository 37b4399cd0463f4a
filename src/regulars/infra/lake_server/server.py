"""ClickHouse's HTTP interface on the standard library's threading server; chDB calls release the GIL."""

from __future__ import annotations

import json
import logging
import re
import secrets
import select
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Any, Final, cast

from regulars.infra.lake_server import codecs, requests
from regulars.infra.lake_server.handles import Handle, Pool, Query, Stats
from regulars.infra.lake_server.protocol import LakeError, content_type, late_error

log = logging.getLogger("regulars.lake_server")

_ROOM_BYTES: Final = 64 << 20
_SPOOL: Final = 1 << 24  # a waited-for result larger than this goes through a temporary file
_DRAIN: Final = 1 << 28
_KILL: Final = re.compile(r"\s*KILL\s+QUERY\s+WHERE\s+query_id\s*=\s*'([^'\\]+)'", re.IGNORECASE)
_WATCH_S: Final = 0.1
_GONE: Final = select.POLLHUP | select.POLLERR | int(getattr(select, "POLLRDHUP", 0))


@dataclass(slots=True)
class Running:
    """A statement under way, for KILL QUERY and for noticing that its client has gone."""

    query_id: str
    sql: str
    handle: Handle
    sock: socket.socket | None  # None: finish it even when the client goes


class LakeServer(ThreadingHTTPServer):
    """Serves one pool. Raises OSError when the port is taken."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], pool: Pool) -> None:
        self.pool = pool
        self._running: dict[int, Running] = {}
        self._busy = threading.Event()
        super().__init__(address, _Handler)
        self.port = int(self.socket.getsockname()[1])
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    @contextmanager
    def track(self, running: Running) -> Generator[None]:
        """Make a statement visible while it runs."""
        self._running[id(running)] = running
        self._busy.set()
        try:
            yield
        finally:
            del self._running[id(running)]

    def kill(self, chosen: Callable[[Running], bool]) -> list[Running]:
        """Cancel the statements that are chosen."""
        found = [running for running in list(self._running.values()) if chosen(running)]
        for running in found:
            self.pool.kill(running.handle)
        return found

    def finish(self, patience_s: float) -> None:
        """Let running statements end for so long, then cancel them."""
        until = time.monotonic() + patience_s
        while self._running and time.monotonic() < until:
            time.sleep(0.02)
        self.kill(lambda _: True)
        until = time.monotonic() + 2
        while self._running and time.monotonic() < until:
            time.sleep(0.02)

    def _watch(self) -> None:
        """Cancel the reads whose client has gone: nobody waits for them and they hold memory and cores."""
        while self._busy.wait():
            time.sleep(_WATCH_S)
            self._busy.clear()
            poll, waiting = select.poll(), dict[int, Running]()
            for running in list(self._running.values()):
                self._busy.set()
                number = running.sock.fileno() if running.sock else -1
                if number >= 0 and not running.handle.cancelled:
                    poll.register(number, _GONE)
                    waiting[number] = running
            for number, _ in poll.poll(0) if waiting else ():
                log.info("the client of query %s has gone; cancelled", waiting[number].query_id)
                self.pool.kill(waiting[number].handle)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is the client's right; the rest is worth a line."""
        log.warning("connection from %s broke", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "regulars-lake", ""
    disable_nagle_algorithm = True
    timeout = 900  # a reader that takes nothing for so long holds a handle for nothing
    wbufsize = 1 << 16

    def _lake(self) -> LakeServer:
        return cast(LakeServer, self.server)

    def log_message(self, format: str, *args: object) -> None:
        log.debug(format, *args)

    def do_GET(self) -> None:
        """Answer a query that only reads, or `/ping`."""
        self._serve(may_write=False)

    def do_POST(self) -> None:
        """Answer any statement."""
        self._serve(may_write=True)

    def _serve(self, *, may_write: bool) -> None:
        headers = cast(Mapping[str, str], self.headers)
        self._begun, self._query_id, self._sent = time.perf_counter(), "", False
        body: requests.Body | None = None
        try:
            body = requests.Body(cast(Any, self.rfile), headers)
            _refuse_browsers(headers)
            path = self.path.split("?")[0]
            if path in ("/ping", "/") and "query=" not in self.path and not may_write:
                self._reply(200, b"Ok.\n", {})
                return
            if path != "/":
                self._reply(404, b"There is no handle %s. Ask / or /ping.\n" % path.encode(), {})
                return
            request = requests.read(self.path, headers, body)
            self._query_id = request.query_id
            if not may_write and not request.statement.reads_only:
                raise LakeError(164, "READONLY", "Cannot execute query in readonly mode. Use POST to write")
            self._answer(request)
        except LakeError as exc:
            self._fail(exc)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except ValueError:  # a broken head or chunk: where the next request begins is unknown
            self.close_connection = True
            self._fail(LakeError(1000, "POCO_EXCEPTION", "The request is not proper HTTP"))
        finally:
            if body is not None and not self.close_connection:
                self._drain(body)

    def _drain(self, body: requests.Body) -> None:
        try:
            self.wfile.flush()
            self.close_connection = not body.drain(_DRAIN)
        except (ConnectionError, TimeoutError, ValueError):
            self.close_connection = True

    def _answer(self, request: requests.Request) -> None:
        lake = self._lake()
        if found := _KILL.match(request.sql):
            killed = lake.kill(lambda running: running.query_id == found.group(1))
            if killed:
                rows = [f"waiting\t{r.query_id}\tdefault\t{_tsv(r.sql)}\n" for r in killed]
                self._reply(200, "".join(rows).encode(), {"X-ClickHouse-Format": "TabSeparated"})
                return
        query = Query(request.sql, request.statement, request.format, request.params)
        spool: IO[bytes] | None = None
        with lake.pool.handle(request.database, request.settings) as handle:
            sock = self.connection if request.statement.reads_only else None
            with lake.track(Running(request.query_id, request.sql, handle, sock)):
                if request.insert is not None:
                    _require_room(lake.pool.path)
                    query.stats = handle.insert(request.insert, request.data)
                    _require_room(lake.pool.path)
                elif request.waits or not request.statement.reads_only:
                    spool = _spooled(handle.chunks(query), Path(lake.pool.path).parent)
                else:
                    self._stream(request, query, handle)
                    return
        self._send_whole(request, query.stats, spool)

    def _send_whole(self, request: requests.Request, stats: Stats, spool: IO[bytes] | None) -> None:
        """Answer with a length: everything is known, and the handle is free again."""
        headers = self._result_headers(request) | {"X-ClickHouse-Summary": self._summary(stats)}
        if spool is None:
            self._reply(200, b"", headers)
            return
        with spool:
            length = spool.tell()
            spool.seek(0)
            if request.encoding and length:
                self._head(200, headers | _encoded(request.encoding))
                for piece in codecs.encode(request.encoding, iter(lambda: spool.read(_SPOOL), b"")):
                    self._chunk(piece)
                self.wfile.write(b"0\r\n\r\n")
                return
            self._head(200, headers | {"Content-Length": str(length)})
            while piece := spool.read(1 << 20):
                self.wfile.write(piece)

    def _stream(self, request: requests.Request, query: Query, handle: Handle) -> None:
        """Answer while the engine still works; an error then comes as a marked block and a broken end."""
        with closing(cast(Generator[bytes], handle.chunks(query))) as chunks:
            first = next(chunks, b"")  # an error before the first block still gets its status
            tag = secrets.token_hex(8)
            failed: list[LakeError] = []

            def guarded() -> Iterator[bytes]:
                yield first
                try:
                    yield from chunks
                except LakeError as exc:
                    failed.append(exc)
                    yield late_error(tag, exc.text(self._lake().pool.version))

            extra = _encoded(request.encoding) if request.encoding else {"Transfer-Encoding": "chunked"}
            try:
                self._head(200, self._result_headers(request) | {"X-ClickHouse-Exception-Tag": tag} | extra)
                for piece in codecs.encode(request.encoding, guarded()):
                    self._chunk(piece)
                if not failed:
                    self.wfile.write(b"0\r\n\r\n")
                self.wfile.flush()
            except OSError:
                self._lake().pool.kill(handle)
                raise
            if failed:
                self.close_connection = True  # no final chunk: nobody can take this for a whole result
                log.info("query %s failed in mid-result: %s", request.query_id, failed[0])

    def _result_headers(self, request: requests.Request) -> dict[str, str]:
        if not request.statement.has_result:
            return {"Content-Type": "text/plain; charset=UTF-8"}
        return {"Content-Type": content_type(request.format), "X-ClickHouse-Format": request.format}

    def _summary(self, stats: Stats) -> str:
        elapsed = int((time.perf_counter() - self._begun) * 1e9)
        numbers = asdict(stats) | {"total_rows_to_read": stats.read_rows, "elapsed_ns": elapsed}
        return json.dumps({name: str(value) for name, value in numbers.items()})

    def _fail(self, exc: LakeError) -> None:
        if self._sent:
            self.close_connection = True
            return
        log.info("query %s: %s", self._query_id, exc)
        body = exc.text(self._lake().pool.version).encode()
        code = {"X-ClickHouse-Exception-Code": str(exc.code), "Content-Type": "text/plain; charset=UTF-8"}
        self._reply(exc.status, body, code)

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self._head(status, {**headers, "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self._sent = True
        self.send_response(status)
        self.send_header("X-ClickHouse-Server-Display-Name", "regulars-lake")
        self.send_header("X-ClickHouse-Query-Id", self._query_id)
        self.send_header("X-ClickHouse-Timezone", self._lake().pool.zone)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _chunk(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n" % len(piece))
        self.wfile.write(piece)
        self.wfile.write(b"\r\n")


def _encoded(encoding: str) -> dict[str, str]:
    return {"Content-Encoding": encoding, "Transfer-Encoding": "chunked"}


def _require_room(path: str) -> None:
    """Refuse an insert while the disk is nearly full, looked at before it and after.

    chDB reports rows that it had no room for as written. What was written after all is known by its token when it is
    sent again. Raises: LakeError.
    """
    free = shutil.disk_usage(path).free
    if free < _ROOM_BYTES:
        raise LakeError(
            243, "NOT_ENOUGH_SPACE", f"The lake's disk has {free >> 20} MiB left; {_ROOM_BYTES >> 20} are needed"
        )


def _spooled(chunks: Iterator[bytes], folder: Path) -> IO[bytes]:
    """Collect a result, in memory or beside the data: the system's folder for temporary files is often small."""
    spool = cast(IO[bytes], tempfile.SpooledTemporaryFile(_SPOOL, dir=str(folder)))  # noqa: SIM115  # closed by who sends it
    try:
        for chunk in chunks:
            spool.write(chunk)
    except BaseException:
        spool.close()
        raise
    return spool


def _tsv(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _refuse_browsers(headers: Mapping[str, str]) -> None:
    """A web page must not reach the lake through its visitor's browser (CSRF, DNS rebinding)."""
    host = headers.get("Host", "").rsplit(":", 1)[0].strip("[]") if headers.get("Host") else "localhost"
    try:
        trusted = bool(ip_address(host))
    except ValueError:
        trusted = "." not in host  # localhost, or a container's name: no public DNS answers those
    if not trusted or "Origin" in headers or "Sec-Fetch-Site" in headers:
        raise LakeError(516, "AUTHENTICATION_FAILED", "The lake server does not serve browsers")
