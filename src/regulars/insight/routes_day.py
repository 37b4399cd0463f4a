"""A day beside the same weekday a week before, over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from regulars.core.clock import Day
from regulars.core.ctx import Ctx
from regulars.insight import api_day
from regulars.insight.contract import Cut, DayFigures, Dimension, Part
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/overview", tags=["insight"])

Read = Annotated[Ctx, Permitted("insight.read")]


class CutOut(BaseModel):
    """A business day up to an instant (exclusive). unfinished: the day goes on after it."""

    on: date
    until: datetime
    unfinished: bool


class DayFiguresOut(BaseModel):
    """A day's figures as that day knew them. visitors null: not recorded, or not to be told for some stores only."""

    visitors: int | None
    orders: int
    net_fen: int
    buyers: int
    new_buyers: int
    returning_buyers: int
    anonymous_orders: int
    refunds: int
    refunded_fen: int


class DayOut(BaseModel):
    """A day beside the same weekday a week before, both up to the same time of day."""

    zone: str
    currency: str
    day: CutOut
    other: CutOut
    now: DayFiguresOut
    then: DayFiguresOut


class PartOut(BaseModel):
    """What one value of a dimension brought on either day, net. value "": not told; of buyer: new, returning, ..."""

    dimension: Dimension
    value: str
    now_fen: int
    then_fen: int
    change_fen: int


class ChangeOut(BaseModel):
    """Why the net amount differs. by_orders_fen + by_average_fen = the change; null when a day has no order."""

    day: CutOut
    other: CutOut
    now_fen: int
    then_fen: int
    by_orders_fen: int | None
    by_average_fen: int | None
    parts: list[PartOut]


def _cut(cut: Cut) -> CutOut:
    return CutOut(on=cut.on, until=cut.until, unfinished=cut.unfinished)


def _figures(day: DayFigures) -> DayFiguresOut:
    return DayFiguresOut(**{name: getattr(day, name) for name in DayFiguresOut.model_fields})


def _part(part: Part) -> PartOut:
    return PartOut(**{name: getattr(part, name) for name in PartOut.model_fields})


@router.get("/day")
def day(ctx: Read, on: Day | None = None) -> DayOut:
    """Return a day beside the same weekday a week before; without `on` today, up to now."""
    found = api_day.beside(ctx, on)
    return DayOut(
        zone=ctx.zone,
        currency=ctx.currency,
        day=_cut(found.day),
        other=_cut(found.other),
        now=_figures(found.now),
        then=_figures(found.then),
    )


@router.get("/changes")
def changes(ctx: Read, on: Day | None = None) -> ChangeOut:
    """Return where the difference to the same weekday a week before lies, the largest parts first."""
    found = api_day.why(ctx, on)
    return ChangeOut(
        day=_cut(found.day),
        other=_cut(found.other),
        now_fen=found.now_fen,
        then_fen=found.then_fen,
        by_orders_fen=found.by_orders_fen,
        by_average_fen=found.by_average_fen,
        parts=[_part(part) for part in found.parts],
    )
