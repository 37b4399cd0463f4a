"""Leaves about rows in time as ClickHouse SQL: sequences of steps, and the most inside a run of days.

Each reads only the rows of its steps' relations and days, gathers a person's instants (or days) into one sorted
array, and passes over it a fixed number of times: no work grows with the square of a person's rows, but for sums,
which are added up per day first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import ceil
from typing import Protocol

from regulars.core.rule.ast import CountWithin, Rule, StepSequence
from regulars.core.rule.catalog import FieldCatalog, RowArrays
from regulars.core.rule.meaning_rows import judged_until
from regulars.core.rule.window import Window, bounds, shift

_NEVER, _FAR = "-4611686018427387904", "4611686018427387904"
"""Milliseconds no instant reaches, far enough from all to be beyond every deadline, and no difference overflows."""

_HOUR_MS = 3_600_000
_DAY_SLACK = 2
"""Days by which the business days of two zones can differ: later steps may lie in another brand's."""


class Writing(Protocol):
    """The compiler, as far as these leaves need it."""

    catalog: FieldCatalog
    today: date

    def bind(self, value: object, sql_type: str) -> str:
        """Bind a value and return its place in the SQL."""
        ...

    def inside(self, window: Window, day: str) -> str:
        """Return the condition that the day lies in the window."""
        ...

    def row_condition(self, rule: Rule) -> str:
        """Return a `where` as a condition over a row of the source."""
        ...

    def number(self, key: str) -> str:
        """Return a number field of a row, null where it is missing."""
        ...


# --- sequence -------------------------------------------------------------------------------------------
def in_order(leaf: StepSequence, to: Writing) -> str:
    """Return the SELECT of the uids for whom the steps came one after the other.

    A row becomes one number: its instant in milliseconds * 8 + 7 - its step. Sorted, a later step stands before an
    earlier one of the same instant, so "the newest earlier step so far" is strictly before it.
    """
    rows = " UNION ALL ".join(_step(leaf, number, to) for number in range(len(leaf.steps)))
    came = [number for number, step in enumerate(leaf.steps) if not step.absent]
    wanted = sum(2 ** (7 - number) for number in came)
    keys = (
        f"SELECT uid, arraySort(groupArray(key)) AS keys FROM ({rows}) GROUP BY uid"
        f" HAVING bitAnd(groupBitOr(toUInt8(bitShiftLeft(toUInt8(1), bitAnd(key, 7)))), {wanted}) = {wanted}"
    )
    apart = (
        "SELECT uid, arrayMap(k -> bitShiftRight(k, 3), keys) AS times, arrayMap(k -> 7 - bitAnd(k, 7), keys) AS steps"
    )
    return f"SELECT uid FROM ({apart} FROM ({keys})) WHERE {_reached(leaf, to)}"


def _step(leaf: StepSequence, number: int, to: Writing) -> str:
    step = leaf.steps[number]
    source = to.catalog.relation(step.relation).lake_source
    where = to.inside(leaf.window, "day") if number == 0 else _soon_enough(leaf, number, to)
    if step.where is not None:
        where = f"{where} AND ({to.row_condition(step.where)})"
    following = leaf.steps[number + 1] if number + 1 < len(leaf.steps) else None
    if following is not None and following.absent:  # a row not yet over its deadline cannot end the chain
        until = judged_until(to.today, following.within_hours or 0)
        where = f"{where} AND day < {to.bind(until, 'Date')}"
    return f"SELECT uid, toUnixTimestamp64Milli(at) * 8 + {7 - number} AS key FROM ({source}) WHERE {where}"


def _soon_enough(leaf: StepSequence, number: int, to: Writing) -> str:
    """Rows of later steps beyond these days can end no chain: a bound that spares reading them."""
    span = bounds(leaf.window, to.today)
    if span is None:
        return "1"
    days = ceil(sum(step.within_hours or 0 for step in leaf.steps[: number + 1]) / 24)
    first, end = shift(span[0], -_DAY_SLACK), shift(span[1], days + _DAY_SLACK)
    return f"day >= {to.bind(first, 'Date')} AND day < {to.bind(end, 'Date')}"


