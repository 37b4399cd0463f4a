"""Returning customers of the day."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class DayReturningBuyers(Metric):
    """Returning customers of the day."""

    key: ClassVar[str] = "day_returning_buyers"
    title: ClassVar[Text] = Text("当日回头客", "Returning customers of the day")
    definition: ClassVar[Text] = Text(
        "当天到此刻有购买、且更早已买过的已识别客户数。",
        "Known customers who bought on the day so far and had bought on an earlier day.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("day.returning_buyers",)
