"""Paid orders of the day."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class DayOrders(Metric):
    """Paid orders of the day."""

    key: ClassVar[str] = "day_orders"
    title: ClassVar[Text] = Text("当日支付订单数", "Paid orders of the day")
    definition: ClassVar[Text] = Text(
        "当天到此刻下单、扣除当天已退款后金额大于 0 的订单数，含匿名订单。",
        "Orders placed on the day so far that come to more than nothing after what was given back by "
        "then; anonymous ones included.",
    )
    unit: ClassVar[Unit] = "orders"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("day.orders",)
