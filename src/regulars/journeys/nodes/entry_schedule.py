"""Entry: the people of a segment, again and again at set times."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes
from regulars.journeys.nodes.wait_window import WEEK, Weekday
from regulars.segments import api as segments


class EntryScheduleConfig(BaseModel):
    """segment_id: whose members enter. days: of the week. at: brand time.

    month_day: in place of days one of the month; the last where a month has none of that number.
    """

    model_config = ConfigDict(extra="forbid")
    segment_id: int = Field(gt=0, title="Segment")
    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7, title="Days of the week")] = WEEK
    month_day: int | None = Field(default=None, ge=1, le=31, title="Or one day of the month")
    at: time = Field(default=time(10), title="Time of day")

    def following(self, now: datetime, zone: str) -> datetime:
        """Return the next time after now."""
        today = now.astimezone(ZoneInfo(zone)).date()
        ahead = (today + timedelta(days=n) for n in range(33))
        instants = (
            datetime.combine(day, self.at, ZoneInfo(zone)).astimezone(now.tzinfo)
            for day in ahead
            if (WEEK[day.weekday()] in self.days if self.month_day is None else self._is_its_day(day))
        )
        return next(at for at in instants if at > now)

    def _is_its_day(self, day: date) -> bool:
        last = (day + timedelta(days=1)).month != day.month
        return day.day == self.month_day or (last and day.day < (self.month_day or 0))


@nodes.add
class EntrySchedule(Node):
    """At each time all members enter whom the journey's settings let in again."""

    key: ClassVar[str] = "entry_schedule"
    title: ClassVar[Text] = Text("定时进入", "Schedule enters")
    ways: ClassVar[tuple[str, ...]] = ("entered",)
    entry: ClassVar[bool] = True
    comes: ClassVar[Literal["once", "timed", "told"]] = "timed"
    Config: ClassVar[type[BaseModel]] = EntryScheduleConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Let the members in when it is time, and stand until the next."""
        asked = EntryScheduleConfig.model_validate(config)
        following = asked.following(step.ctx.now, step.ctx.zone)
        if not step.open:
            step.end()
        elif step.waited:
            step.enter(segments.members(step.ctx, asked.segment_id), "entered", again_at=following)
        else:
            step.wait(following)
