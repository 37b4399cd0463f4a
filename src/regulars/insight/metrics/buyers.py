"""Buyers."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class Buyers(Metric):
    """Buyers."""

    key: ClassVar[str] = "buyers"
    title: ClassVar[Text] = Text("购买客户数", "Buyers")
    definition: ClassVar[Text] = Text(
        "期间内至少有一笔有效订单的已识别客户数；一位客户只数一次。",
        "Known customers with at least one order counted in the period, each once.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("buyers",)
