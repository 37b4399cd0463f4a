"""What people look at."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class PageViewed(Payload):
    """A page or screen was shown."""

    type: ClassVar[str] = "page.viewed"
    title: ClassVar[Text] = Text("浏览页面", "Page viewed")
    url: str = ""
    page: str = ""
    item_id: str = ""
    category: str = ""
    shop: str = ""


dictionary.add(PageViewed)
