"""Next-order rate."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class NextRate(Metric):
    """Next-order rate."""

    key: ClassVar[str] = "next_rate"
    title: ClassVar[Text] = Text("下一单率", "Next-order rate")
    definition: ClassVar[Text] = Text(
        "有第 n+1 单的客户 ÷ 有第 n 单的客户，截至今天。",
        "Customers with n+1 counted orders among those with n, up to today.",
    )
    unit: ClassVar[Unit] = "rate_bp"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("next_rate_bp",)
