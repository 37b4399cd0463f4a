"""Refunds of the day."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class DayRefunds(Metric):
    """Refunds of the day."""

    key: ClassVar[str] = "day_refunds"
    title: ClassVar[Text] = Text("当日退款", "Refunds of the day")
    definition: ClassVar[Text] = Text(
        "当天到此刻退出的金额，不论原订单是哪天的。",
        "Money given back on the day so far, whenever the order was placed.",
    )
    unit: ClassVar[Unit] = "money"
    basis: ClassVar[Basis] = "cash_net"
    fields: ClassVar[tuple[str, ...]] = ("day.refunded_fen", "day.refunds")
