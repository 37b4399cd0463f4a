"""Accounts, practice mode and a source in a real browser: a sandbox is turned to, a shop is connected and read."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import ClassVar

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from pydantic import BaseModel, SecretStr
from tests.browser.conftest import NEEDS, served

from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.connectors import contract
from regulars.connectors.api import connector_kinds
from regulars.connectors.contract import (
    Connector,
    ConnectorConfig,
    Named,
    Received,
    Statement,
    Stream,
    Totals,
    Window,
)
from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.ingest import api_sources
from regulars.platforms.contract import Incoming, Refused, Session
from regulars.workspace import api as workspace
from regulars_sandbox.app import Sandbox, create

pytestmark = NEEDS
STRIP = "演练模式：所有调用都去沙箱，不会联系任何真实客户"


class _TillConfig(ConnectorConfig):
    token: SecretStr


class _Till(Connector):
    """A shop with two orders a day apart, one of which the platform counts otherwise; its refunds are refused."""

    key: ClassVar[str] = "till"
    title: ClassVar[Text] = Text("演示店铺", "Demonstration shop")
    platform: ClassVar[str] = "dingtalk"
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("orders", Text("订单", "Orders"), longest_s=40 * 86_400),
        Stream("refunds", Text("退款", "Refunds")),
    )
    Config: ClassVar[type[BaseModel]] = _TillConfig

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Take messages that say nothing: the shop has an address to send them to."""
        return Received(())

    async def pull(
        self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str
    ) -> contract.Page:
        del session, config, page
        if stream == "refunds":
            raise Refused("till", "The shop may not be asked for refunds.", platform_code="11", cause="permission")
        return contract.Page((_order("T1", window.end - timedelta(days=2)), _order("T2", window.end)))

    async def totals(self, session: Session, config: BaseModel, day: date) -> Totals:
        del session, config
        return Totals(day, {"T1": 2_500, "T9": 900})


def _order(number: str, at: datetime) -> Statement:
    line = {"item_id": "tea", "item_name": "Tea", "quantity": 1, "unit_price": 20, "amount_fen": 2_000}
    props = {"order_id": number, "shop": "till", "total_fen": 2_000, "lines": [line], "region": ""}
    return Statement("order.placed", at, f"placed:{number}", props, (Named("order", number),))


