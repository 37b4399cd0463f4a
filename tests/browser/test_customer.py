"""A customer asks for their rights: found, looked at, put right, copied, erased; the receipt stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import NEEDS, served
from tests.browser.test_reachable import findings

from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.core.rule import parse
from regulars.ingest import api as ingest
from regulars.segments import api as segments
from regulars.workspace import api as workspace

pytestmark = NEEDS
PHONE = "13800138001"
AT = {"userId": "c-ann", "timestamp": "2011-12-02T10:00:00Z"}
TEA = {"order_id": "o-1", "total": "10.00", "products": [{"product_id": "tea", "quantity": 2, "price": "5.00"}]}
MESSAGES: list[dict[str, Any]] = [
    {"type": "track", "event": "Order Completed", "messageId": "o", "properties": TEA, **AT},
    {"type": "identify", "messageId": "i", "traits": {"name": "安小姐", "phone": PHONE, "city": "Leeds"}, **AT},
    *({"type": "page", "messageId": f"p{n}", "name": f"page {n}", **AT} for n in range(450)),
]


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with house.ctx() as ctx:
        workspace.add_user(ctx, "admin@example.com", "周敏", "correct horse", ["*"])
    with house.ctx(1) as ctx:
        ingest.accept(ctx, ingest.Delivery(MESSAGES))
    Worker(house).drain()
    with house.ctx(1) as ctx:
        rule = {"op": "ge", "field": "person.purchase_number", "value": 2}
        segments.create(ctx, name="买过两次", rule=parse(rule))
    with served(house) as found:
        yield found


def _opened(browser: Browser, address: str, width: int) -> tuple[Page, list[str]]:
    page = browser.new_context(viewport={"width": width, "height": 844}, locale="zh-CN").new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}/login")
    page.locator("input").nth(0).fill("admin@example.com")
    page.locator("input").nth(1).fill("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    return page, faults


def _fits(page: Page) -> None:
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0, f"{page.url} is {overflow} px wider than the screen"


def _ask(page: Page, what: str) -> None:
    page.get_by_role("button", name="客户请求").click()
    page.get_by_role("menuitem", name=what).click()
    page.get_by_role("dialog").get_by_label("客户如何提出").fill("电话提出，工单 4711")


@pytest.mark.parametrize("width", [1280, 390])
def test_from_the_search_to_the_receipt_of_an_erasure(browser, house, address, width):
    page, faults = _opened(browser, address, width)
    page.goto(f"{address}/customers")
    page.get_by_role("searchbox").fill(PHONE)
    expect(page.get_by_text("匹配：手机")).to_be_visible()
    _fits(page)
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.wait_for_url(re.compile(r"/customers/\d+"))
    uid = page.url.rstrip("/").rsplit("/", 1)[1].partition("?")[0]

    page.get_by_role("link", name="时间线").click()
    box = page.get_by_role("region", name="时间线")
    expect(box.get_by_text("浏览页面").first).to_be_visible()
    for _ in range(8):
        box.evaluate("box => { box.scrollTop = box.scrollHeight }")
        page.wait_for_timeout(150)
    expect(page.get_by_text(re.compile(r"已显示 45\d / 共 45\d"))).to_be_visible()
    assert box.locator("li").count() < 60
    page.get_by_role("link", name="人群").last.click()
    page.get_by_label("选择一个人群").click()
    page.get_by_title("买过两次").click()
    expect(page.get_by_text("不在这个人群中")).to_be_visible()
    _fits(page)

    page.get_by_role("link", name="备注").click()
    page.get_by_label("写备注").fill("只接受微信联系")
    page.get_by_role("button", name="保存备注").click()
    expect(page.get_by_text("只接受微信联系", exact=True).last).to_be_visible()

    _ask(page, "更正资料")
    page.get_by_role("dialog").get_by_label("城市").fill("York")
    page.get_by_role("button", name="登记并生效").click()
    expect(page.get_by_text(re.compile("已登记，回执号"))).to_be_visible()
    Worker(house).drain()
    page.reload()
    expect(page.get_by_text("York")).to_be_visible()

    _ask(page, "提供资料副本")
    page.get_by_role("button", name="开始准备").click()
    page.wait_for_url(re.compile(r"/customers/requests/\d+"))
    Worker(house).drain()
    expect(page.get_by_text("副本已备好")).to_be_visible()
    _fits(page)
    assert not findings(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 JSON").click()
    copy = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert copy["rooms"]["profiles"]["notes"][0]["text"] == "只接受微信联系"

    page.goto(f"{address}/customers/{uid}")
    _ask(page, "删除客户资料")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("订单明细行")).to_be_visible()
    expect(dialog.get_by_role("button", name="永久删除")).to_be_disabled()
    dialog.get_by_label(re.compile("输入")).fill(uid)
    dialog.get_by_role("button", name="永久删除").click()
    page.wait_for_url(re.compile(r"/customers/requests/\d+"))
    Worker(house).drain()
    expect(page.get_by_text("该客户的资料已从全部模块删除")).to_be_visible()
    _fits(page)

    page.goto(f"{address}/customers?q={PHONE}")
    expect(page.get_by_text("可以搜索（需输入完整值）")).to_be_visible()
    page.goto(f"{address}/customers/requests")
    expect(page.get_by_role("row")).to_have_count(4)
    _fits(page)
    assert not faults, faults
    page.context.close()
