"""Net amount of the day."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class DayNet(Metric):
    """Net amount of the day."""

    key: ClassVar[str] = "day_net"
    title: ClassVar[Text] = Text("当日净额", "Net amount of the day")
    definition: ClassVar[Text] = Text(
        "当天到此刻的订单金额，减去这些订单截至当天的退款。之后才退的不回头扣减，所以两天可以公平地比。",
        "Value of the orders placed on the day so far, less what was given back on them by the end of "
        "that day. Later refunds do not reach back, so that two days compare fairly.",
    )
    unit: ClassVar[Unit] = "money"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("day.net_fen",)
