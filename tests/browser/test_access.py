"""An administrator invites a store manager, who takes the link and sees less."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import NEEDS, served

from regulars.workspace import api as workspace
from regulars.workspace import api_access
from regulars.workspace.api import PERMISSIONS
from regulars.workspace.contract import Reach

pytestmark = NEEDS
WORDS = "four plain words here"
PAGES = ("/settings", "/settings?tab=roles", "/settings?tab=keys", "/settings?tab=audit", "/account")


@pytest.fixture
def address(house) -> Iterator[str]:
    with house.ctx() as ctx:
        workspace.add_user(ctx, "admin@example.com", "周敏", "correct horse", ["*"])
    with served(house) as found:
        yield found


def _page(browser: Browser, locale: str, width: int) -> tuple[Page, list[str]]:
    page = browser.new_context(viewport={"width": width, "height": 844}, locale=locale).new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" and "401" not in m.text else None)
    return page, faults


def _log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    page.locator("input").nth(0).fill("admin@example.com")
    page.locator("input").nth(1).fill("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")


@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 1280), ("en-GB", 390)])
def test_settings_are_drawn_without_a_fault(browser, address, locale, width):
    page, faults = _page(browser, locale, width)
    _log_in(page, address)
    for path in PAGES:
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        expect(page.locator("h1").first).to_be_visible()
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px wider than the screen"
        assert not faults, f"{path}: {faults}"
    page.context.close()


def test_an_invited_store_manager_joins_and_sees_less(browser, address):
    page, faults = _page(browser, "zh-CN", 1280)
    _log_in(page, address)
    page.goto(f"{address}/settings")
    page.get_by_role("button", name="邀请同事").first.click()
    page.get_by_label("工作邮箱").fill("lin@shop.com")
    page.get_by_label("角色", exact=True).last.click()
    page.get_by_title("店长", exact=True).click()
    page.get_by_text("指定门店").click()
    page.get_by_label("门店", exact=True).last.fill("S1")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="生成邀请链接").click()
    link = page.get_by_role("textbox", name="把链接发给").input_value()
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_role("cell", name="lin@shop.com")).to_be_visible()

    guest, guest_faults = _page(browser, "zh-CN", 1280)
    guest.goto(link)
    expect(guest.get_by_text("邀请您以“店长”的身份加入")).to_be_visible()
    guest.get_by_label("姓名").fill("林店长")
    guest.get_by_label("密码", exact=True).fill("password123")
    guest.get_by_role("button", name="加入").click()
    expect(guest.get_by_text("这个密码太常见")).to_be_visible()
    guest_faults.clear()  # the browser itself tells of the refusal
    guest.get_by_label("密码", exact=True).fill(WORDS)
    guest.get_by_role("button", name="加入").click()
    rail = guest.get_by_role("navigation", name="主导航")
    expect(rail.get_by_role("link", name="客户")).to_be_visible()
    expect(rail.get_by_role("link", name="设置")).to_have_count(0)
    expect(rail.get_by_role("link", name="数据")).to_have_count(0)
    guest.goto(link)
    expect(guest.get_by_text("这个链接打不开了")).to_be_visible()

    page.goto(f"{address}/settings?tab=audit")
    expect(page.get_by_role("button", name="接受邀请")).to_be_visible()
    assert not faults
    for one in (page, guest):
        one.context.close()


def test_the_menu_of_a_store_leads_nowhere_that_is_closed(browser, house, address):
    with house.ctx(1) as ctx:
        role = api_access.add_role(ctx, "店里的一切", "", sorted(set(PERMISSIONS) - {"*"})).key
        _, token = api_access.invite(ctx, "admin@shop.com", role, Reach(frozenset({1}), frozenset({"S1"})))
    with house.ctx() as ctx:
        api_access.accept(ctx, token, "林", "correct horse battery")
    page, _ = _page(browser, "zh-CN", 1280)
    page.goto(f"{address}/login")
    page.locator("input").nth(0).fill("admin@shop.com")
    page.locator("input").nth(1).fill("correct horse battery")
    page.keyboard.press("Enter")
    rail = page.get_by_role("navigation", name="主导航")
    expect(rail.get_by_role("link", name="客户")).to_be_visible()
    shut: list[str] = []
    page.on("response", lambda answer: shut.append(f"{page.url}: {answer.url}") if answer.status == 403 else None)
    links = "links => links.map((one) => one.pathname + one.search)"
    todo = rail.get_by_role("link").evaluate_all(links)
    seen = set(todo)
    assert len(todo) > 8
    while todo:
        page.goto(address + todo.pop(0))
        page.wait_for_load_state("networkidle")
        inside = page.locator("main nav.tabs a, main .page-actions a[href^='/']:not([href^='/api/'])").evaluate_all(
            links
        )
        todo += [one for one in inside if one not in seen and not seen.add(one)]
    page.keyboard.press("Control+k")
    pages = page.get_by_role("option")
    expect(pages.filter(has_text="新建人群")).to_be_visible()
    for closed in ("待修正数据", "待确认", "审计日志"):
        expect(pages.filter(has_text=closed)).to_have_count(0)
    assert not shut, "\n".join(shut)
    page.context.close()
