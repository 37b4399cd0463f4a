"""A shop's page with the snippet: what a visitor does there is in the lake."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.browser.conftest import NEEDS, served

from regulars.app.asgi import web_root
from regulars.infra import event_log
from regulars.ingest import api_sources

pytestmark = [
    *NEEDS,
    pytest.mark.skipif(not (web_root() / "sdk" / "regulars.js").exists(), reason="the SDK is not built: make setup"),
]
PAGE = """<!doctype html><title>Towels</title><h1>Towels</h1>
<button onclick="regulars.push(['track', 'Coupon Opened', {coupon: 'C1'}])">Coupon</button>
<script>window.regulars = [["identify", "member-7"]]</script>
<script async src="%s/sdk/regulars.js" data-key="%s" data-consent="%s"></script>"""


class Shop:
    """A shop's own server, at an address of its own."""

    html = ""
    url = ""


@pytest.fixture
def shop() -> Iterator[Shop]:
    one = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = one.html.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    one.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield one
    server.shutdown()
    server.server_close()


def in_lake(house) -> list[tuple[str, str]]:
    while any([event_log.step(house.db, house.make_ctx, one) for one in event_log.consumers()]):
        pass
    return [(row["type"], row["props"]) for row in house.lake.rows("SELECT type, props FROM events ORDER BY type")]


def connected(house) -> str:
    with house.ctx(1) as ctx:
        given = {"name": "Site", "config": {"shop": "site"}}
        return api_sources.connect(ctx, "website", given).hook


def messages(house) -> int:
    with house.ctx(1) as ctx:
        return sum(one.messages for one in api_sources.connected(ctx))


def test_page_views_and_clicks_come_to_the_lake_also_when_the_visitor_leaves(browser: Browser, house, shop: Shop):
    key = connected(house)
    with served(house) as address:
        shop.html = PAGE % (address, key, "given")
        page = browser.new_page()
        with page.expect_response(lambda r: "/hooks/sources/" in r.url) as answered:
            page.goto(f"{shop.url}/towels?token=secret")
        assert (answered.value.status, answered.value.json()["accepted"]) == (200, 2)
        page.get_by_role("button", name="Coupon").click()
        page.goto("about:blank")
        while messages(house) < 2:  # what is handed over at the end is the browser's own affair
            page.wait_for_timeout(100)
        page.close()
    found = in_lake(house)
    assert [kind for kind, _ in found] == ["page.viewed", "person.identified", "track.coupon_opened"]
    assert "secret" not in str(found)


def test_nothing_is_kept_or_sent_before_the_visitor_agrees(browser: Browser, house, shop: Shop):
    key = connected(house)
    with served(house) as address:
        shop.html = PAGE % (address, key, "ask")
        page = browser.new_page()
        page.goto(shop.url)
        page.wait_for_function("!Array.isArray(window.regulars)")
        page.get_by_role("button", name="Coupon").click()
        assert page.evaluate("localStorage.length") == 0
        page.evaluate("regulars.consent(true)")
        with page.expect_response(lambda r: "/hooks/sources/" in r.url) as answered:
            page.get_by_role("button", name="Coupon").click()
        assert answered.value.json()["accepted"] == 1
        page.evaluate("regulars.consent(false)")
        assert page.evaluate("Object.keys(localStorage)") == ["regulars.consent"]
        page.close()
