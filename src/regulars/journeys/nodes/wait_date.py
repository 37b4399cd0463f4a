"""Wait: until a person's own date, or so many days before or after it."""

from __future__ import annotations

from calendar import isleap
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.identity import api as identity
from regulars.journeys.contract import Node, Step, nodes
from regulars.profiles import api as profiles


def kept_on(month_day: int, year: int) -> date:
    """Return the day on which a birthday is kept in a year; one of 29 February on the 28th in years without it."""
    month, day = divmod(month_day, 100)
    return date(year, month, 28 if month_day == 229 and not isleap(year) else day)


class WaitDateConfig(BaseModel):
    """field: a date or birthday of the person. days: so many before or after it. at: time of day, brand time."""

    model_config = ConfigDict(extra="forbid")
    field: str = Field(default="person.birth_md", max_length=100, title="Date of the customer")
    days: int = Field(default=0, ge=0, le=366, title="Days")
    side: Literal["before", "after"] = Field(default="before", title="Before or after")
    at: time = Field(default=time(10), title="Time of day")

    def instant(self, value: object, now: datetime, zone: str) -> datetime | None:
        """Return when the wait of somebody with this date is over; None when it is over, or the date is not known.

        value: ISO day, or month * 100 + day of every year.
        """
        shift = timedelta(days=self.days if self.side == "after" else -self.days)
        today = now.astimezone(ZoneInfo(zone)).date()
        years = (today.year - 1, today.year, today.year + 1, today.year + 2)
        days = [kept_on(value, year) for year in years] if isinstance(value, int) else [date.fromisoformat(str(value))]
        instants = [datetime.combine(day + shift, self.at, ZoneInfo(zone)).astimezone(now.tzinfo) for day in days]
        return next((at for at in instants if at > now), None)


@nodes.add
class WaitDate(Node):
    """Everybody waits for a day of their own; a birthday is the next one."""

    key: ClassVar[str] = "wait_date"
    title: ClassVar[Text] = Text("等到客户的日期", "Wait for a customer's date")
    ways: ClassVar[tuple[str, ...]] = ("waited", "missed")
    waits: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = WaitDateConfig

    def check(self, config: BaseModel) -> None:
        """Raise BadInput for a field that is no date of a person."""
        profiles.date_field(WaitDateConfig.model_validate(config).field)

    def step(self, step: Step, config: BaseModel) -> None:
        """Stand until the day; who has none, or had it, goes on at once."""
        if step.waited:
            step.go("waited")
            return
        asked = WaitDateConfig.model_validate(config)
        uids = [uid for chunk in step.chunks() for uid in chunk.uids]
        today = identity.uid_of(step.ctx, uids)
        known = profiles.values(step.ctx, sorted(set(today.values())), asked.field)
        until: dict[datetime, list[int]] = defaultdict(list)
        for uid in uids:
            value = known.get(today.get(uid, uid))
            at = asked.instant(value, step.ctx.now, step.ctx.zone) if value is not None else None
            if at is not None:
                until[at].append(uid)
        step.wait_apart(until, "missed")
