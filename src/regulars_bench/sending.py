"""Batches of messages over HTTP, one connection each, as a shop's own server sends them."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass, field


@dataclass(slots=True)
class Door:
    """The way to `/v1/batch` of a server on this machine. packed: the bodies are gzip."""

    port: int
    key: str
    packed: bool = False
    _connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def takes(self, body: bytes) -> bool:
        """Send a batch; tell whether it was taken, else the same is to be sent again. Raises ValueError: not valid."""
        headers = {"Authorization": "Basic " + base64.b64encode(f"{self.key}:".encode()).decode()}
        if self.packed:
            headers["Content-Encoding"] = "gzip"
        try:
            self._connection.request("POST", "/v1/batch", body, headers)
            answer = self._connection.getresponse()
            found = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return False
        if answer.status == 200 and json.loads(found)["quarantined"]:
            raise ValueError(found.decode())
        return answer.status == 200

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
