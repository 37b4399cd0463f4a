"""Orders."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class Orders(Metric):
    """Orders."""

    key: ClassVar[str] = "orders"
    title: ClassVar[Text] = Text("订单数", "Orders")
    definition: ClassVar[Text] = Text(
        "下单日落在期间内、扣除退款后金额大于零的订单数，含匿名订单。",
        "Orders placed in the period that are worth more than zero after refunds, anonymous ones included.",
    )
    unit: ClassVar[Unit] = "orders"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("orders",)
