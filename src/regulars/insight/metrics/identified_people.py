"""Known customers."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class IdentifiedPeople(Metric):
    """Known customers."""

    key: ClassVar[str] = "identified_people"
    title: ClassVar[Text] = Text("已识别客户", "Known customers")
    definition: ClassVar[Text] = Text(
        "有过记录、且至少有一个可靠身份标识的客户数，合并后计。",
        "Customers on record with at least one identifier that tells who they are, counted after merging.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "people"
    fields: ClassVar[tuple[str, ...]] = ("people.identified",)
