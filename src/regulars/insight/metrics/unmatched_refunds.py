"""Unmatched refunds."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class UnmatchedRefunds(Metric):
    """Unmatched refunds."""

    key: ClassVar[str] = "unmatched_refunds"
    title: ClassVar[Text] = Text("未匹配退款", "Unmatched refunds")
    definition: ClassVar[Text] = Text(
        "期间内退出、但找不到原订单的金额；只计入收款净额，不计入销售额。",
        "Money given back in the period for which no earlier sale was found; it counts in cash net only, not in sales.",
    )
    unit: ClassVar[Unit] = "money"
    basis: ClassVar[Basis] = "cash_net"
    fields: ClassVar[tuple[str, ...]] = ("unmatched_refund_fen",)
