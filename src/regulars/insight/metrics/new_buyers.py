"""New buyers."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class NewBuyers(Metric):
    """New buyers."""

    key: ClassVar[str] = "new_buyers"
    title: ClassVar[Text] = Text("新客数", "New buyers")
    definition: ClassVar[Text] = Text(
        "第一笔有效订单落在期间内的购买客户。以导入的数据为准：数据开始之前买过的客户会被看作新客。",
        "Buyers whose first counted order lies in the period. Only data on record counts: who bought before "
        "it begins looks new.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("new_buyers",)
