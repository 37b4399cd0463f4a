"""Sales."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class Sales(Metric):
    """Sales."""

    key: ClassVar[str] = "sales"
    title: ClassVar[Text] = Text("销售额", "Sales")
    definition: ClassVar[Text] = Text(
        "下单日落在期间内的订单金额，已扣除这些订单迄今的退款（不论何时退）。含匿名订单；不含库存调整和找不到原单的退款。",
        "Value of the orders placed in the period, less all that was given back on them so far, whenever that "
        "was. Anonymous orders included; stock adjustments and refunds without a matching order are not.",
    )
    unit: ClassVar[Unit] = "money"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("sales_fen",)
