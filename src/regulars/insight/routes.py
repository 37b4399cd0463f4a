"""The overview and what its numbers mean, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.insight import api
from regulars.insight.contract import Basis, Month, Step, Trade, Unit
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api", tags=["insight"])

Read = Annotated[Ctx, Permitted("insight.read")]


class MetricOut(BaseModel):
    """What a number means. fields: the names under which /api/overview gives it."""

    key: str
    title: Text
    definition: Text
    unit: Unit
    basis: Basis
    fields: list[str]


class MetricList(BaseModel):
    """All metrics."""

    items: list[MetricOut]
    next_cursor: None = None
    total: int


class CompareOut(BaseModel):
    """The 30 business days before."""

    label: str
    sales_fen: int
    orders: int
    buyers: int
    new_buyers: int
    returning_buyers: int


class MonthOut(BaseModel):
    """A calendar month, as "2011-11"; unfinished: not over yet."""

    month: str
    sales_fen: int
    cash_fen: int
    orders: int
    buyers: int
    new_buyers: int
    returning_buyers: int
    unfinished: bool


class StepOut(BaseModel):
    """A step of the order ladder."""

    step: int
    people: int
    reached: int
    lost: int
    next_rate_bp: int | None
    median_gap_days: float | None


class AtRiskOut(BaseModel):
    """Customers overdue for their next purchase; null = too few purchases on record to say."""

    people: int | None
    segment_id: int | None


class PeopleOut(BaseModel):
    """Everybody on record in the workspace."""

    identified: int
    anonymous: int


class OverviewOut(BaseModel):
    """The last 30 business days up to and including as_of_on (from, to: half-open), months, ladder, people."""

    as_of_on: date
    window: dict[str, date]
    zone: str
    currency: str
    sales_basis: Basis
    sales_fen: int
    orders: int
    buyers: int
    new_buyers: int
    returning_buyers: int
    anonymous_orders: int
    anonymous_sales_fen: int
    unmatched_refund_fen: int
    compare: CompareOut
    months: list[MonthOut]
    ladder: list[StepOut]
    at_risk: AtRiskOut
    people: PeopleOut


def _compare(trade: Trade) -> CompareOut:
    values = {name: getattr(trade, name) for name in CompareOut.model_fields if name != "label"}
    return CompareOut(label="previous_30_days", **values)


def _month(month: Month) -> MonthOut:
    trade = month.trade
    return MonthOut(
        month=f"{month.first_on:%Y-%m}",
        sales_fen=trade.sales_fen,
        cash_fen=month.cash_fen,
        orders=trade.orders,
        buyers=trade.buyers,
        new_buyers=trade.new_buyers,
        returning_buyers=trade.returning_buyers,
        unfinished=month.unfinished,
    )


def _step(step: Step) -> StepOut:
    return StepOut(**{name: getattr(step, name) for name in StepOut.model_fields})


@router.get("/overview")
def overview(ctx: Read) -> OverviewOut:
    """Return the first page's numbers."""
    found = api.overview(ctx)
    now = found.now
    return OverviewOut(
        as_of_on=found.as_of_on,
        window={"from": found.span.start, "to": found.span.end},
        zone=ctx.zone,
        currency=found.currency,
        sales_basis="order_net",
        sales_fen=now.sales_fen,
        orders=now.orders,
        buyers=now.buyers,
        new_buyers=now.new_buyers,
        returning_buyers=now.returning_buyers,
        anonymous_orders=now.anonymous_orders,
        anonymous_sales_fen=now.anonymous_sales_fen,
        unmatched_refund_fen=found.unmatched_refund_fen,
        compare=_compare(found.previous),
        months=[_month(m) for m in found.months],
        ladder=[_step(s) for s in found.ladder],
        at_risk=AtRiskOut(people=found.at_risk.people, segment_id=found.at_risk.segment_id),
        people=PeopleOut(identified=found.identified, anonymous=found.anonymous),
    )


@router.get("/metrics")
def metrics(ctx: Read) -> MetricList:
    """Return what every number means, for the note shown on hover."""
    items = [
        MetricOut(
            key=m.key,
            title=m.title,
            definition=m.definition,
            unit=m.unit,
            basis=m.basis,
            fields=list(m.fields),
        )
        for m in api.definitions()
    ]
    return MetricList(items=items, total=len(items))
