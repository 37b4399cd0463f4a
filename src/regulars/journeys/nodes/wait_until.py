"""Wait: until a day and time."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes


class WaitUntilConfig(BaseModel):
    """day, at: brand time."""

    model_config = ConfigDict(extra="forbid")
    day: date = Field(title="Day")
    at: time = Field(default=time(10), title="Time of day")


@nodes.add
class WaitUntil(Node):
    """Everybody waits for the same instant, such as the opening of a sale; who comes later goes on at once."""

    key: ClassVar[str] = "wait_until"
    title: ClassVar[Text] = Text("等到某一时刻", "Wait until")
    ways: ClassVar[tuple[str, ...]] = ("waited",)
    waits: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = WaitUntilConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Stand until it is time, then go on."""
        asked = WaitUntilConfig.model_validate(config)
        until = datetime.combine(asked.day, asked.at, ZoneInfo(step.ctx.zone))
        if step.waited or until <= step.ctx.now:
            step.go("waited")
        else:
            step.wait(until.astimezone(step.ctx.now.tzinfo))
