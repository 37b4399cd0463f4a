"""Wait: until so long before or after a time that the entering event tells, such as the end of payment."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.journeys import entering, store_entering
from regulars.journeys.contract import Node, Step, nodes


class WaitDeadlineConfig(BaseModel):
    """of: a time that the entering event tells; "occurred_at" = when it happened. days, hours, minutes: added up."""

    model_config = ConfigDict(extra="forbid")
    of: str = Field(default=entering.OCCURRED_AT, max_length=60, title="Time that the event tells")
    days: int = Field(default=0, ge=0, le=366, title="Days")
    hours: int = Field(default=0, ge=0, le=240, title="Hours")
    minutes: int = Field(default=0, ge=0, le=600, title="Minutes")
    side: Literal["before", "after"] = Field(default="before", title="Before or after")

    def instant(self, told: str, now: datetime, zone: str) -> datetime:
        """Return when the wait is over, to the minute; a day without a time begins at midnight, brand time."""
        at = datetime.fromisoformat(told)
        if at.tzinfo is None:
            at = datetime.combine(at.date(), at.time() or time(), ZoneInfo(zone))
        span = timedelta(days=self.days, hours=self.hours, minutes=self.minutes)
        over = (at - span if self.side == "before" else at + span).astimezone(now.tzinfo)
        return over.replace(second=0, microsecond=0) + timedelta(minutes=int(self.side == "after" and over.second > 0))


@nodes.add
class WaitDeadline(Node):
    """Everybody waits for a time of the event that let them in; who came by none goes on at once as too late."""

    key: ClassVar[str] = "wait_deadline"
    title: ClassVar[Text] = Text("相对进入事件的时间", "Wait around the event's time")
    ways: ClassVar[tuple[str, ...]] = ("waited", "missed")
    waits: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = WaitDeadlineConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Stand until it is time; for whom it is too late goes on at once."""
        if step.waited:
            step.go("waited")
            return
        asked = WaitDeadlineConfig.model_validate(config)
        uids = [uid for chunk in step.chunks() for uid in chunk.uids]
        until: dict[datetime, list[int]] = defaultdict(list)
        for uid, told in store_entering.times(step.ctx, step.run.id, uids, asked.of).items():
            at = asked.instant(told, step.ctx.now, step.ctx.zone)
            if at > step.ctx.now:
                until[at].append(uid)
        step.wait_apart(until, "missed")
