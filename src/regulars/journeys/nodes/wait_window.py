"""Wait: until business hours, on weekdays and between times of day."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WaitWindowConfig(BaseModel):
    """days: of the week. start, end: brand time, half-open."""

    model_config = ConfigDict(extra="forbid")
    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7, title="Days of the week")] = WEEK
    start: time = Field(default=time(10), title="From")
    end: time = Field(default=time(20), title="Until")

    def opens(self, now: datetime, zone: str) -> datetime:
        """Return now inside the window, else the instant at which it opens next."""
        local = now.astimezone(ZoneInfo(zone))
        for ahead in range(8):
            day = local.date() + timedelta(days=ahead)
            if WEEK[day.weekday()] in self.days:
                start, end = (datetime.combine(day, at, ZoneInfo(zone)) for at in (self.start, self.end))
                if local < end:
                    return max(start, local).astimezone(now.tzinfo)
        raise BadInput("The window never opens.", "Choose a day of the week.")


@nodes.add
class WaitWindow(Node):
    """Who comes inside the window goes on at once, the others when it opens."""

    key: ClassVar[str] = "wait_window"
    title: ClassVar[Text] = Text("等到营业时段", "Wait for business hours")
    ways: ClassVar[tuple[str, ...]] = ("waited",)
    waits: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = WaitWindowConfig

    def check(self, config: BaseModel) -> None:
        """Raise BadInput for hours that end before they begin."""
        asked = WaitWindowConfig.model_validate(config)
        if asked.start >= asked.end:
            raise BadInput("The window ends before it begins.", "Give an end later on the same day.")

    def step(self, step: Step, config: BaseModel) -> None:
        """Stand until it opens."""
        opens = WaitWindowConfig.model_validate(config).opens(step.ctx.now, step.ctx.zone)
        if opens <= step.ctx.now:
            step.go("waited")
        else:
            step.wait(opens)
