"""Customers on a step."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class LadderPeople(Metric):
    """Customers on a step."""

    key: ClassVar[str] = "ladder_people"
    title: ClassVar[Text] = Text("所在阶段人数", "Customers on a step")
    definition: ClassVar[Text] = Text(
        "有效订单数恰为 n 的已识别客户；第 8 阶段为 8 单及以上（忠诚）。",
        "Known customers with exactly n counted orders; step 8 is eight or more (loyal).",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("people",)
