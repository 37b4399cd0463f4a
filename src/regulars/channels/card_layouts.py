"""The layouts of card SMS: what an approved template is made of, for its settings and its preview.

Source: help.aliyun.com/zh/sms/parameters-of-card-sms-templates (cardType), help.aliyun.com/document_detail/437956.htm
(ratios, line breaks, variables). How long a headline or text may be is shown by Aliyun's console alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from regulars.core.text import Text

MAX_PARAMS = 20
MAX_PARAM_LENGTH = 20
PARAM_NAME = r"^[A-Za-z][A-Za-z0-9]{0,9}$"


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of card. card_type: the platform's number. images: fewest and most. ratio: of its images' sides.

    lines: most lines of text, 1 = no line break.
    """

    title: Text
    card_type: int
    images: tuple[int, int] = (1, 1)
    ratio: str = "16:9"
    video: bool = False
    lines: int = 1


LAYOUTS: dict[str, Layout] = {
    "image": Layout(Text("图文", "Picture and text"), 5),
    "images": Layout(Text("多图文", "Several pictures and texts"), 7, (2, 4), "1:1"),
    "shop": Layout(Text("电商", "Shop item"), 10, (1, 1), "1:1"),
    "shop_items": Layout(Text("电商多商品", "Shop, several items"), 17, (2, 4), "1:1"),
    "carousel_wide": Layout(Text("16:9 图片轮播", "Carousel, 16:9"), 11, (2, 5), lines=11),
    "carousel_square": Layout(Text("1:1 图片轮播", "Carousel, 1:1"), 12, (2, 5), "1:1", lines=11),
    "carousel_tall": Layout(Text("48:65 图片轮播", "Carousel, 48:65"), 13, (2, 5), "48:65", lines=11),
    "slides": Layout(Text("横滑", "Slides"), 1, (2, 5), "1:1"),
    "long_text": Layout(Text("长文本", "Long text"), 15, (0, 1)),
    "video": Layout(Text("视频", "Video"), 4, (1, 1), video=True),
    "image_video": Layout(Text("图文视频", "Picture, text and video"), 18, (1, 2), video=True),
    "red_packet": Layout(Text("红包", "Red packet"), 8, (0, 1)),
}
"""By key. How many pictures the ones with several take is not confirmed: taken from Aliyun's samples."""


def check(layout: str, images: int, text: str, *, video: bool) -> None:
    """Raise ValueError, saying what does not fit a layout."""
    one = LAYOUTS[layout]
    fewest, most = one.images
    if not fewest <= images <= most:
        raise ValueError(f"this layout has {fewest} to {most} pictures, not {images}")
    if one.video and not video:
        raise ValueError("this layout needs a video")
    if video and not one.video:
        raise ValueError("this layout has no video")
    if text.count("\n") >= one.lines:
        raise ValueError(f"this layout has at most {one.lines} lines of text")
