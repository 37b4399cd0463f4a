"""The profiles room's door for sums of what everybody bought: a few rows instead of everybody's.

They stand for the whole brand; somebody who sees some stores only must be answered of orders themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.identity import api as identity
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.profiles.store import trade
from regulars.profiles.store.scope import SUIDS_AT_ONCE
from regulars.profiles.store.summing import WINDOW_DAYS

__all__ = ["WINDOW_DAYS", "TradeDay", "TradeStep", "days", "people", "put_together", "stand", "steps", "take"]


@dataclass(frozen=True, slots=True)
class TradeDay:
    """A business day's sums, order net; purchases are orders with a positive net.

    sales_fen, anonymous_sales_fen: of all orders. new_buyers: known people whose first purchase it was. month_buyers:
    whose first of the calendar month. window_buyers: how many more different ones bought within the 30 days up to this
    day than within those up to the day before it.
    """

    day: date
    orders: int = 0
    sales_fen: int = 0
    anonymous_orders: int = 0
    anonymous_sales_fen: int = 0
    new_buyers: int = 0
    month_buyers: int = 0
    window_buyers: int = 0


@dataclass(frozen=True, slots=True)
class TradeStep:
    """Of known people: how often it took `gap_days` from purchase `step` to the next; None: who stand on the step.

    step: 1 to 8, the last of purchase 8 and beyond.
    """

    step: int
    gap_days: int | None
    times: int


def stand(ctx: Ctx) -> bool:
    """Tell whether the sums may be read: not before a home of an older version has them, nor for some stores only."""
    return ctx.scope.stores is None and not trade.due(ctx)


def days(ctx: Ctx) -> list[TradeDay]:
    """Return the brand's sums by day up to today, in order, days without any apart."""
    found = {row["day"]: TradeDay(**row) for row in trade.days(ctx)}
    numbers = [n for theirs in identity.suids_of(ctx, trade.losers(ctx)).values() for n in theirs]
    for at in range(0, len(numbers), SUIDS_AT_ONCE):
        for lost in trade.losses(ctx, numbers[at : at + SUIDS_AT_ONCE]):
            day, fen = lost["day"], lost["fen"]
            was = found.get(day, TradeDay(day))
            anonymous_fen = was.anonymous_sales_fen + (fen if lost["anonymous"] else 0)
            found[day] = replace(was, sales_fen=was.sales_fen + fen, anonymous_sales_fen=anonymous_fen)
    return [found[day] for day in sorted(found)]


def steps(ctx: Ctx) -> list[TradeStep]:
    """Return the brand's ladder: who stand where, and the days between purchases."""
    return [TradeStep(**row) for row in trade.steps(ctx)]


def people(ctx: Ctx) -> tuple[int, int]:
    """Return how many people are on record in the workspace: identified, anonymous."""
    counted = trade.people(ctx.for_brand(GROUP_BRAND_ID))
    return counted.get(False, 0), counted.get(True, 0)


def put_together(ctx: Ctx) -> None:
    """Let one row stand where differences were appended; no sum changes."""
    trade.put_together(ctx)


def take(db: Database, make_ctx: MakeCtx) -> None:
    """Take the sums of states that were there before the sums were, a brand at a time."""
    with db.tx() as tx:
        brands = trade.brands_due(make_ctx(tx, GROUP_BRAND_ID))
    for brand_id in brands:
        with db.tx() as tx:
            trade.take(make_ctx(tx, GROUP_BRAND_ID), brand_id)
