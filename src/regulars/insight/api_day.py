"""Insight's door for a single day: beside the same weekday a week before, and why the two differ."""

from __future__ import annotations

from datetime import date

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.insight import logic, store_day
from regulars.insight.contract import Change, Cut, DayBeside


def beside(ctx: Ctx, on: date | None = None) -> DayBeside:
    """Return a business day beside the same weekday a week before. on: default today, up to now. Raises BadInput."""
    days = _days(ctx, on)
    return DayBeside(*days, *store_day.figures(ctx, days))


def why(ctx: Ctx, on: date | None = None) -> Change:
    """Return where the difference to the same weekday a week before lies. Raises BadInput."""
    days = _days(ctx, on)
    return logic.change(days, *store_day.orders(ctx, days), store_day.parts(ctx, days))


def _days(ctx: Ctx, on: date | None) -> tuple[Cut, Cut]:
    if on is not None and on > ctx.today:
        raise BadInput(f"{on} lies ahead.", f"Today is {ctx.today}.")
    return logic.cuts(on or ctx.today, ctx.now, ctx.zone)
