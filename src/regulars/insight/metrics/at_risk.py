"""At risk."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class AtRiskCustomers(Metric):
    """At risk."""

    key: ClassVar[str] = "at_risk"
    title: ClassVar[Text] = Text("预流失客户", "At risk")
    definition: ClassVar[Text] = Text(
        "距上次购买的天数超过同阶段复购间隔上四分位数的已识别客户（预计下次购买已过期）；"
        "间隔样本少于 20 的阶段不判断。",
        "Known customers without a purchase for longer than the upper quartile of the gap of their step "
        "(their next purchase is overdue). Steps with fewer than 20 gaps on record say nothing.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("at_risk.people",)
