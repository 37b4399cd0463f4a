"""The console in a real browser: the main path clicked."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import NEEDS, opened
from tests.conftest import Start

pytestmark = NEEDS


@pytest.fixture(scope="module")
def start(demo_start: Start) -> Start:
    """The demo's tenth."""
    return demo_start


def test_an_operator_builds_a_segment_and_reads_what_a_campaign_brought(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
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


def test_home_tells_the_day_why_it_differs_and_what_waits_each_part_alone(browser, site):
    page, _ = opened(browser, site, "zh-CN", 1280)
    page.route("**/api/overview/changes*", lambda route: route.fulfill(status=500, json={"title": "出错了"}))
    page.goto(f"{site[0]}/?day=yesterday")
    expect(page.get_by_text("支付订单", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="什么在等您处理？")).to_be_visible()
    changes = page.locator("section", has=page.get_by_role("heading", name="和上周相比，变在哪里？"))
    expect(changes.get_by_role("alert")).to_be_visible()
    page.unroute("**/api/overview/changes*")
    changes.get_by_role("button", name="重试").click()
    expect(changes.get_by_role("listitem").first).to_be_visible()
    changes.get_by_role("link").first.click()
    page.wait_for_url("**/segments/new?rule=*")
    page.context.close()


def test_the_palette_goes_anywhere_by_keys_and_remembers(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    expect(page.get_by_role("heading", name="总览")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("新建人群")
    expect(page.get_by_role("option", selected=True)).to_contain_text("新建人群")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/segments/new")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_contain_text("最近打开")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not faults
    page.context.close()


def test_a_deleted_segment_comes_back_by_undo(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    page.goto(f"{site[0]}/segments")
    last = page.locator("tbody tr td a").last
    name, href = last.inner_text(), last.get_attribute("href")
    page.goto(f"{site[0]}{href}")  # a document of its own: only then can its quiet be waited for
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.wait_for_load_state("networkidle")  # what is still asked of it would not find it
    page.get_by_role("button", name="更多操作").click()
    page.get_by_role("menuitem", name="删除").click()
    page.wait_for_url("**/segments")
    expect(page.locator("tbody").get_by_text(name, exact=True)).to_have_count(0)
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("tbody").get_by_text(name, exact=True)).to_be_visible()
    assert not faults
    page.context.close()


def test_a_view_of_a_list_is_kept_and_its_address_shared(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    page.goto(f"{site[0]}/customers?sort=net_fen")
    page.get_by_role("button", name="视图").click()
    page.get_by_label("视图名称").fill("花得最多")
    page.keyboard.press("Enter")
    page.goto(f"{site[0]}/customers")
    page.get_by_role("button", name="视图").click()
    page.get_by_role("link", name="花得最多").click()
    page.wait_for_url("**/customers?sort=net_fen&cols=")
    expect(page.get_by_role("button", name="花得最多", exact=True)).to_be_visible()
    assert not faults
    page.context.close()


def test_the_mark_of_a_chart_opens_the_people_behind_it(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    drawn = page.locator("section", has=page.get_by_role("heading", name="每个月卖了多少？")).locator(".chart svg")
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    month = ""
    for step in range(8, 96):  # along the feet of the bars, as a hand would
        page.mouse.move(box["x"] + box["width"] * step / 100, box["y"] + box["height"] - 60)
        if drawn.evaluate("one => one.parentElement.style.cursor") == "pointer":
            month = page.locator(".chart b").first.inner_text()
            break
    assert month, "no bar was found"
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/segments/new?rule=*")
    rule = json.loads(parse_qs(urlsplit(page.url).query)["rule"][0])
    assert rule["rules"][0]["window"]["start"] == f"{month}-01"
    expect(page.locator(".count-number")).not_to_contain_text("–")

    page.goto(f"{site[0]}/customers/{site[2]}")
    bar = page.locator(".order-bars a").last
    day = bar.get_attribute("aria-label")[:10]
    bar.click()
    page.wait_for_url(f"**tab=timeline&on={day}*")
    expect(page.get_by_text("下单").first).to_be_visible()
    assert not faults
    page.context.close()


def test_conditions_are_copied_pasted_and_taken_back(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    page.goto(f"{site[0]}/segments/new?template=loyal")
    counted = page.locator(".rule-count")
    expect(counted).to_have_count(2)
    expect(counted.first).to_contain_text("位")
    page.get_by_role("button", name="JSON", exact=True).click()
    text = page.get_by_label("条件", exact=True)
    rule = json.loads(text.input_value())
    assert rule["rules"][0]["field"] == "person.purchase_number"
    text.fill('{"op": "and",\n "rules": [}')
    page.get_by_role("button", name="换成这些条件").click()
    expect(page.get_by_text("第 2 行第 12 个字符处不是 JSON")).to_be_visible()
    text.fill(json.dumps({"op": "and", "rules": [{**rule["rules"][0], "field": "person.shoe_size"}]}))
    page.get_by_role("button", name="换成这些条件").click()
    expect(page.get_by_text("$.rules[0].field")).to_be_visible()
    inner = {"op": "or", "rules": [{**rule["rules"][0], "value": 3}, {"op": "known", "field": "person.region"}]}
    text.fill(json.dumps({"op": "and", "rules": [inner]}))
    faults.clear()  # the browser itself tells of the refusal
    page.get_by_role("button", name="换成这些条件").click()
    expect(counted).to_have_count(3)
    page.get_by_role("button", name="这一组的 JSON").click()
    assert json.loads(text.input_value()) == inner
    page.keyboard.press("Escape")
    page.get_by_role("button", name="撤销一步").click()
    expect(counted).to_have_count(2)
    page.keyboard.press("Control+Shift+z")
    expect(counted).to_have_count(3)
    assert not faults
    page.context.close()
