"""Anonymous orders."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class AnonymousOrders(Metric):
    """Anonymous orders."""

    key: ClassVar[str] = "anonymous_orders"
    title: ClassVar[Text] = Text("匿名订单数", "Anonymous orders")
    definition: ClassVar[Text] = Text(
        "期间内没有客户身份的有效订单数，已包含在订单数中。",
        "Counted orders of the period without a known customer; they are part of orders.",
    )
    unit: ClassVar[Unit] = "orders"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("anonymous_orders",)
