"""Orders, their lines, and refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class OrderLine(BaseModel):
    """One line. quantity > 0; amount_fen: what the line came to, after discounts."""

    model_config = ConfigDict(frozen=True)
    item_id: str = Field(min_length=1, max_length=200)
    item_name: str = ""
    category: str = ""
    quantity: int = Field(gt=0)
    unit_price: Decimal = Decimal(0)
    amount_fen: int


class OrderPlaced(Payload):
    """An order with its lines. The same order_id of a shop again replaces what was known of it."""

    type: ClassVar[str] = "order.placed"
    title: ClassVar[Text] = Text("下单", "Order placed")
    order_id: str = Field(min_length=1, max_length=200)
    shop: str = Field(default="", max_length=100)
    store: str = ""
    region: str = ""
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    total_fen: int
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=5000)]


class OrderRefunded(Payload):
    """Goods or money given back. order_id may be missing: then an earlier sale is looked for."""

    type: ClassVar[str] = "order.refunded"
    title: ClassVar[Text] = Text("退款", "Refunded")
    refund_id: str = Field(min_length=1, max_length=200)
    order_id: str = ""
    shop: str = Field(default="", max_length=100)
    store: str = ""
    region: str = ""
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    total_fen: int = Field(description="Amount given back, positive.")
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=5000)]


class OrderCreated(Payload):
    """A buyer has ordered; `order.placed` says when it is paid. amount_fen: what is to be paid; pay_by: until when."""

    type: ClassVar[str] = "order.created"
    title: ClassVar[Text] = Text("拍下", "Order created")
    order_id: str = Field(min_length=1, max_length=200)
    shop: str = Field(default="", max_length=100)
    amount_fen: int
    quantity: int = 0
    pay_by: AwareDatetime | None = None
    lines: list[OrderLine] = Field(default_factory=list[OrderLine], max_length=5000)


class _OrderStep(Payload):
    order_id: str = Field(min_length=1, max_length=200)
    shop: str = Field(default="", max_length=100)


class OrderSent(_OrderStep):
    """The goods of an order are on their way, all of them."""

    type: ClassVar[str] = "order.sent"
    title: ClassVar[Text] = Text("发货", "Order sent")


class OrderFinished(_OrderStep):
    """The buyer has the goods and the shop its money."""

    type: ClassVar[str] = "order.finished"
    title: ClassVar[Text] = Text("交易成功", "Order finished")


class OrderClosed(_OrderStep):
    """An order came to nothing. reason: "unpaid" before it was paid, "refunded" when all was given back."""

    type: ClassVar[str] = "order.closed"
    title: ClassVar[Text] = Text("交易关闭", "Order closed")
    reason: Literal["unpaid", "refunded", ""] = ""


for _payload in (OrderPlaced, OrderRefunded, OrderCreated, OrderSent, OrderFinished, OrderClosed):
    dictionary.add(_payload)
