"""Where a sandbox's messages arrive in a test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from regulars.core.clock import Clock
from regulars.platforms.contract import Incoming

Answer = Callable[[Incoming], tuple[int, bytes]]


class Inbox:
    """What arrived, in order; it is answered with `answer`."""

    def __init__(self, url: str, answer: Answer) -> None:
        self.url, self.answer = url, answer
        self.messages: list[Incoming] = []
        self.queries: list[str] = []


@contextmanager
def listening(clock: Clock, answer: Answer = lambda _: (200, b"success")) -> Iterator[Inbox]:
    """Listen on an address of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            message = Incoming(self.command, query, headers, body, clock.system_now())
            inbox.messages.append(message)
            inbox.queries.append(parts.query)
            status, said = inbox.answer(message)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inbox = Inbox(f"http://127.0.0.1:{server.server_port}/in", answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield inbox
    finally:
        server.shutdown()
        server.server_close()
