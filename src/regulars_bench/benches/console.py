"""The console in a real browser over a home of generated people: how soon a page stands, and how soon it answers.

Measured by the browser's own observers. Source: web.dev's definitions of LCP, CLS and INP.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import TYPE_CHECKING, ClassVar

from regulars.core.errors import Unavailable
from regulars.core.ids import new_token
from regulars.workspace import api as workspace
from regulars_bench import home, serving
from regulars_bench.contract import Bench, Figure, Result, Setup
from regulars_bench.generate import making

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

EMAIL = "console@bench.local"
PAGES = ("/", "/customers", "/segments", "/segments/new", "/campaigns", "/imports", "/settings")
VISITS = 3
BAR_LCP_MS, BAR_CLS, BAR_INTERACTION_MS, BAR_FIRST_LOAD_KIB = 2_500, 0.01, 100, 400

_OBSERVE = """
window.__seen = {lcp: 0, cls: 0, events: []};
const seen = window.__seen;
const observe = (options, keep) => new PerformanceObserver((list) => list.getEntries().forEach(keep))
  .observe({buffered: true, ...options});
observe({type: 'largest-contentful-paint'}, (e) => { seen.lcp = e.startTime; });
observe({type: 'layout-shift'}, (e) => { if (!e.hadRecentInput) seen.cls += e.value; });
observe({type: 'event', durationThreshold: 16}, (e) => { if (e.interactionId) seen.events.push(e.duration); });
"""
_SCRIPTS = """() => performance.getEntriesByType('resource')
  .filter((e) => e.name.endsWith('.js')).reduce((sum, e) => sum + e.encodedBodySize, 0)"""


class ConsoleBench(Bench):
    """Every page opened anew, then a minute of what an operator does."""

    key: ClassVar[str] = "console"
    title: ClassVar[str] = "Console: how soon pages stand and answer"

    def run(self, setup: Setup) -> Result:
        """Measure; people that are missing are made first. Raises Unavailable without playwright or chromium."""
        folder = making.folder_of(setup)
        folder.mkdir(parents=True, exist_ok=True)
        password = new_token(12)
        with home.opened(folder) as house:
            counts = making.ensure(house, setup)
            with house.ctx() as ctx:
                workspace.add_user(ctx, EMAIL, "Bench", password, ["*"])
            versions = home.versions(house)
        with serving.served(folder) as port, _browser() as browser:
            figures = _measured(browser, f"http://127.0.0.1:{port}", password)
        return Result({"people": counts["people"]}, [], figures, versions)


@contextmanager
def _browser() -> Generator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise Unavailable(
            "This bench needs playwright.", "Install the developers' requirements: make setup."
        ) from error
    if program is None:
        raise Unavailable("This bench needs chromium.", "Install it, for example: apt install chromium.")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield opened
        finally:
            opened.close()


def _measured(browser: Browser, address: str, password: str) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    shifts: list[float] = []
    for path in PAGES:
        paints: list[float] = []
        for _ in range(VISITS):
            with _entered(browser, address, password) as context:
                page = _opened(context, address + path)
                paints.append(page.evaluate("window.__seen.lcp"))
                shifts.append(page.evaluate("window.__seen.cls"))
                if path == "/":
                    figures["first_load_scripts"] = Figure(
                        round(page.evaluate(_SCRIPTS) / 1024), "KiB", f"<= {BAR_FIRST_LOAD_KIB}"
                    )
        name = path.strip("/").replace("/", "_") or "overview"
        figures[f"lcp_{name}"] = Figure(round(median(paints)), "ms", f"<= {BAR_LCP_MS}")
    figures["layout_shift"] = Figure(round(max(shifts), 4), "worst CLS", f"<= {BAR_CLS}")
    with _entered(browser, address, password) as context:
        waits = _interactions(context, address)
    if len(waits) > 1:
        figures["interaction_p95"] = Figure(round(quantiles(waits, n=20)[-1]), "ms", f"<= {BAR_INTERACTION_MS}")
    figures["interactions"] = Figure(len(waits), "measured")
    return figures


@contextmanager
def _entered(browser: Browser, address: str, password: str) -> Generator[BrowserContext]:
    """Log in with empty caches; only the session is carried over to the page that is measured."""
    context = browser.new_context(viewport={"width": 1280, "height": 844}, locale="zh-CN")
    try:
        answer = context.request.post(f"{address}/api/login", data={"email": EMAIL, "password": password})
        if not answer.ok:
            raise Unavailable(f"The console does not let the bench in: {answer.status}.", "See serve.log.")
        context.add_init_script(_OBSERVE)
        yield context
    finally:
        context.close()


def _opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    page.wait_for_load_state("networkidle", timeout=120_000)
    page.wait_for_timeout(300)
    return page


def _interactions(context: BrowserContext, address: str) -> list[float]:
    """Return how long the browser took from each key or click to the next paint."""
    waits: list[float] = []
    page = _opened(context, f"{address}/customers")
    for _ in range(3):
        page.keyboard.press("Control+k")
        page.keyboard.type("人群", delay=60)
        page.keyboard.press("Escape")
    for key in "jjjkkjjj":
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    waits += _heard(page)
    page.goto(f"{address}/segments/new")
    page.wait_for_load_state("networkidle")
    for _ in range(5):
        button = page.get_by_role("button").filter(has_text="条件").first
        if button.is_visible():
            button.click()
        page.keyboard.press("Escape")
        page.wait_for_timeout(200)
    waits += _heard(page)
    for place in ("客户", "人群", "营销", "设置", "总览"):
        link = page.get_by_role("navigation").get_by_text(place, exact=True).first
        if link.is_visible():
            link.click()
            page.wait_for_timeout(500)
    return waits + _heard(page)


def _heard(page: Page) -> list[float]:
    page.wait_for_timeout(300)
    found: list[float] = page.evaluate("window.__seen.events")
    return found
