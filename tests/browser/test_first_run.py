"""From an empty house and a file to a counted, exported segment, without a word of documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import NEEDS, served

from regulars.app import demo
from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.core.clock import ManualClock
from regulars.workspace import api_login

pytestmark = NEEDS
WORDS = "four plain words here"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Return three months of every fifth customer's orders as a shop would export them."""
    table = pq.read_table(demo.example_folder() / "online_retail.parquet")
    customer = table.column("CustomerID")
    fifth = pc.fill_null(pc.equal(pc.subtract(customer, pc.multiply(pc.divide(customer, 5), 5)), 0), fill_value=False)
    table = table.filter(fifth).slice(0, 20_000)
    path = tmp_path / "orders.csv"
    pa_csv.write_csv(table, path)
    return path


@pytest.fixture
def new_house(house: House, clock: ManualClock) -> Iterator[tuple[House, str, str]]:
    """Serve a house without users and brands of its own; yield it, its address and the printed token."""
    with house.ctx() as ctx:
        token = api_login.setup_token(ctx)
    assert token
    with served(house) as address:
        yield house, address, token


def _page(browser: Browser, width: int) -> tuple[Page, list[str]]:
    page = browser.new_context(
        viewport={"width": width, "height": 844}, locale="zh-CN", accept_downloads=True
    ).new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" and "401" not in m.text else None)
    return page, faults


@pytest.mark.parametrize("width", [1280, 390])
def test_from_an_empty_house_to_an_exported_segment(browser, new_house, orders, tmp_path, width):
    house, address, token = new_house
    page, faults = _page(browser, width)

    page.goto(f"{address}/login")
    expect(page.get_by_text("这里还没有用户")).to_be_visible()
    page.goto(f"{address}/setup#{token}")
    page.get_by_label("姓名").fill("周敏")
    page.get_by_label("工作邮箱").fill("min@shop.com")
    page.get_by_label("密码").fill(WORDS)
    page.get_by_label("品牌名称").fill("晴川")
    page.get_by_label("货币").click()
    page.keyboard.type("GBP")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="创建并进入").click()
    page.wait_for_url(f"{address}/start")

    page.get_by_role("link", name="上传文件").click()
    page.set_input_files("input[type=file]", str(orders))
    expect(page.get_by_text("每一列是什么").first).to_be_visible()
    expect(page.get_by_text("可导入").first).to_be_visible()
    with page.expect_response("**/api/imports/check"):
        page.get_by_role("button", name="试跑整个文件").click()
    Worker(house).drain()
    expect(page.get_by_text("整个文件 20,000 行")).to_be_visible()
    with page.expect_response("**/api/imports"):
        page.get_by_role("button", name="导入整个文件").click()
    page.wait_for_url("**/imports")
    Worker(house).drain()
    page.goto(f"{address}/imports")
    page.get_by_text("orders.csv").first.click()
    expect(page.get_by_text("导入了什么")).to_be_visible()

    page.goto(f"{address}/segments/new")
    page.get_by_text("忠诚客户", exact=True).click()
    page.get_by_placeholder("例：90 天未回购的老客").or_(page.get_by_label("名称")).first.fill("买过八次的客户")
    page.get_by_role("button", name="保存人群").click()
    expect(page.get_by_role("heading", name="买过八次的客户")).to_be_visible()
    Worker(house).drain()
    page.reload()
    page.locator(".page-actions .ant-dropdown-trigger").click()
    with page.expect_download() as download:
        page.get_by_text("导出 CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) > 1

    page.goto(f"{address}/start")
    expect(page.get_by_text("前三步都做完了")).to_be_visible()
    assert not faults, faults
    page.context.close()
