"""Wait: until somebody does something, or for so long."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.journeys.contract import EventMatch, Node, Step, nodes


class WaitEventConfig(BaseModel):
    """match: what they are waited for. days, hours: the longest wait, added up."""

    model_config = ConfigDict(extra="forbid")
    match: EventMatch = Field(title="Event")
    days: int = Field(default=0, ge=0, le=366, title="At most days")
    hours: int = Field(default=0, ge=0, le=240, title="At most hours")


@nodes.add
class WaitEvent(Node):
    """Who does it goes on at once by `happened`, the others by `timed_out` when the time is over."""

    key: ClassVar[str] = "wait_event"
    title: ClassVar[Text] = Text("等待行为发生", "Wait for an event")
    ways: ClassVar[tuple[str, ...]] = ("happened", "timed_out")
    waits: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = WaitEventConfig

    def hears(self, config: BaseModel) -> EventMatch:
        """Return the event."""
        return WaitEventConfig.model_validate(config).match

    def check(self, config: BaseModel) -> None:
        """Raise BadInput for a wait that never ends."""
        asked = WaitEventConfig.model_validate(config)
        if not (asked.days or asked.hours):
            raise BadInput("The wait has no end.", "Say after how many days or hours people go on without it.")

    def step(self, step: Step, config: BaseModel) -> None:
        """Stand until the time is over; who stands here still has not done it."""
        asked = WaitEventConfig.model_validate(config)
        if step.waited:
            step.go("timed_out")
        else:
            step.wait(step.ctx.now + timedelta(days=asked.days, hours=asked.hours))
