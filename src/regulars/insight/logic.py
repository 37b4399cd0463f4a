"""Pure decisions: the ladder from its counts, whole months, who is overdue."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import floor
from zoneinfo import ZoneInfo

from regulars.core.clock import business_day, day_start
from regulars.core.rule import Rule
from regulars.core.rule.ast import Compare, Group, OlderThanDays
from regulars.insight.contract import Change, Cut, Month, Part, Sold, Span, Step, Trade
from regulars.profiles.api_trade import WINDOW_DAYS, TradeDay, TradeStep

LAST_STEP = 8
GAPS_NEEDED = 20
"""Fewer observed gaps than this say nothing about when the next purchase is due."""

WEEK = timedelta(days=7)
PARTS_TOLD, PARTS_OF_A_DIMENSION = 6, 3

NOTHING = Trade(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days from purchase n to the next over those who made it. count: of such pairs of purchases."""

    count: int
    median_days: float
    q75_days: float


def spans(today: date) -> tuple[Span, Span]:
    """Return the last 30 business days up to and including today, and the 30 before them."""
    end = today + timedelta(days=1)
    start = end - timedelta(days=WINDOW_DAYS)
    return Span(start, end), Span(start - timedelta(days=WINDOW_DAYS), start)


def trade(days: Iterable[TradeDay], span: Span) -> Trade:
    """Return what was bought in a span of WINDOW_DAYS business days. days: all sums up to its end."""
    before_end = [day for day in days if day.day < span.end]
    within = [day for day in before_end if day.day >= span.start]
    return _sum(within, sum(day.window_buyers for day in before_end))


def trade_by_month(days: Iterable[TradeDay]) -> dict[date, Trade]:
    """Return what was bought by the first day of the month."""
    found: dict[date, list[TradeDay]] = defaultdict(list)
    for day in days:
        found[day.day.replace(day=1)].append(day)
    return {first: _sum(own, sum(day.month_buyers for day in own)) for first, own in found.items()}


def _sum(days: Sequence[TradeDay], buyers: int) -> Trade:
    return Trade(
        sales_fen=sum(day.sales_fen for day in days),
        orders=sum(day.orders for day in days),
        buyers=buyers,
        new_buyers=sum(day.new_buyers for day in days),
        anonymous_orders=sum(day.anonymous_orders for day in days),
        anonymous_sales_fen=sum(day.anonymous_sales_fen for day in days),
    )


def people_by_step(steps: Iterable[TradeStep]) -> dict[int, int]:
    """Return how many known customers stand on each step of the ladder."""
    return {step.step: step.times for step in steps if step.gap_days is None}


def gaps_by_step(steps: Iterable[TradeStep]) -> dict[int, Gap]:
    """Return the days between purchase n and the next by step; those of the last step from n = 8 on, together."""
    times: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for step in steps:
        if step.gap_days is not None:
            times[step.step].append((step.gap_days, step.times))
    return {step: _gap(sorted(own)) for step, own in times.items()}


def _gap(times: Sequence[tuple[int, int]]) -> Gap:
    upto = list(accumulate(n for _, n in times))
    return Gap(upto[-1], _quantile(times, upto, 0.5), _quantile(times, upto, 0.75))


def _quantile(times: Sequence[tuple[int, int]], upto: Sequence[int], level: float) -> float:
    """Interpolate linearly between the two values next to the rank.

    Source: https://clickhouse.com/docs/sql-reference/aggregate-functions/reference/quantileexact (Inclusive)
    """
    rank = level * (upto[-1] - 1) + 1
    low = times[bisect_left(upto, floor(rank))][0]
    high = times[bisect_left(upto, min(floor(rank) + 1, upto[-1]))][0]
    return low + (rank - floor(rank)) * (high - low)


def ladder(people: Mapping[int, int], gaps: Mapping[int, Gap]) -> tuple[Step, ...]:
    """Return the eight steps. people: step -> who stand on it. gaps: step -> days to the next purchase."""
    steps: list[Step] = []
    reached = sum(people.get(step, 0) for step in range(1, LAST_STEP + 1))
    for step in range(1, LAST_STEP + 1):
        here, gap = people.get(step, 0), gaps.get(step)
        following = reached - here
        last = step == LAST_STEP
        steps.append(
            Step(
                step=step,
                people=here,
                reached=reached,
                lost=0 if last else here,
                next_rate_bp=None if last or not reached else rate_bp(following, reached),
                gaps=gap.count if gap else 0,
                median_gap_days=gap.median_days if gap else None,
                q75_gap_days=gap.q75_days if gap else None,
            )
        )
        reached = following
    return tuple(steps)


