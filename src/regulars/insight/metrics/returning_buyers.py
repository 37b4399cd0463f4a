"""Returning buyers."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class ReturningBuyers(Metric):
    """Returning buyers."""

    key: ClassVar[str] = "returning_buyers"
    title: ClassVar[Text] = Text("老客数", "Returning buyers")
    definition: ClassVar[Text] = Text(
        "期间内购买、且第一笔有效订单早于期间的客户。",
        "Buyers of the period whose first counted order was before it.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("returning_buyers",)
