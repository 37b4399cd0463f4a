"""From a page of a platform's list to a page of statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from regulars.connectors.contract import NotTheirs, Page, Statement, Totals, Window
from regulars.platforms.api_reading import BEIJING, Listing
from regulars.platforms.contract import Incoming, Session

T = TypeVar("T")


def opened(session: Session | None) -> Session:
    """Return the session that a shop is read through. Raises ValueError."""
    if session is None:
        raise ValueError("a shop is read through an account")
    return session


def is_empty(window: Window) -> bool:
    """Tell whether a window holds no whole second, which platforms refuse to be asked for; the next one overlaps it."""
    return window.end - window.start < timedelta(seconds=2)


def believed(session: Session | None, message: Incoming, is_theirs: Callable[[Session, Incoming], bool]) -> None:
    """Let only a message pass that the platform signed for the account. Raises: NotTheirs."""
    if session is None:
        raise NotTheirs("The message is about no account.", "Choose an account for the source.")
    if not is_theirs(session, message):
        raise NotTheirs("The signature of the message is wrong.", "Check the app's secret.")


async def paid_on(
    day: date, within: timedelta, listed: Callable[[datetime, datetime, int], Awaitable[Listing[T]]],
    told: Callable[[T], tuple[str, int, datetime | None]],
) -> Totals:  # fmt: skip
    """Return what was paid on a Beijing day, by a platform's list of orders by the time they were created.

    within: between ordering and paying, at most. listed: a page (from 1) of those created in a span. told: a row's
    order, minor units and time of payment.
    """
    start = datetime.combine(day, time(), BEIJING).astimezone(UTC)
    end = start + timedelta(days=1)
    by_order: dict[str, int] = {}
    page, more = 1, True
    while more:
        found = await listed(start - within, end, page)
        for order, fen, paid_at in map(told, found.rows):
            if paid_at and start <= paid_at < end:
                by_order[order] = fen
        page, more = page + 1, found.more
    return Totals(day, by_order)


async def last_first(
    page: str,
    read: Callable[[int], Awaitable[Listing[T]]],
    *,
    size: int,
    count: Callable[[], Awaitable[int]] | None = None,
) -> tuple[Listing[T], int]:
    """Read a page (from 1) of a list by time of change, beginning with the last one; return it with its number.

    A row that changes meanwhile leaves the span, and those after it move forward: whoever reads backward meets some
    of them twice and misses none. count: how many rows there are now; without it the first page says so.
    """
    if page:
        return await read(int(page)), int(page)
    total = await count() if count else (await read(1)).total or 0
    number = max(1, -(-total // size))
    found = await read(number)
    while found.more:  # some came in since they were counted
        number += 1
        found = await read(number)
    return found, number


def page_of(found: Listing[T], tell: Callable[[T], tuple[Statement, ...]], number: int, *, step: int = 1) -> Page:
    """Return the statements of a numbered page in the order of time, and which page follows.

    step: 1 = on while there is more; -1 = down to the first. A row that states what cannot be is unread.
    """
    statements: list[Statement] = []
    unread = list(found.unread)
    for row in found.rows:
        try:
            statements += tell(row)
        except ValueError as error:
            unread.append((_plain(row), str(error)))
    statements.sort(key=lambda one: one.occurred_at)
    following = number + step
    last = following < 1 if step < 0 else not found.more
    return Page(tuple(statements), "" if last else str(following), tuple(unread))


def _plain(row: object) -> Mapping[str, Any]:
    if not is_dataclass(row) or isinstance(row, type):
        return {"row": str(row)}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(row).items()}