def _reached(leaf: StepSequence, to: Writing) -> str:
    """Follow the chain through the sorted instants; r: instant where step n ends a chain, else never."""
    ends = f"arrayMap((t, s) -> if(s = 0, t, {_NEVER}), times, steps)"
    for number, step in enumerate(leaf.steps[1:], 1):
        hours = to.bind((step.within_hours or 0) * _HOUR_MS, "Int64")
        if step.absent:
            came = f"arrayReverseFill(n -> n != {_FAR}, arrayMap((t, s) -> if(s = {number}, t, {_FAR}), times, steps))"
            return f"arrayExists((t, n) -> t != {_NEVER} AND n - t > {hours}, {ends}, {came})"
        before = f"arrayFill(e -> e != {_NEVER}, {ends})"
        ends = f"arrayMap((t, s, e) -> if(s = {number} AND t - e <= {hours}, t, {_NEVER}), times, steps, {before})"
    return f"arrayExists(t -> t != {_NEVER}, {ends})"


# --- count_within ---------------------------------------------------------------------------------------
def most_by_scan(leaf: CountWithin, to: Writing) -> str:
    """Return the SELECT of the uids of whom some run of days holds enough, read from the relation's rows."""
    where = to.inside(leaf.window, "day")
    if leaf.where is not None:
        where = f"{where} AND ({to.row_condition(leaf.where)})"
    rows = f"({to.catalog.relation(leaf.relation).lake_source}) WHERE {where}"
    if leaf.of is not None:
        by_day = f"SELECT uid, day AS d, sum(ifNull({to.number(leaf.of)}, 0)) AS v FROM {rows} GROUP BY uid, d"
        run = _sum_in_run(leaf, to)
        return f"SELECT uid FROM ({by_day}) GROUP BY uid HAVING {run('groupArray(d)', 'groupArray(v)')}"
    gathered = "groupArray(day)" if leaf.measure == "count" else "groupUniqArray(day)"
    return f"SELECT uid FROM {rows} GROUP BY uid HAVING {_many_in_run(leaf, gathered, to)}"


def most_by_arrays(leaf: CountWithin, arrays: RowArrays, to: Writing) -> str:
    """The same as a condition over a person row, read from its arrays. arrays: with the values of the field in `of`."""
    if leaf.of is None:
        days = f"arrayFilter(d_ -> {to.inside(leaf.window, 'd_')}, {arrays.days})"
        return _many_in_run(leaf, days if leaf.measure == "count" else f"arrayDistinct({days})", to)
    kept = f"(v_, d_) -> {to.inside(leaf.window, 'd_')}"
    values, days = arrays.values[leaf.of], arrays.days
    return _sum_in_run(leaf, to)(
        f"arrayFilter((d_, v_) -> {to.inside(leaf.window, 'd_')}, {days}, {values})",
        f"arrayFilter({kept}, {values}, {days})",
    )


def _many_in_run(leaf: CountWithin, days: str, to: Writing) -> str:
    """Of sorted days, the one `value` - 1 places further is less than `days` later."""
    value, width = to.bind(leaf.value, "Int64"), to.bind(leaf.days, "Int32")
    later = f"arraySlice(arraySort({days}), {value})"
    return f"arrayExists((a, b) -> b - a < {width}, arraySlice(arraySort({days}), 1, length({later})), {later})"


def _sum_in_run(leaf: CountWithin, to: Writing) -> Callable[[str, str], str]:
    value, width = to.bind(leaf.value, "Int64"), to.bind(leaf.days, "Int32")

    def written(days: str, values: str) -> str:
        run = f"arraySum((e, v) -> if(e >= a AND e - a < {width}, v, 0), {days}, {values})"
        return f"arrayExists(a -> {run} >= {value}, {days})"

    return written
