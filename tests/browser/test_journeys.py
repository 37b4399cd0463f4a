"""Journeys in a real browser: one is drawn from an empty canvas, completed, published, and looked at."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import NEEDS, opened
from tests.browser.test_reachable import AXE, findings
from tests.conftest import Start

from regulars.app.worker import Worker
from regulars.workspace import api_access
from regulars.workspace.contract import Reach

pytestmark = NEEDS


@pytest.fixture(scope="module")
def start(demo_start: Start) -> Start:
    """The demo's tenth."""
    return demo_start


def created(page: Page, address: str, name: str, begin: str = "空白画布") -> None:
    """Open the canvas of a new journey."""
    page.goto(f"{address}/journeys")
    page.get_by_role("button", name="新建旅程").first.click()
    page.get_by_role("dialog").get_by_text(begin, exact=True).click()
    page.get_by_label("名称").fill(name)
    page.get_by_role("button", name="新建并打开画布").click()
    page.wait_for_url(re.compile(r"/journeys/\d+$"))


def saved(page: Page) -> None:
    """Wait until the drawing is kept."""
    expect(page.locator(".jsave")).to_have_text(re.compile(r"^已保存 \d\d:\d\d$"))


def card(page: Page, key: str):
    return page.locator(f'[data-node="{key}"]')


def pick(page: Page, field: str, choice: str) -> None:
    """Choose in a list of the panel."""
    box = page.locator(".jpanel").get_by_role("combobox", name=field)
    box.click()
    page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter(has_text=choice).first.click()


