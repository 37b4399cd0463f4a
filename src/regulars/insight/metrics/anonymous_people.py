"""Anonymous customers."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class AnonymousPeople(Metric):
    """Anonymous customers."""

    key: ClassVar[str] = "anonymous_people"
    title: ClassVar[Text] = Text("匿名客户", "Anonymous customers")
    definition: ClassVar[Text] = Text(
        "只有订单号、设备等匿名标识的客户数。",
        "Customers known only by an order number, a device and the like.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "people"
    fields: ClassVar[tuple[str, ...]] = ("people.anonymous",)
