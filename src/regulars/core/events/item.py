"""Goods as a shop offers them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class ItemChanged(Payload):
    """A good of a shop as it is from now on. code: the merchant's own. price_fen: of one, the lowest of its kinds."""

    type: ClassVar[str] = "item.changed"
    title: ClassVar[Text] = Text("商品更新", "Item changed")
    item_id: str = Field(min_length=1, max_length=200)
    shop: str = Field(default="", max_length=100)
    item_name: str = ""
    category: str = ""
    code: str = ""
    price_fen: int = 0
    stock: int | None = None
    state: Literal["on_sale", "off", ""] = ""


dictionary.add(ItemChanged)
