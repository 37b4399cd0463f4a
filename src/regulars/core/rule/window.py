"""Spans of business days a `did` leaf looks at; always half-open once today is known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictInt
from pydantic import Field as Spec

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2149, 6, 6)
"""Days the lake can hold (ClickHouse Date); bounds beyond them are drawn in, which changes no answer."""

MAX_DAYS = 36_500


def parse_day(value: object) -> date:
    """Return the day written as YYYY-MM-DD. Raises ValueError when it is none, or the lake cannot hold it."""
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is None or day.isoformat() != value:
            raise ValueError(f"{value!r} is not a day written as YYYY-MM-DD")
        value = day
    if type(value) is not date:
        raise ValueError("a day is text written as YYYY-MM-DD")
    if not FIRST_DAY < value < LAST_DAY:
        raise ValueError(f"a day lies between {FIRST_DAY} and {LAST_DAY}")
    return value


Day = Annotated[date, BeforeValidator(parse_day)]
DayCount = Annotated[StrictInt, Spec(ge=1, le=MAX_DAYS)]


class _Window(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LastDays(_Window):
    """Business days d with today - days < d <= today: today and the days - 1 before it."""

    kind: Literal["last_days"] = "last_days"
    days: DayCount


class DayRange(_Window):
    """Business days d with start <= d < end."""

    kind: Literal["between"] = "between"
    start: Day
    end: Day


class Ever(_Window):
    """Every day on record."""

    kind: Literal["ever"] = "ever"


Window = Annotated[LastDays | DayRange | Ever, Spec(discriminator="kind")]


def shift(today: date, days: int) -> date:
    """Return the day that many days later, drawn in to what the lake can hold."""
    number = today.toordinal() + days
    return date.fromordinal(min(max(number, FIRST_DAY.toordinal()), LAST_DAY.toordinal()))


def bounds(window: Window, today: date) -> tuple[date, date] | None:
    """Return (first day, day after the last), or None for a window without bounds."""
    match window:
        case LastDays():
            return shift(today, 1 - window.days), today + timedelta(days=1)
        case DayRange():
            return window.start, window.end
        case Ever():
            return None


def holds(span: tuple[date, date] | None, day: date) -> bool:
    """Tell whether the day lies in the span."""
    return span is None or span[0] <= day < span[1]


def month_days(today: date, days: int) -> list[int]:
    """Return month * 100 + day of the birthdays kept from today to `days` days after it.

    29 February is kept on the 28th in years without it: a day early rather than late, and in its month.
    """
    found: list[int] = []
    for ahead in range(days + 1):
        day = today + timedelta(days=ahead)
        found.append(day.month * 100 + day.day)
        if found[-1] == 228 and (day + timedelta(days=1)).day == 1:
            found.append(229)
    return found
