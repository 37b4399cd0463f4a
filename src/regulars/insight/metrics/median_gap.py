"""Median gap."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class MedianGap(Metric):
    """Median gap."""

    key: ClassVar[str] = "median_gap"
    title: ClassVar[Text] = Text("复购间隔中位数", "Median gap")
    definition: ClassVar[Text] = Text(
        "已下第 n+1 单的客户从第 n 单到第 n+1 单的天数中位数；同一天为 0。还没买下一单的客户不在内，所以偏短。",
        "Median days from order n to order n+1 of customers who made it; the same day is 0. Those who have "
        "not bought again are not in it, so it is rather short.",
    )
    unit: ClassVar[Unit] = "days"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("median_gap_days",)
