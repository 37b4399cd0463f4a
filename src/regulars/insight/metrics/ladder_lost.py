"""Not yet further."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class LadderLost(Metric):
    """Not yet further."""

    key: ClassVar[str] = "ladder_lost"
    title: ClassVar[Text] = Text("未走到下一单", "Not yet further")
    definition: ClassVar[Text] = Text(
        "到达第 n 单、至今没有第 n+1 单的客户，其中有人以后还会买。",
        "Customers who reached order n and have no order n+1 so far; some of them will still buy.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "order_net"
    fields: ClassVar[tuple[str, ...]] = ("lost",)
