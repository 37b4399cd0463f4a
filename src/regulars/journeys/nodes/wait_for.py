"""Wait: for a time."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes


class WaitForConfig(BaseModel):
    """days, hours, minutes: how long, added up. at: on the last day until this time of day, brand time."""

    model_config = ConfigDict(extra="forbid")
    days: int = Field(default=0, ge=0, le=366, title="Days")
    hours: int = Field(default=0, ge=0, le=240, title="Hours")
    minutes: int = Field(default=0, ge=0, le=600, title="Minutes")
    at: time | None = Field(default=None, title="Then until this time of day")

    def until(self, now: datetime, zone: str) -> datetime:
        """Return the instant at which the wait is over."""
        over = now + timedelta(days=self.days, hours=self.hours, minutes=self.minutes)
        if self.at is None:
            return over
        local = over.astimezone(ZoneInfo(zone))
        day = local.date() if local.time() <= self.at else local.date() + timedelta(days=1)
        return datetime.combine(day, self.at, ZoneInfo(zone)).astimezone(now.tzinfo)


@nodes.add
class WaitFor(Node):
    """Everybody waits equally long from when they came."""

    key: ClassVar[str] = "wait_for"
    title: ClassVar[Text] = Text("等待一段时间", "Wait")
    ways: ClassVar[tuple[str, ...]] = ("waited",)
    waits: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = WaitForConfig

    def check(self, config: BaseModel) -> None:
        """Raise BadInput for a wait of no time."""
        asked = WaitForConfig.model_validate(config)
        if not (asked.days or asked.hours or asked.minutes or asked.at):
            raise BadInput("The wait has no length.", "Give days, hours, minutes or a time of day.")

    def step(self, step: Step, config: BaseModel) -> None:
        """Stand until it is over, then go on."""
        if step.waited:
            step.go("waited")
        else:
            step.wait(WaitForConfig.model_validate(config).until(step.ctx.now, step.ctx.zone))
