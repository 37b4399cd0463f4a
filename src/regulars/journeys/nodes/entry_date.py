"""Entry: whoever has a date of their own today, or so many days from today."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.clock import business_day
from regulars.core.errors import BadInput
from regulars.core.rule import Rule
from regulars.core.rule.ast import BirthdayWithin, Compare, Group, Not
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes
from regulars.profiles import api as profiles
from regulars.segments import api as segments

MADE_UP = 7
"""Days that are made up for after nothing ran."""


class EntryDateConfig(BaseModel):
    """field: a date or birthday of the person. days: so many before or after it. at: brand time."""

    model_config = ConfigDict(extra="forbid")
    field: str = Field(default="person.birth_md", max_length=100, title="Date of the customer")
    days: int = Field(default=0, ge=0, le=60, title="Days")
    side: Literal["before", "after"] = Field(default="before", title="Before or after")
    at: time = Field(default=time(10), title="Time of day")

    def following(self, now: datetime, zone: str) -> datetime:
        """Return the next time of day after now."""
        today = now.astimezone(ZoneInfo(zone)).date()
        instants = (datetime.combine(today + timedelta(days=n), self.at, ZoneInfo(zone)) for n in range(3))
        return next(at for at in instants if at > now).astimezone(now.tzinfo)

    def rule(self, first: date, today: date) -> Rule | None:
        """Return the condition for whom it is time on one of the days from `first` to today; None = nobody's."""
        yearly = profiles.date_field(self.field).type == "month_day"
        days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
        found = [rule for day in days if (rule := self._on(day, today, yearly=yearly)) is not None]
        return Group(op="or", rules=tuple(found)) if found else None

    def _on(self, day: date, today: date, *, yearly: bool) -> Rule | None:
        kept = day + timedelta(days=self.days if self.side == "before" else -self.days)
        if not yearly:
            return Compare(op="eq", field=self.field, value=kept.isoformat())
        ahead = (kept - today).days
        if ahead < 0:  # of a day that was missed, and is over
            return None
        within = BirthdayWithin(field=self.field, days=ahead)
        if ahead == 0:
            return within
        sooner = BirthdayWithin(field=self.field, days=ahead - 1)
        return Group(op="and", rules=(within, Not(rule=sooner)))


@nodes.add
class EntryDate(Node):
    """Looked for once a day; days on which nothing ran are made up for, a week at most."""

    key: ClassVar[str] = "entry_date"
    title: ClassVar[Text] = Text("客户日期到了进入", "A customer's date enters")
    ways: ClassVar[tuple[str, ...]] = ("entered",)
    entry: ClassVar[bool] = True
    comes: ClassVar[Literal["once", "timed", "told"]] = "timed"
    Config: ClassVar[type[BaseModel]] = EntryDateConfig

    def check(self, config: BaseModel) -> None:
        """Raise BadInput for a field that is no date, and for days after a birthday."""
        asked = EntryDateConfig.model_validate(config)
        yearly = profiles.date_field(asked.field).type == "month_day"
        if yearly and asked.side == "after" and asked.days:
            raise BadInput("People enter on their birthday or before it.", "Put a wait of some days behind the entry.")

    def step(self, step: Step, config: BaseModel) -> None:
        """Let those in whose day it is, and stand until tomorrow."""
        asked = EntryDateConfig.model_validate(config)
        following = asked.following(step.ctx.now, step.ctx.zone)
        if not step.open:
            step.end()
        elif step.waited:
            missed = business_day(step.due_at, step.ctx.zone)
            rule = asked.rule(max(missed, step.ctx.today - timedelta(days=MADE_UP)), step.ctx.today)
            step.enter([segments.evaluate(step.ctx, rule)] if rule else [], "entered", again_at=following)
        else:
            step.wait(following)
