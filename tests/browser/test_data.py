"""Tags and rows to fix in a real browser: made, used as a condition, set on somebody; mended in the grid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from tests.browser.conftest import NEEDS, served

from regulars.app.boot import House
from regulars.app.worker import Worker

pytestmark = NEEDS
BAD_TOTAL = {"total": "a lot", "products": [{"sku": "tea", "price": 5}]}


@pytest.fixture
def page(house: House, client: TestClient, browser) -> Iterator[tuple[Page, TestClient]]:
    """Open the console of a shop with two buyers as its administrator."""
    for who, orders in {"ann": 2, "ben": 1}.items():
        for n in range(orders):
            properties = {"order_id": f"{who}-{n}", "total": 20, "products": [{"sku": "tea", "price": 20}]}
            sent = {"userId": who, "event": "Order Completed", "timestamp": f"2011-12-0{n + 1}T10:00:00Z"}
            client.post("/v1/track", json=sent | {"properties": properties})
    Worker(house).drain()
    with served(house) as address:
        tab = browser.new_context(viewport={"width": 1280, "height": 844}, locale="zh-CN", base_url=address).new_page()
        tab.set_default_timeout(20_000)
        tab.goto("/login")
        tab.locator("input").nth(0).fill("admin@example.com")
        tab.locator("input").nth(1).fill("correct horse")
        tab.keyboard.press("Enter")
        tab.wait_for_url(f"{address}/")
        yield tab, client


def test_a_tag_is_made_used_as_a_condition_and_seen_on_a_customer(page: tuple[Page, TestClient], house: House):
    tab, client = page
    ann = client.get("/api/customers", params={"q": "ann"}).json()["items"][0]["uid"]
    tab.goto("/tags/new")
    tab.get_by_label("标签", exact=True).fill("称呼")
    tab.get_by_text("手工", exact=True).click()
    tab.get_by_label("取值", exact=True).fill("老师")
    tab.get_by_role("button", name="新建标签").click()
    expect(tab.locator("h1")).to_contain_text("称呼")
    tab.goto(f"/customers/{ann}")
    tab.get_by_role("button", name="打标签").click()
    tab.get_by_text("称呼：老师").click()
    expect(tab.get_by_text("已记录，几秒内生效")).to_be_visible()
    Worker(house).drain()
    tab.reload()
    expect(tab.get_by_label("去掉标签 称呼")).to_be_visible()
    tab.goto("/segments/new")
    tab.get_by_role("button", name="标签", exact=True).click()
    tab.get_by_label("选择标签").click()
    tab.get_by_title("称呼").click()
    tab.get_by_label("选择取值").click()
    tab.get_by_title("老师").click()
    expect(tab.get_by_text("有标签「称呼：老师」")).to_be_visible()
    expect(tab.locator(".count-number")).to_contain_text("1")


def test_rows_that_are_wrong_in_the_same_way_are_mended_in_one_go(page: tuple[Page, TestClient]):
    tab, client = page
    for n in range(3):
        message = {"userId": f"c{n}", "event": "Order Completed", "properties": BAD_TOTAL | {"order_id": f"bad-{n}"}}
        assert client.post("/v1/track", json=message).json()["quarantined"] == 1
    tab.goto("/quality?tab=fix")
    expect(tab.get_by_text("3 行 · 接口")).to_be_visible()
    tab.locator(".fix-grid input").first.fill("12.5")
    tab.get_by_role("button", name="替换 3 行并重放").click()
    expect(tab.get_by_text("没有待修正的数据")).to_be_visible()
    assert client.get("/api/quarantine").json()["total"] == 0
