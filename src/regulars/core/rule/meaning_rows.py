"""What leaves about rows in time mean: sequences, and the most inside a run of days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from regulars.core.rule import ast
from regulars.core.rule.window import bounds, holds, shift

Row = Mapping[str, Any]
Kept = Callable[[str, ast.Rule | None], Sequence[Row]]
"""(relation, where) -> the person's rows that satisfy it, of all days."""

Number = Callable[[Row], int]
"""What a row adds to a sum; 0 when its value is missing."""


def steps_reached(leaf: ast.StepSequence, kept: Kept, today: date) -> int:
    """Return how many steps came in order, one after the other; all of them: the sequence holds."""
    span = bounds(leaf.window, today)
    first = leaf.steps[0]
    ends = [row for row in kept(first.relation, first.where) if holds(span, row["day"])]
    for number, step in enumerate(leaf.steps[1:], 1):
        if not ends:
            return number - 1
        hours, rows = step.within_hours or 0, kept(step.relation, step.where)
        if step.absent:
            last_day = judged_until(today, hours)
            alone = [
                end for end in ends if end["day"] < last_day and not any(_follows(end, row, hours) for row in rows)
            ]
            return number + bool(alone)
        ends = [row for row in rows if any(_follows(end, row, hours) for end in ends)]
    return len(leaf.steps) if ends else len(leaf.steps) - 1


def judged_until(today: date, hours: int) -> date:
    """Return the business day before which a step must lie for its `absent` next one to be judged."""
    return shift(today, -ceil(hours / 24))


def _follows(before: Row, after: Row, hours: int) -> bool:
    start, end = _at(before), _at(after)
    return start < end <= start + timedelta(hours=hours)


def _at(row: Row) -> datetime:
    return row["at"]


def most_within(leaf: ast.CountWithin, kept: Kept, number: Number, today: date) -> int:
    """Return the most that a run of leaf.days days came to, of those that begin with a row's day; 0 without rows."""
    span = bounds(leaf.window, today)
    by_day: dict[date, int] = {}
    for row in kept(leaf.relation, leaf.where):
        if holds(span, row["day"]):
            adds = number(row) if leaf.measure == "sum" else 1
            by_day[row["day"]] = 1 if leaf.measure == "days" else by_day.get(row["day"], 0) + adds
    return max((_run(by_day, first, leaf.days) for first in by_day), default=0)


def _run(by_day: Mapping[date, int], first: date, days: int) -> int:
    return sum(adds for day, adds in by_day.items() if 0 <= (day - first).days < days)
