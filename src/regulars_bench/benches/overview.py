"""The first page: what it reads of sums, beside the same of everybody's orders and states."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any, ClassVar

from regulars.app.boot import House
from regulars.core.ctx import Ctx
from regulars.insight import api, api_day, logic, store
from regulars.insight.contract import Trade
from regulars.profiles import api_trade
from regulars_bench import home
from regulars_bench.contract import Bench, Case, Figure, Result, Scale, Setup
from regulars_bench.generate import making
from regulars_bench.segments.measuring import high

TIMES, TIMES_RAW = 20, 3
BAR_MS = 150
Read = Callable[[Ctx], Any]
"""Reads one part of the page."""


def _spans(ctx: Ctx) -> list[Trade]:
    days = api_trade.days(ctx)
    return [logic.trade(days, span) for span in logic.spans(ctx.today)]


def _months(trades: dict[Any, Trade]) -> dict[Any, Trade]:
    return {month: trade for month, trade in trades.items() if trade != logic.NOTHING}


PARTS: dict[str, tuple[Read, Read]] = {
    "last_and_previous_30_days": (_spans, lambda ctx: store.trade(ctx, logic.spans(ctx.today))),
    "months": (
        lambda ctx: _months(logic.trade_by_month(api_trade.days(ctx))),
        lambda ctx: _months(store.trade_by_month(ctx)),
    ),
    "people_by_step": (lambda ctx: logic.people_by_step(api_trade.steps(ctx)), store.people_by_step),
    "days_between_purchases": (lambda ctx: logic.gaps_by_step(api_trade.steps(ctx)), store.gaps_by_step),
}
"""Of sums, and of all orders or states."""

WHOLE: dict[str, Read] = {
    "lately": api.overview,
    "cash_by_month": store.cash_by_month,
    "day": api_day.beside,
    "changes": api_day.why,
}
"""What the page asks for as a whole."""


class OverviewBench(Bench):
    """The first page of the group, in which everybody is."""

    key: ClassVar[str] = "overview"
    title: ClassVar[str] = "The first page: sums beside everybody's orders and states"

    def run(self, setup: Setup) -> Result:
        """Measure; people that are missing are made first."""
        folder = making.folder_of(setup)
        folder.mkdir(parents=True, exist_ok=True)
        with home.opened(folder) as house:
            counts = making.ensure(house, setup)
            cases, figures = measured(house, setup)
            data = {name: counts[name] for name in ("people", "events", "orders", "lines")}
            return Result(data, cases, figures, home.versions(house))


def measured(house: House, setup: Setup) -> tuple[list[Case], dict[str, Figure]]:
    """Ask for every part of the page; sums that are not there yet are taken first."""
    figures: dict[str, Figure] = {}
    with house.ctx() as ctx:
        due = not api_trade.stand(ctx)
    if due:
        begun = perf_counter()
        api_trade.take(house.db, house.make_ctx)
        figures["sums_taken_after"] = Figure(round(perf_counter() - begun, 1), "s")
    with house.ctx() as ctx:
        chosen = [name for name in PARTS if not setup.cases or name in setup.cases]
        cases = [_case(ctx, name) for name in chosen]
        for name, read in WHOLE.items():
            times, _ = _timed(ctx, read, TIMES_RAW)
            figures[f"{name}_p50_ms"] = Figure(round(median(times), 1), "ms")
    return cases, _bars(cases, setup.scale) | figures


def _bars(cases: list[Case], scale: Scale) -> dict[str, Figure]:
    if not cases:
        return {}
    worst = max(case.p95_ms for case in cases)
    return {
        "sums_p95_ms": Figure(worst, "ms", "" if scale == "ci" else f"<= {BAR_MS}"),
        "cases_equal": Figure(sum(case.equal for case in cases), "cases", f">= {len(cases)}"),
    }


def _case(ctx: Ctx, name: str) -> Case:
    summed, raw = PARTS[name]
    times, told = _timed(ctx, summed, TIMES + 1)
    raw_times, found = _timed(ctx, raw, TIMES_RAW)
    cold, warm = times[0], times[1:]
    return Case(
        name=name,
        class_="sums",
        cold_p50_ms=round(cold, 2),
        p50_ms=round(median(warm), 2),
        p95_ms=round(high(warm), 2),
        raw_p50_ms=round(median(raw_times), 2),
        equal=told == found,
        path="sums",
    )


def _timed(ctx: Ctx, read: Read, times: int) -> tuple[list[float], Any]:
    """Return how long each reading took, in milliseconds, and what was read."""
    spent: list[float] = []
    found: Any = None
    for _ in range(times):
        begun = perf_counter()
        found = read(ctx)
        spent.append((perf_counter() - begun) * 1_000)
    return spent, found
