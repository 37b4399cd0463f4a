"""The basket before it is an order."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class CartAdded(Payload):
    """An item went into the cart."""

    type: ClassVar[str] = "cart.added"
    title: ClassVar[Text] = Text("加购", "Added to cart")
    item_id: str = Field(min_length=1)
    category: str = ""
    shop: str = ""
    quantity: int = Field(default=1, gt=0)
    amount_fen: int = 0


dictionary.add(CartAdded)