def test_a_journey_is_drawn_completed_published_and_followed(browser, house, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    created(page, site[0], "买过的再来")
    expect(page.get_by_role("heading", name="先放一个进入节点")).to_be_visible()
    palette = page.get_by_role("complementary", name="节点")
    for kind in ("人群进入", "等待一段时间", "条件判断", "发送消息", "结束"):
        palette.get_by_role("button", name=kind, exact=True).click()
    expect(page.get_by_role("button", name="4 处待完善")).to_be_visible()
    expect(page.get_by_role("button", name="发布")).to_be_disabled()
    saved(page)
    page.reload()  # half drawn it is kept

    # What is left to do is listed, and leads to its node.
    page.locator(".jproblems button").filter(has_text="人群进入").click()
    expect(card(page, "entry_segment_1")).to_be_focused()
    segment = page.request.get(f"{site[0]}/api/segments/1").json()
    pick(page, "人群", segment["name"])
    card(page, "wait_for_1").click()
    page.locator(".jpanel").get_by_label("天", exact=True).fill("3")
    expect(card(page, "wait_for_1")).to_contain_text("3 天")
    card(page, "condition_1").click()
    page.locator(".jpanel").get_by_role("button", name="客户条件").click()
    page.keyboard.type("购买次数")
    page.keyboard.press("Enter")
    page.locator(".jpanel").get_by_role("spinbutton", name="值").fill("1")
    pick(page, "否", "结束")
    card(page, "message_1").click()
    pick(page, "渠道", "记录（不发送）")
    page.locator(".jpanel").get_by_label("正文").fill("上次选的还满意吗？")
    expect(page.locator(".jnode-flag")).to_have_count(0)
    saved(page)

    # Its end is taken away and brought back by keys; what led there leads there again.
    card(page, "exit_1").click()
    page.keyboard.press("Delete")
    expect(card(page, "exit_1")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(card(page, "exit_1")).to_be_visible()
    page.get_by_role("button", name="自动排列").click()
    saved(page)

    page.get_by_role("button", name="发布").click()
    dialog = page.get_by_role("dialog")
    people = f"{segment['people']:,}"
    expect(dialog).to_contain_text(f"{people} 人立即进入")
    dialog.get_by_role("textbox").fill(people)
    dialog.get_by_role("button", name="发布").click()
    expect(page.locator("h1")).to_contain_text("收尾中")
    Worker(house).drain()
    waiting = card(page, "wait_for_1")
    expect(waiting.locator(".jnode-here")).to_contain_text(people)
    expect(page.locator(".jedge-label").first).to_have_text(people)
    waiting.click()
    expect(page.locator(".jsum").first).to_contain_text(f"来过 {people} = 停留 {people} + 离开 0 + 结束 0 + 继续 0")
    expect(page.locator(".jpeople a").first).to_have_attribute("href", re.compile(r"/customers/\d+"))
    assert findings(page) == []

    # Stopping asks, and then nobody is inside any more.
    page.get_by_role("button", name="更多操作").click()
    page.get_by_role("menuitem", name="停止").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"正在走的 {people} 人立即结束")
    page.get_by_role("dialog").get_by_role("button", name="停止").click()
    expect(page.locator("h1")).to_contain_text("已停止")
    page.goto(f"{site[0]}/journeys")
    expect(page.get_by_role("row").filter(has_text="买过的再来")).to_contain_text("已停止")
    assert not faults
    page.context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: make setup")
def test_a_drawing_to_begin_with_is_changed_by_keys_alone(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    created(page, site[0], "", "加购未下单")
    expect(page.get_by_label("旅程名称")).to_have_value("加购未下单")
    expect(page.get_by_role("button", name="2 处待完善")).to_be_visible()
    card(page, "carted").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(card(page, "two_hours")).to_be_focused()
    expect(page.locator(".jpanel h2").first).to_have_text("等待一段时间")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(page.locator("[data-node]")).to_have_count(7)
    expect(card(page, "wait_for_1")).to_be_focused()
    page.keyboard.press("Enter")  # into its settings
    expect(page.locator(".jpanel").get_by_label("天", exact=True)).to_be_focused()
    page.keyboard.type("2")
    expect(card(page, "wait_for_1")).to_contain_text("2 天")
    page.keyboard.press("Escape")
    expect(card(page, "wait_for_1")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator("[data-node]")).to_have_count(6)
    saved(page)
    assert findings(page) == []
    assert not faults
    page.context.close()


def test_where_approval_is_asked_for_a_colleague_gives_it(browser, house, site):
    page, _ = opened(browser, site, "zh-CN", 1280)
    page.goto(f"{site[0]}/journeys")
    page.get_by_role("switch", name="发布前要审核").click()
    expect(page.get_by_role("switch", name="发布前要审核")).to_be_checked()
    graph = {
        "nodes": [
            {"key": "cart", "kind": "entry_event", "config": {"match": {"event": "cart.added"}}},
            {"key": "end", "kind": "exit", "config": {}},
        ],
        "edges": [{"from": "cart", "way": "entered", "to": "end"}],
    }
    headers = {"X-CSRF-Token": page.request.get(f"{site[0]}/api/me").json()["csrf"]}
    made = page.request.post(f"{site[0]}/api/journeys", data={"name": "加购", "graph": graph}, headers=headers).json()
    page.goto(f"{site[0]}/journeys/{made['id']}")
    expect(page.get_by_role("button", name="发布")).to_have_count(0)
    page.get_by_role("button", name="送审").click()
    expect(page.get_by_text("已送审，等待审核")).to_be_visible()
    page.get_by_role("button", name="通过").click()  # one's own does not count
    expect(page.get_by_text("提交人不能自己审批")).to_be_visible()

    with house.ctx(1) as ctx:
        _, token = api_access.invite(ctx, "colleague@shop.com", "administrator", Reach(None, None))
    with house.ctx() as ctx:
        api_access.accept(ctx, token, "林", "correct horse battery")
    other = browser.new_context(viewport={"width": 1280, "height": 844}, locale="zh-CN").new_page()
    other.goto(f"{site[0]}/login")
    other.locator("input").nth(0).fill("colleague@shop.com")
    other.locator("input").nth(1).fill("correct horse battery")
    other.keyboard.press("Enter")
    other.get_by_role("link", name="1 个旅程等您审核").or_(other.get_by_text("1 个旅程等您审核")).first.wait_for()
    other.goto(f"{site[0]}/journeys/{made['id']}")
    other.get_by_role("button", name="通过").click()
    expect(other.get_by_text("林 已审核通过")).to_be_visible()
    expect(other.get_by_role("button", name="发布")).to_be_enabled()
    other.context.close()
    page.goto(f"{site[0]}/journeys")
    page.get_by_role("switch", name="发布前要审核").click()
    expect(page.get_by_role("switch", name="发布前要审核")).not_to_be_checked()
    page.context.close()
