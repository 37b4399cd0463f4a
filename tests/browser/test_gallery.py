"""The gallery of the design system looks as it did when somebody last looked: `make snapshots` after a wanted change.

A picture is compared by the mean colour of its squares, each of which may lie a little beside its place: how a machine
smooths or hints letters does not matter, a part that moved, went, or changed its colour does. With another font every
line is another, so there nothing is compared. The browser itself shrinks and compares the pictures.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import NEEDS, served

from regulars.workspace import api as workspace

pytestmark = NEEDS
KEPT = Path(__file__).parent / "gallery"
RENEW = bool(os.environ.get("REGULARS_RENEW_SNAPSHOTS"))
STRAYED_AT_MOST = 12  # squares of 8 px of what is kept: smaller than a button
MOST_BYTES = 150_000

_CANVAS = """
const opened = (png) => new Promise((done, fail) => {
  const image = new Image();
  image.onload = () => done(image);
  image.onerror = fail;
  image.src = "data:image/png;base64," + png;
});
const drawn = (image, width, height, dx, dy, scale) => {
  const canvas = new OffscreenCanvas(Math.ceil(width / scale), Math.ceil(height / scale));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, dx / scale, dy / scale, image.width / scale, image.height / scale);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
};
"""

_SHRUNK = (
    "async ({ png, scale }) => {"
    + _CANVAS
    + """
  const image = await opened(png);
  const small = drawn(image, image.width, image.height, 0, 0, scale);
  const flat = small.data;
  // Few tones a channel: what is kept stays small, and no letter is lost.
  for (let at = 0; at < flat.length; at += 1)
    flat[at] = at % 4 === 3 ? 255 : Math.min(255, Math.round(flat[at] / 24) * 24);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [small.width, small.height];
  canvas.getContext("2d").putImageData(small, 0, 0);
  return canvas.toDataURL("image/png").split(",")[1];
}"""
)

_STRAYED = (
    "async ({ one, other, gone }) => {"
    + _CANVAS
    + """
  const [SQUARE, APART, ASIDE] = [8, 22, [-2, 0, 2]];
  const [first, second] = [await opened(one), await opened(other)];
  const [width, height] = [Math.max(first.width, second.width), Math.max(first.height, second.height)];
  const here = drawn(first, width, height, 0, 0, SQUARE);
  const hole = gone ? [15, 16, 17] : [];
  for (const row of hole) here.data.fill(20, (row * here.width + 3) * 4, (row * here.width + 13) * 4);
  const squares = here.width * here.height;
  const least = new Float64Array(squares).fill(256);
  for (const dx of ASIDE) for (const dy of ASIDE) {
    const there = drawn(second, width, height, dx, dy, SQUARE).data;
    for (let at = 0; at < squares; at += 1) {
      const apart = Math.max(...[0, 1, 2].map((band) => Math.abs(here.data[at * 4 + band] - there[at * 4 + band])));
      least[at] = Math.min(least[at], apart);
    }
  }
  const rows = [];
  for (let at = 0; at < squares; at += 1) if (least[at] > APART) rows.push(Math.floor(at / here.width) * SQUARE);
  return rows;
}"""
)


def _strayed(page: Page, one: bytes, other: bytes, *, gone: bool = False) -> list[int]:
    """Return how far from the top each square lies in which two pictures differ. gone: a hole is cut into one."""
    given: dict[str, Any] = {"one": base64.b64encode(one).decode(), "other": base64.b64encode(other).decode()}
    return page.evaluate(_STRAYED, {**given, "gone": gone})


def _fonts(page: Page) -> list[str]:
    """Return the fonts that the browser draws the page with."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    title = session.send("DOM.querySelector", {"nodeId": root, "selector": ".page-note"})["nodeId"]
    drawn = session.send("CSS.getPlatformFontsForNode", {"nodeId": title})["fonts"]
    return sorted({one["familyName"] for one in drawn})


def _opened(browser: Browser, address: str, locale: str, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 844}, locale=locale, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/login")
    page.locator("input").nth(0).fill("admin@example.com")
    page.locator("input").nth(1).fill("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/gallery")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".rule-leaf").first).to_be_visible()
    expect(page.locator(".chart svg").first).to_be_visible()
    return page


def _picture(page: Page, width: int) -> bytes:
    """Return the page as it is kept: a desk's at half its size."""
    shot = page.locator("main").screenshot(animations="disabled", caret="hide")
    asked = {"png": base64.b64encode(shot).decode(), "scale": 2 if width > 1000 else 1.5}
    return base64.b64decode(page.evaluate(_SHRUNK, asked))


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_gallery_looks_as_it_did(browser, house, tmp_path, locale, width):
    with house.ctx() as ctx:
        workspace.add_user(ctx, "admin@example.com", "Admin", "correct horse", ["*"])
    name = f"{locale[:2]}-{width}"
    kept, told = KEPT / f"{name}.png", KEPT / "fonts.json"
    drawn_with = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
    with served(house) as address:
        page = _opened(browser, address, locale, width)
        fonts, seen = _fonts(page), _picture(page, width)
        if RENEW:
            assert len(seen) <= MOST_BYTES
            kept.write_bytes(seen)
            told.write_text(json.dumps({**drawn_with, name: fonts}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            return
        if drawn_with[name] != fonts:
            pytest.skip(f"the pictures are drawn with {', '.join(drawn_with[name])}; here it is {', '.join(fonts)}")
        rows = _strayed(page, kept.read_bytes(), seen)
        missed = _strayed(page, kept.read_bytes(), seen, gone=True)
        page.context.close()
    if len(rows) > STRAYED_AT_MOST:
        (tmp_path / f"{name}.png").write_bytes(seen)
        pytest.fail(
            f"{len(rows)} squares of {kept.name} look different, from {rows[0]} to {rows[-1]} px from its top; now: "
            f"{tmp_path / f'{name}.png'}. If that is wanted: make snapshots."
        )
    assert len(missed) > STRAYED_AT_MOST, "a part as large as a button could go unseen"
