"""Visitors of the day."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.text import Text
from regulars.insight.contract import Basis, Metric, Unit
from regulars.insight.registry import metrics


@metrics.add
class DayVisitors(Metric):
    """Visitors of the day."""

    key: ClassVar[str] = "day_visitors"
    title: ClassVar[Text] = Text("当日访客数", "Visitors of the day")
    definition: ClassVar[Text] = Text(
        "当天到此刻看过页面的人数，一人只数一次；没有接入浏览数据时不显示。",
        "People who viewed a page on the day so far, each once; shown only where page views come in.",
    )
    unit: ClassVar[Unit] = "people"
    basis: ClassVar[Basis] = "people"
    fields: ClassVar[tuple[str, ...]] = ("day.visitors",)
