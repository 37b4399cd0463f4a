"""What the shop platforms' answers have in common: lists of rows, Beijing times, amounts in yuan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

from regulars.core.money import fen_half_up

T = TypeVar("T")
BEIJING = timezone(timedelta(hours=8))
"""All Chinese platforms state times in it. It knows no summer time."""

_FORM = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of a list. unread: raw rows that could not be understood, with the reason. total: None = not said."""

    rows: tuple[T, ...]
    unread: tuple[tuple[Mapping[str, Any], str], ...] = ()
    more: bool = False
    total: int | None = None


def read_rows(
    raw: Iterable[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T], *, more: bool, total: int | None = None
) -> Listing[T]:
    """Read rows one by one, so that a strange one costs no other."""
    rows: list[T] = []
    unread: list[tuple[Mapping[str, Any], str]] = []
    for one in raw:
        try:
            rows.append(read(one))
        except (KeyError, ValueError, TypeError, AttributeError, InvalidOperation) as error:
            unread.append((one, f"{type(error).__name__}: {error}"))
    return Listing(tuple(rows), tuple(unread), more, total)


def beijing(text: object) -> datetime | None:
    """Read "yyyy-MM-dd HH:mm:ss" of Beijing as aware UTC; nothing is None. Raises ValueError."""
    if not text:
        return None
    return datetime.strptime(str(text), _FORM).replace(tzinfo=BEIJING).astimezone(UTC)


def beijing_text(at: datetime) -> str:
    """Write an instant as "yyyy-MM-dd HH:mm:ss" of Beijing."""
    return at.astimezone(BEIJING).strftime(_FORM)


def last_second(end: datetime) -> datetime:
    """Return the last whole second before the end of a half-open span: platforms count both ends in.

    While it lies in the past nothing can enter the span any more, so numbered pages hold still.
    """
    return end - timedelta(seconds=1)


def from_seconds(seconds: object) -> datetime | None:
    """Read Unix seconds as aware UTC; 0 and nothing are None. Raises ValueError."""
    number = int(str(seconds or 0))
    return datetime.fromtimestamp(number, UTC) if number else None


def required(at: datetime | None) -> datetime:
    """Return an instant that must be there. Raises ValueError."""
    if at is None:
        raise ValueError("a time is missing")
    return at


def fen_of_yuan(text: object) -> int:
    """Read an amount in yuan as fen; nothing is 0. Raises InvalidOperation."""
    return fen_half_up(Decimal(str(text))) if text not in (None, "") else 0