def rate_bp(part: int, whole: int) -> int:
    """Return a share in basis points, rounded half up. whole > 0."""
    return (part * 20_000 + whole) // (2 * whole)


def month_starts(first: date, last: date) -> Iterator[date]:
    """Yield the first days of the months from that of `first` to that of `last`."""
    at = first.replace(day=1)
    while at <= last:
        yield at
        at = next_month(at)


def next_month(day: date) -> date:
    """Return the first day of the following month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def months(trades: Mapping[date, Trade], cash: Mapping[date, int], today: date) -> tuple[Month, ...]:
    """Return every month from the first to the last on record, those between without trade too.

    Months after the last on record tell nothing: whether nothing was sold or nothing came in is not known. A month is
    unfinished until its last day is over.
    """
    known = sorted({*trades, *cash})
    if not known:
        return ()
    return tuple(
        Month(at, trades.get(at, NOTHING), cash.get(at, 0), unfinished=next_month(at) > today)
        for at in month_starts(known[0], known[-1])
    )


def overdue_after_days(steps: Sequence[Step]) -> dict[int, int]:
    """Return, per step with enough gaps on record, after how many days without a purchase somebody is overdue.

    Three of four who bought again had done so by the upper quartile of the gap; overdue are those beyond it.
    Source: age > Q75 of the purchase gap of the same step. Only gaps that have ended are counted, so the quartile is
    rather short and the warning rather early.
    """
    return {s.step: floor(s.q75_gap_days) + 1 for s in steps if s.q75_gap_days is not None and s.gaps >= GAPS_NEEDED}


def at_risk_rule(overdue: Mapping[int, int]) -> Rule | None:
    """Return the rule for known customers overdue for their next purchase; None when no step says anything."""
    late: Iterable[Rule] = [
        Group(
            op="and",
            rules=(
                Compare(op="eq", field="person.ladder_step", value=step),
                OlderThanDays(field="person.last_order_on", days=days),
            ),
        )
        for step, days in sorted(overdue.items())
    ]
    if not late:
        return None
    known = Compare(op="eq", field="person.anonymous", value=False)
    return Group(op="and", rules=(known, Group(op="or", rules=tuple(late))))


def cuts(on: date, now: datetime, zone: str) -> tuple[Cut, Cut]:
    """Return a day and the same weekday a week before, today both up to the same time of day.

    now: aware. The time of day is that of the brand's clock, whatever summer time does in between.
    """
    other = on - WEEK
    if on < business_day(now, zone):
        return _whole(on, zone), _whole(other, zone)
    local = now.astimezone(ZoneInfo(zone))
    then = local.replace(year=other.year, month=other.month, day=other.day).astimezone(UTC)
    return Cut(on, now, unfinished=True), Cut(other, then, unfinished=True)


def _whole(day: date, zone: str) -> Cut:
    return Cut(day, day_start(day + timedelta(days=1), zone), unfinished=False)


def change(days: tuple[Cut, Cut], now: Sold, then: Sold, parts: Iterable[Part]) -> Change:
    """Return why the net amount changed: by the number of orders and by their size, and where it lies."""
    by_orders = by_average = None
    if now.orders and then.orders:
        by_orders = round((now.orders - then.orders) * then.net_fen / then.orders)
        by_average = now.net_fen - then.net_fen - by_orders
    return Change(*days, now.net_fen, then.net_fen, by_orders, by_average, largest(parts))


def largest(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts where most of a change lies, of either sign, no dimension more than thrice.

    A dimension with a single value tells nothing.
    """
    by_dimension: dict[str, list[Part]] = {}
    for part in parts:
        by_dimension.setdefault(part.dimension, []).append(part)
    told: list[Part] = []
    for own in by_dimension.values():
        if len(own) > 1:
            moved = [part for part in own if part.change_fen]
            told += sorted(moved, key=_by_size)[:PARTS_OF_A_DIMENSION]
    return tuple(sorted(told, key=_by_size)[:PARTS_TOLD])


def _by_size(part: Part) -> tuple[int, str, str]:
    return (-abs(part.change_fen), part.dimension, part.value)
