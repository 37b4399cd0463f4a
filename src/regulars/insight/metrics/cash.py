"""Cash net."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class Cash(Metric):
    """Cash net."""

    key: ClassVar[str] = "cash"
    title: ClassVar[Text] = Text("收款净额", "Cash net")
    definition: ClassVar[Text] = Text(
        "期间内收到减去退出的钱，退款记在退款当天，含费用和找不到原单的退款。用于对账。",
        "Money received less money given back, each on its own day, fees and unmatched refunds included. For "
        "reconciliation.",
    )
    unit: ClassVar[Unit] = "money"
    basis: ClassVar[Basis] = "cash_net"
    fields: ClassVar[tuple[str, ...]] = ("cash_fen",)
