"""New customers of the day."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class DayNewBuyers(Metric):
    """New customers of the day."""

    key: ClassVar[str] = "day_new_buyers"
    title: ClassVar[Text] = Text("当日新客", "New customers of the day")
    definition: ClassVar[Text] = Text(
        "当天到此刻第一次购买的已识别客户数。",
        "Known customers whose first purchase was on the day.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("day.new_buyers",)
