"""Nobody is shut out: every page is drawn without fault, fits the screen and passes axe; main stories by keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import NEEDS, opened
from tests.conftest import Start

WEB = Path(__file__).resolve().parents[2] / "web" / "admin"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [*NEEDS, pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: make setup")]


@pytest.fixture(scope="module")
def start(demo_start: Start) -> Start:
    """The demo's tenth."""
    return demo_start


EXAMPLES = {"customers/:uid": "{uid}", "segments/:id": "1", "campaigns/:id": "1", "imports/:id": "1", "tags/:id": "1",
            "templates/:id": "1", "journeys/:id": "{journey}"}  # fmt: skip
"""What stands for the number in an address, by the address up to it."""

LATER = {"customers/requests/:id", "sources/:id"}
"""Pages of which the demo has no example; their story has a test of its own, which looks at them too."""

WITHOUT_TOKEN = "/invitation"
"""Says that there is no such invitation: the browser lists that answer as an error."""

GALLERY = "/gallery"
"""Shows what waiting looks like, so it never ends there."""

RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => `${one.id}: ${one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""


def addresses(uid: int, journey: int) -> Iterator[str]:
    """Yield the address of every page that the console's router knows."""
    router = (WEB / "src" / "app" / "router.tsx").read_text(encoding="utf-8")
    paths = re.findall(r'page\("([^"]*)"', router)
    assert len(paths) > 20, "the router is written otherwise now"
    for path in paths:
        if path in LATER:
            continue
        upto = path[: path.index(":")] + path[path.index(":") :].split("/")[0] if ":" in path else ""
        assert not upto or upto in EXAMPLES, f"give an example for {path}"
        yield "/" + path.lstrip("/").replace(
            upto.rsplit("/", 1)[-1] or "\0", EXAMPLES.get(upto, "").format(uid=uid, journey=journey)
        )


def findings(page: Page) -> list[str]:
    """Return what axe finds serious or critical on the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN)


@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 1280), ("en-GB", 390)])
def test_no_page_shuts_anybody_out(browser, site, locale, width):
    page, faults = opened(browser, site, locale, width)
    tag = {"name": "Price", "definition": {"origin": "manual", "values": [{"label": "High"}]}}
    headers = {"X-CSRF-Token": page.request.get(f"{site[0]}/api/me").json()["csrf"]}
    assert page.request.post(f"{site[0]}/api/tags", data=tag, headers=headers).ok
    said = {"name": "Hello", "channel": "log", "message": {"title": "", "body": "Hello"}}
    assert page.request.post(f"{site[0]}/api/templates", data=said, headers=headers).ok
    drawn = {"nodes": [{"key": "in", "kind": "entry_segment"}, {"key": "told", "kind": "message"}]}
    journey = page.request.post(
        f"{site[0]}/api/journeys", data={"name": "Draft", "graph": drawn}, headers=headers
    ).json()
    wrong: dict[str, list[str]] = {}
    todo = [*addresses(site[2], journey["id"]), "/nowhere"]
    seen = set(todo)
    while todo:
        path = todo.pop(0)
        page.goto(site[0] + path)
        page.wait_for_load_state("networkidle")
        expect(page.locator("h1").first).to_be_visible()
        if path != GALLERY:
            expect(page.locator(".skeleton, .table-skeleton")).to_have_count(0)
        assert page.title().endswith("Regulars"), path
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px wider than the screen"
        assert path == WITHOUT_TOKEN or not faults, f"{path}: {faults}"
        faults.clear()
        if found := findings(page):
            wrong[path] = found
        tabs = page.locator("nav.tabs a").evaluate_all("links => links.map((one) => one.pathname + one.search)")
        todo += [tab for tab in tabs if tab not in seen and not seen.add(tab)]
    assert not wrong, "\n".join(f"{path}\n  " + "\n  ".join(found) for path, found in wrong.items())
    page.context.close()


def reach(page: Page, target: Locator, most: int = 80) -> None:
    """Press Tab until the target has the focus, and see that the focus shows."""
    expect(target).to_be_visible()
    for _ in range(most):
        if target.evaluate("one => one === document.activeElement || one.contains(document.activeElement)"):
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{target} is not reached by Tab")


def focused(page: Page) -> str:
    """Return the name of what has the focus."""
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")


def test_a_segment_is_built_and_saved_by_keys_alone(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    page.goto(f"{site[0]}/segments")
    reach(page, page.get_by_role("link", name="新建人群"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/segments/new")
    reach(page, page.get_by_role("button", name="客户条件"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="字段")).to_be_focused()
    page.keyboard.type("购买次数")
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("spinbutton", name="值"))
    page.keyboard.type("3")
    reach(page, page.get_by_label("名称"))
    page.keyboard.type("买过三次")
    expect(page.get_by_role("button", name="保存人群")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="买过三次")).to_be_visible()

    # The menu of the page: opened, left and used by keys; what it opens gives the focus back.
    more = page.get_by_role("button", name="更多操作")
    reach(page, more)
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem").first).to_be_hidden()
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="删除")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/segments")
    reach(page, page.get_by_role("button", name="撤销"))
    page.keyboard.press("Enter")
    expect(page.locator("tbody").get_by_text("买过三次", exact=True)).to_be_visible()
    assert not faults
    page.context.close()


def test_a_customer_is_found_in_the_palette_and_opened_by_keys_alone(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    reach(page, page.get_by_role("link", name="客户", exact=True))
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert focused(page) == "客户", "the palette gives the focus back"
    page.keyboard.press("Control+k")
    page.keyboard.type(f"#{site[2]}")
    expect(page.get_by_role("option", selected=True)).to_contain_text("客户")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{site[2]}")
    reach(page, page.get_by_role("link", name="身份"))
    page.keyboard.press("Enter")
    page.wait_for_url("**?tab=identity")
    assert not faults
    page.context.close()


def test_a_campaign_is_drafted_by_keys_alone(browser, site):
    page, faults = opened(browser, site, "zh-CN", 1280)
    page.goto(f"{site[0]}/campaigns")
    expect(page.locator("tbody a").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/campaigns/\d+$"))
    page.goto(f"{site[0]}/campaigns/new")
    reach(page, page.get_by_label("活动名称"))
    page.keyboard.type("春季召回")
    reach(page, page.get_by_role("combobox", name="人群"))
    page.keyboard.type("忠诚")
    page.keyboard.press("Enter")
    reach(page, page.get_by_label("正文"))
    page.keyboard.type("好久不见")
    reach(page, page.get_by_role("button", name="保存草稿，去看人数"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="春季召回")).to_be_visible()
    assert not faults
    page.context.close()
