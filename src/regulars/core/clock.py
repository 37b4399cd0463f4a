"""Two clocks. Business time says which day it is in the shop; system time runs leases and sessions."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from pydantic import Field

Day = Annotated[date, Field(ge=date(1970, 1, 2), lt=date(2149, 1, 1))]
"""A business day as it may be asked for: what the lake's Date columns hold, with room to count from it."""


class Clock(Protocol):
    """Where time comes from. Business time can be frozen and advanced; system time never is in production."""

    def business_now(self) -> datetime:
        """Return the aware UTC instant that rules, windows and campaigns take as now."""
        ...

    def system_now(self) -> datetime:
        """Return the aware UTC instant for leases, sessions, signatures and audit."""
        ...

    def wait(self, seconds: float) -> None:
        """Let system time pass."""
        ...


@dataclass(frozen=True, slots=True)
class WallClock:
    """Real time; business time runs `business_offset` from it, or stands at `business_frozen_at`."""

    business_frozen_at: datetime | None = None

    def business_now(self) -> datetime:
        """Return the frozen instant, or real time."""
        return self.business_frozen_at or self.system_now()

    def system_now(self) -> datetime:
        """Return real time."""
        return datetime.now(UTC)  # noqa: TID251 - the one place where real time enters the house

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


@dataclass(slots=True)
class ManualClock:
    """A clock that only moves when told, for tests and replays. Both times start at `at`."""

    at: datetime
    system_at: datetime = field(default=datetime(2026, 1, 1, tzinfo=UTC))

    def business_now(self) -> datetime:
        """Return the instant set."""
        return self.at

    def system_now(self) -> datetime:
        """Return the system instant set."""
        return self.system_at

    def wait(self, seconds: float) -> None:
        """Move system time forward at once."""
        self.system_at += timedelta(seconds=seconds)

    def advance(self, by: timedelta) -> None:
        """Move both times forward."""
        self.at += by
        self.system_at += by


def business_day(at: datetime, zone: str) -> date:
    """Return the calendar day of an aware instant in the brand's zone (IANA name)."""
    return at.astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """Return the aware UTC instant at which a business day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
