"""A shop with an API of its own: a real HTTP server, and the connector that reads it.

Import this module at the top of a test module, so that its connector is registered before the kinds are frozen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx2
from pydantic import BaseModel, SecretStr

from regulars.connectors.contract import (
    Connector,
    ConnectorConfig,
    Named,
    NotTheirs,
    Page,
    Received,
    Statement,
    Stream,
    Totals,
    Window,
    connector_registry,
)
from regulars.core.text import Text
from regulars.platforms.contract import Incoming, Refused, Session

SIZE = 2
"""Orders on a page."""


class Killed(BaseException):
    """The process dies here. No `except Exception` sees it, like no code sees a kill -9."""


@dataclass
class Shop:
    """orders: as the shop has them, changed by tests. views: a log that is only added to. asked: paths with queries.

    refuse: how many of the next calls are answered "busy". garbage: how many with something that is no page.
    """

    url: str = ""
    orders: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refuse: int = 0
    garbage: int = 0
    die_at: int = 0

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        self.asked.append((path, query))
        if self.refuse:
            self.refuse -= 1
            return 429, {}
        if self.garbage:
            self.garbage -= 1
            return 200, {"surprise": True}
        if path == "/totals":
            return 200, {o["id"]: o["fen"] for o in self.orders if o["at"][:10] == query["day"]}
        if path == "/views":
            after = int(query["after"] or 0)
            return 200, {"rows": self.views[after : after + SIZE], "next": str(min(after + SIZE, len(self.views)))}
        found = [o for o in self.orders if query["start"] <= o["modified"] < query["end"]]
        found.sort(key=lambda o: (o["modified"], o["id"]))
        at = int(query["page"] or 0)
        more = str(at + SIZE) if at + SIZE < len(found) else ""
        return 200, {"rows": found[at : at + SIZE], "next": more}


@contextmanager
def running() -> Generator[Shop]:
    """Serve a shop."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, told = shop.answer(parts.path, {k: v[0] for k, v in parse_qs(parts.query, True).items()})
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shop.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield shop
    server.shutdown()
    server.server_close()


class ShopConfig(ConnectorConfig):
    url: str
    secret: SecretStr = SecretStr("between us")


dies: list[int] = []
"""At which pages the process dies, each once."""


@connector_registry.add
class TestShop(Connector):
    """Orders in windows of modified time, views by cursor, and messages signed with HMAC."""

    __test__ = False
    key: ClassVar[str] = "test_shop"
    title: ClassVar[Text] = Text("测试店铺", "Test shop")
    platform: ClassVar[str] = "dingtalk"  # any platform: only its account's session is used
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("orders", Text("订单", "Orders"), every_s=60, overlap_s=300, longest_s=86_400, history_days=90),
        Stream("views", Text("浏览", "Views"), by="cursor", every_s=30),
    )
    Config: ClassVar[type[BaseModel]] = ShopConfig

    async def pull(self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str) -> Page:
        assert isinstance(config, ShopConfig)
        if dies and page == str(dies[0]):
            dies.pop()
            raise Killed
        query = {"page": page, "start": iso(window.start), "end": iso(window.end)}
        asked = query if stream == "orders" else {"after": page}
        told = await _asked(session, f"{config.url}/{stream}", asked)
        read = _order if stream == "orders" else _view
        rows = told["rows"]
        return Page(
            tuple(read(row) for row in rows if "fen" in row or "page" in row),
            told["next"],
            tuple((row, "has no amount") for row in rows if "fen" not in row and "page" not in row),
        )

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        assert isinstance(config, ShopConfig)
        if message.headers.get("x-signature", "") != sign(message.body, config.secret.get_secret_value()):
            raise NotTheirs("The signature is wrong.", "Check the secret.")
        return Received((_order(json.loads(message.body)),), b"ok", changed={"orders": ""})

    async def totals(self, session: Session, config: BaseModel, day: date) -> Totals | None:
        assert isinstance(config, ShopConfig)
        return Totals(day, await _asked(session, f"{config.url}/totals", {"day": day.isoformat()}))


async def _asked(session: Session | None, url: str, query: dict[str, str]) -> Any:
    assert session is not None
    answer = await session.call(httpx2.Request("GET", url, params=query), api="test", repeatable=True)
    if answer.status_code == 429:
        raise Refused("test_shop", "too many calls", platform_code="429", cause="busy")
    return answer.json()


def _order(row: dict[str, Any]) -> Statement:
    line = {"item_id": "S1", "quantity": 1, "amount_fen": row["fen"]}
    props = {"order_id": row["id"], "total_fen": row["fen"], "currency": "GBP", "lines": [line]}
    at = datetime.fromisoformat(row["at"])
    named = (Named("phone", row["phone"]),) if row.get("phone") else ()
    return Statement("order.placed", at, f"order:{row['id']}:{row['modified']}", props, named)


def _view(row: dict[str, Any]) -> Statement:
    return Statement("page.viewed", datetime.fromisoformat(row["at"]), f"view:{row['n']}", {"page": row["page"]},
                     (Named("ouid", row["who"]),))  # fmt: skip


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def order(number: str, at: datetime, fen: int = 1000, *, modified: datetime | None = None) -> dict[str, Any]:
    return {"id": number, "at": iso(at), "modified": iso(modified or at), "fen": fen, "phone": "13812345678"}


def sign(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
