"""Decisions of the back door that need no store: quiet hours, cutting into requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from regulars.channels.contract import Frequency, QuietHours
from regulars.core.errors import BadInput

MAX_FREQUENCY_DAYS = 366
PRIORITIES = range(1, 6)


def next_allowed(at: datetime, zone: str, quiet: QuietHours | None) -> datetime:
    """Return `at` itself outside quiet hours, else the UTC instant at which they end.

    The end is wall-clock time in the brand's zone, so it stays right across a change of daylight saving.
    """
    if quiet is None or quiet.start == quiet.end:
        return at
    local = at.astimezone(ZoneInfo(zone))
    now = local.time().replace(tzinfo=None)
    spans_midnight = quiet.start > quiet.end
    inside = (now >= quiet.start or now < quiet.end) if spans_midnight else quiet.start <= now < quiet.end
    if not inside:
        return at
    day = local.date() + timedelta(days=1) if spans_midnight and now >= quiet.start else local.date()
    return datetime.combine(day, quiet.end, tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)


def checked_frequency(frequency: Frequency | None) -> Frequency | None:
    """Return the budget. Raises: BadInput unless it allows at least one message in 1..366 days."""
    if frequency and (frequency.messages < 1 or not 1 <= frequency.days <= MAX_FREQUENCY_DAYS):
        raise BadInput(
            f"A frequency budget is at least 1 message within 1 to {MAX_FREQUENCY_DAYS} days.",
            "Leave it out for no budget.",
        )
    return frequency


def checked_priority(priority: int) -> int:
    """Return the priority. Raises: BadInput unless it is 1 to 5."""
    if priority not in PRIORITIES:
        raise BadInput("A priority is a number from 1 to 5.", "3 is the usual one; higher is served first.")
    return priority


def cut(uids: Sequence[int], size: int) -> Iterator[list[int]]:
    """Cut people into requests of at most `size`."""
    for start in range(0, len(uids), size):
        yield list(uids[start : start + size])