class _Book:
    """What we know of a day: one order less than the platform counts."""

    def paid(self, ctx: Ctx, shop: str, start: datetime, end: datetime) -> Mapping[str, int]:
        del ctx, shop, start, end
        return {"T1": 2_000}


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shop among the connectors, and its orders in our books."""
    monkeypatch.setattr(api_sources, "_book", [_Book()])
    kinds = connector_kinds()
    kinds._kinds["till"] = _Till
    yield
    del kinds._kinds["till"]


@pytest.fixture
def sandbox() -> Iterator[str]:
    """A sandbox of this test's own; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create(Sandbox()), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with house.ctx() as ctx:
        workspace.add_user(ctx, "admin@example.com", "周敏", "correct horse", ["*"])
    with served(house) as found:
        yield found


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 844}, locale="zh-CN", base_url=address)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto("/login")
    page.locator("input").nth(0).fill("admin@example.com")
    page.locator("input").nth(1).fill("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    yield page
    context.close()


def _practise(tab: Page, sandbox: str) -> None:
    tab.goto("/settings?tab=practice")
    tab.get_by_label("沙箱地址").fill(sandbox)
    tab.get_by_role("switch", name="演练模式").click()
    expect(tab.get_by_text(STRIP)).to_be_visible()
    tab.get_by_role("switch", name="本品牌用于演练").click()
    expect(tab.get_by_text("沙箱编造的订单和会员会写进本品牌")).to_be_visible()


def test_practice_mode_is_said_on_every_page_until_it_is_turned_off(tab: Page, sandbox: str):
    _practise(tab, sandbox)
    for path in ("/", "/customers", "/campaigns", "/sources", "/account"):
        tab.goto(path)
        expect(tab.get_by_text(STRIP)).to_be_visible()
        expect(tab.get_by_role("link", name="看沙箱收到了什么")).to_have_attribute("href", sandbox)
    tab.goto("/settings?tab=accounts")
    expect(tab.get_by_role("row", name="Sandbox").filter(has_text="钉钉").first).to_contain_text("沙箱")
    tab.locator(".practice-strip").get_by_role("button", name="关闭").click()
    tab.get_by_role("dialog").get_by_role("button", name="关闭演练模式").click()
    expect(tab.get_by_text(STRIP)).to_have_count(0)


def test_an_account_is_added_checked_changed_and_removed(tab: Page, sandbox: str):
    tab.goto("/settings?tab=accounts")
    tab.get_by_role("button", name="添加账号").first.click()
    tab.get_by_label("平台", exact=True).click()
    tab.get_by_title("钉钉群机器人").click()
    tab.get_by_label("名称", exact=True).fill("客服群")
    tab.get_by_role("button", name="保存并检查").click()
    expect(tab.get_by_text("请填写这一项。")).to_have_count(2)
    tab.get_by_label("access_token").fill("abc")
    tab.get_by_label("加签密钥").fill("SEC123")
    tab.get_by_role("button", name="保存并检查").click()
    expect(tab.get_by_text("没有可以核实的权限")).to_be_visible()
    expect(tab.get_by_text("平台不提供查询", exact=True)).to_be_visible()
    tab.get_by_role("button", name="完成").click()
    row = tab.get_by_role("row", name="客服群")
    row.get_by_role("button", name="修改").click()
    expect(tab.get_by_label("加签密钥")).to_have_value("********")
    tab.get_by_label("加签密钥").fill("SEC456")
    tab.get_by_role("button", name="保存并检查").click()
    tab.get_by_role("button", name="完成").click()
    tab.get_by_role("button", name="移除账号“客服群”").click()
    tab.get_by_label("请输入 客服群 以确认").fill("客服群")
    tab.get_by_role("button", name="移除", exact=True).click()
    expect(tab.get_by_text("还没有账号")).to_be_visible()


@pytest.mark.usefixtures("till")
def test_a_shop_is_connected_read_compared_and_disconnected(tab: Page, sandbox: str, house: House):
    _practise(tab, sandbox)
    tab.goto("/sources")
    expect(tab.get_by_text("还没有数据源")).to_be_visible()
    tab.get_by_role("button", name="接入数据源").click()
    tab.get_by_role("link", name="演示店铺").click()
    tab.get_by_role("combobox", name="账号").click()
    tab.get_by_title("Sandbox（沙箱）").click()
    tab.get_by_label("名称", exact=True).fill("旗舰店")
    tab.get_by_label("店铺编号").fill("till")
    tab.get_by_label("近 30 天").check()
    tab.get_by_label("Token").fill("t-1")
    tab.get_by_role("button", name="接入并开始读取").click()
    expect(tab.get_by_text("“旗舰店”已接入")).to_be_visible()
    expect(tab.get_by_label("回调地址")).to_have_value(re.compile(r"^http://127\.0\.0\.1:\d+/hooks/sources/\S{24,}$"))

    Worker(house).drain()
    tab.goto("/sources")
    expect(tab.get_by_text("“旗舰店”的退款读不到")).to_be_visible()
    row = tab.get_by_role("row", name="旗舰店")
    expect(row).to_contain_text("重试中")
    expect(row).to_contain_text("已是最新")

    with house.ctx(1) as ctx:
        source_id = api_sources.connected(ctx)[0].id
    api_sources.compare(house.db, house.make_ctx, 1, source_id)
    row.get_by_role("link", name="旗舰店").click()
    tab.get_by_role("link", name="每日对账").click()
    tab.get_by_role("table", name="每日对账").get_by_role("button").first.click()
    expect(tab.get_by_text("T9")).to_be_visible()

    tab.get_by_role("button", name="更多操作").click()
    tab.get_by_text("断开", exact=True).click()
    tab.get_by_label("请输入 旗舰店 以确认").fill("旗舰店")
    tab.get_by_role("dialog").get_by_role("button", name="断开").click()
    expect(tab.get_by_text("还没有数据源")).to_be_visible()


@pytest.mark.usefixtures("till")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_fit_their_screen(tab: Page, sandbox: str, width: int):
    _practise(tab, sandbox)
    tab.set_viewport_size({"width": width, "height": 844})
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    for path in ("/sources", "/sources/new", "/sources/new?connector=till", "/settings?tab=accounts"):
        tab.goto(path)
        tab.wait_for_load_state("networkidle")
        overflow = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px wider than the screen"
    assert not faults
