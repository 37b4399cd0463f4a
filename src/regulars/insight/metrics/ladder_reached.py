"""Reached."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class LadderReached(Metric):
    """Reached."""

    key: ClassVar[str] = "ladder_reached"
    title: ClassVar[Text] = Text("到达人数", "Reached")
    definition: ClassVar[Text] = Text(
        "有效订单数至少为 n 的已识别客户。",
        "Known customers with at least n counted orders.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("reached",)
