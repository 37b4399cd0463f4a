"""Anonymous sales."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class AnonymousSales(Metric):
    """Anonymous sales."""

    key: ClassVar[str] = "anonymous_sales"
    title: ClassVar[Text] = Text("匿名销售额", "Anonymous sales")
    definition: ClassVar[Text] = Text(
        "没有客户身份的订单金额（已扣退款），已包含在销售额中。",
        "Value after refunds of orders without a known customer; it is part of sales.",
    )
    unit: ClassVar[Unit] = "money"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("anonymous_sales_fen",)
