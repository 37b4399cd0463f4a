"""Corrections of stock and of money that belong to no customer."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class StockAdjusted(Payload):
    """Goods written off, found or moved. quantity: signed change of stock."""

    type: ClassVar[str] = "stock.adjusted"
    title: ClassVar[Text] = Text("库存调整", "Stock adjusted")
    document_id: str = Field(min_length=1)
    item_id: str = Field(min_length=1)
    shop: str = ""
    quantity: int
    reason: str = ""


class CashAdjusted(Payload):
    """Money booked without goods, e.g. a bad debt written off. amount_fen: signed."""

    type: ClassVar[str] = "cash.adjusted"
    title: ClassVar[Text] = Text("账务调整", "Cash adjusted")
    document_id: str = Field(min_length=1)
    shop: str = ""
    amount_fen: int
    reason: str = ""


dictionary.add(StockAdjusted)
dictionary.add(CashAdjusted)
