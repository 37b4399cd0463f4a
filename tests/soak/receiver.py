"""A provider behind the webhook that counts: who was reached, under which webhook-id."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS_AFTER_S = 0.3
"""Long enough for a kill between a request and its answer."""


class Receiver:
    """Takes each webhook-id once, as Standard Webhooks ask of a receiver; a repeated one is noted and does nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reached: dict[str, list[int]] = {}
        self.repeated: dict[str, list[list[int]]] = {}
        self._told: Callable[[int], object] = lambda _: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True, name="receiver").start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/messages"

    def clear(self, told: Callable[[int], object]) -> None:
        """Begin a new run. told: hears how many requests have arrived, before each is answered."""
        with self._lock:
            self.reached, self.repeated, self._told = {}, {}, told

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _note(self, webhook_id: str, uids: list[int]) -> None:
        with self._lock:
            if webhook_id in self.reached:
                self.repeated.setdefault(webhook_id, []).append(uids)
            else:
                self.reached[webhook_id] = uids
            count = len(self.reached) + sum(map(len, self.repeated.values()))
        self._told(count)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                receiver._note(self.headers["webhook-id"], [r["uid"] for r in body["data"]["recipients"]])
                time.sleep(ANSWERS_AFTER_S)
                answer = b'{"id": "taken"}'
                try:
                    self.send_response(200)
                    self.send_header("content-length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    return  # the sender was killed

            def log_message(self, format: str, *args: object) -> None:
                return

        return Handler
