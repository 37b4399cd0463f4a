"""A real browser, and the console served to it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from rich.console import Console
from tests.conftest import Start

from regulars.app import demo
from regulars.app.asgi import create_app, web_root

expect.set_options(timeout=30_000)  # several browsers and stores share two cores
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NEEDS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.skipif(not (web_root() / "index.html").exists(), reason="the console is not built: make setup"),
]


@contextmanager
def served(house) -> Iterator[str]:
    """Serve a house; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(house), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while thread.is_alive() and not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield opened
        opened.close()


def _tenth(path: Path) -> Path:
    """Write a file with every tenth customer's year and a few anonymous baskets."""
    table = pq.read_table(demo.example_folder() / "online_retail.parquet")
    customer = table.column("CustomerID")
    tenth = pc.equal(pc.subtract(customer, pc.multiply(pc.divide(customer, 10), 10)), 0)
    some = pc.and_(pc.is_null(customer), pc.ends_with(table.column("InvoiceNo"), "99"))
    pq.write_table(table.filter(pc.or_(pc.fill_null(tenth, False), some)), path)
    return path


@pytest.fixture(scope="module")
def demo_start(fill, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """The demo's tenth, for files whose `start` it is: they ask for `site`."""
    file = _tenth(tmp_path_factory.mktemp("demo") / "tenth.parquet")
    with fill(lambda house: demo.prepare(house, Console(quiet=True), file)) as filled:
        yield filled


@pytest.fixture
def site(house) -> Iterator[tuple[str, demo.Login, int]]:
    """Serve the demo; yield its address, the login, and a customer's number."""
    login = demo.prepare(house, Console(quiet=True))
    with house.ctx(1) as ctx:
        uid = ctx.tx.execute("select uid from person_state where brand_id = 1 order by purchase_number desc").fetchone()
    with served(house) as address:
        yield address, login, uid["uid"]


def opened(browser: Browser, site, locale: str, width: int) -> tuple[Page, list[str]]:
    """Log in to the demo; return the page and the list that its errors are written into."""
    address, login, _ = site
    page = browser.new_context(viewport={"width": width, "height": 844}, locale=locale).new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    said = lambda m: f"{m.text} {m.location.get('url', '')}"  # noqa: E731 - beside its only use
    page.on("console", lambda m: faults.append(said(m)) if m.type == "error" and "401" not in m.text else None)
    page.goto(f"{address}/login")
    page.locator("input").nth(0).fill(login.email)
    page.locator("input").nth(1).fill(login.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    return page, faults
