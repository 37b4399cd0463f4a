"""The console in a real browser: every page at desk and phone size, in both languages, and the main path clicked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect
from rich.console import Console
from tests.browser.conftest import NEEDS, served

from regulars.app import demo

pytestmark = NEEDS
PAGES = (
    "/",
    "/customers",
    "/customers/review",
    "/customers/{uid}",
    "/segments",
    "/segments/new",
    "/segments/1",
    "/campaigns",
    "/campaigns/new",
    "/campaigns/1",
    "/imports",
    "/settings",
    "/account",
    "/nowhere",
)


@pytest.fixture
def tenth(tmp_path: Path) -> Path:
    """Return a file with every tenth customer's year and a few anonymous baskets."""
    table = pq.read_table(demo.example_folder() / "online_retail.parquet")
    customer = table.column("CustomerID")
    tenth = pc.equal(pc.subtract(customer, pc.multiply(pc.divide(customer, 10), 10)), 0)
    some = pc.and_(pc.is_null(customer), pc.ends_with(table.column("InvoiceNo"), "99"))
    path = tmp_path / "tenth.parquet"
    pq.write_table(table.filter(pc.or_(pc.fill_null(tenth, False), some)), path)
    return path


@pytest.fixture
def site(house, tenth: Path) -> Iterator[tuple[str, demo.Login, int]]:
    """Serve the demo's tenth; yield its address, the login, and a customer's number."""
    login = demo.prepare(house, Console(quiet=True), tenth)
    with house.ctx(1) as ctx:
        uid = ctx.tx.execute("select uid from person_state where brand_id = 1 order by purchase_number desc").fetchone()
    with served(house) as address:
        yield address, login, uid["uid"]


def _open(browser: Browser, site, locale: str, width: int) -> tuple[Page, list[str]]:
    address, login, _ = site
    page = browser.new_context(viewport={"width": width, "height": 844}, locale=locale).new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" and "401" not in m.text else None)
    page.goto(f"{address}/login")
    page.locator("input").nth(0).fill(login.email)
    page.locator("input").nth(1).fill(login.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    return page, faults


@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 1280), ("en-GB", 390)])
def test_every_page_is_drawn_without_a_fault(browser, site, locale, width):
    page, faults = _open(browser, site, locale, width)
    for path in PAGES:
        page.goto(site[0] + path.format(uid=site[2]))
        page.wait_for_load_state("networkidle")
        expect(page.locator("h1").first).to_be_visible()
        assert page.title().endswith("Regulars"), path
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px wider than the screen"
        assert not faults, f"{path}: {faults}"
    page.context.close()


def test_an_operator_builds_a_segment_and_reads_what_a_campaign_brought(browser, site):
    page, faults = _open(browser, site, "zh-CN", 1280)
    page.goto(f"{site[0]}/segments/new")
    page.get_by_text("忠诚客户", exact=True).click()
    expect(page.get_by_text("购买次数", exact=False).first).to_be_visible()
    page.get_by_placeholder("例：90 天未回购的老客").or_(page.get_by_label("名称")).first.fill("买过八次的客户")
    page.get_by_role("button", name="保存人群").click()
    page.wait_for_url("**/segments/*")
    expect(page.get_by_role("heading", name="买过八次的客户")).to_be_visible()

    page.goto(f"{site[0]}/campaigns/1")
    expect(page.get_by_text("这是一次历史回放")).to_be_visible()
    expect(page.get_by_text("触达组").first).to_be_visible()
    expect(page.get_by_text("对照组").first).to_be_visible()
    assert not faults
    page.context.close()


def test_a_wrong_password_is_told_in_words(browser, site):
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{site[0]}/login")
    page.locator("input").nth(0).fill("demo@regulars.local")
    page.locator("input").nth(1).fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").or_(page.get_by_text("password", exact=False)).first).to_be_visible()
    expect(page).to_have_url(f"{site[0]}/login")
    page.context.close()
