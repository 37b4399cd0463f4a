"""How sending goes, over HTTP."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from regulars.channels import api_delivery
from regulars.channels.api_delivery import State, Wanted
from regulars.core.clock import Day
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.profiles import api as profiles
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/delivery", tags=["messages"])
_Reader = Annotated[Ctx, Permitted("campaigns.read", all_stores=True)]
MAX_DAYS = 92


class WayOut(BaseModel):
    """A channel through an account (0 = none): people by state; messages that wait, by why; its pace; its cost."""

    channel: str
    account_id: int
    account: str
    people: dict[str, int]
    waiting: dict[str, int]
    rate: float
    counts: str
    ahead_s: float
    queue_s: float | None
    parts: int
    cost_fen: int


class DayOut(BaseModel):
    """A business day: people by state, what was booked."""

    day: date
    people: dict[str, int]
    cost_fen: int


class ReasonOut(BaseModel):
    """Why people were not reached."""

    channel: str
    state: str
    reason: str
    people: int


class CostOut(BaseModel):
    """What was booked; cost_fen with the correction in it."""

    campaign_id: int
    channel: str
    account_id: int
    messages: int
    parts: int
    correction_fen: int
    cost_fen: int
    is_test: bool


class DeliveryOut(BaseModel):
    """How sending goes now, and went on the days from first to last. halted: why nothing is sent now."""

    first: date
    last: date
    at: datetime
    currency: str
    halted: str
    ways: list[WayOut]
    days: list[DayOut]
    reasons: list[ReasonOut]
    costs: list[CostOut]


class MessageOut(BaseModel):
    """A message behind a figure; the customer's name is masked."""

    uid: int
    label: str
    channel: str
    campaign_id: int
    state: str
    reason: str
    at: datetime | None


class MessageList(BaseModel):
    """A page of messages."""

    items: list[MessageOut]
    next_cursor: str | None
    total: int | None = None


@router.get("")
def delivery(ctx: _Reader, first: Day | None = None, last: Day | None = None) -> DeliveryOut:
    """Return how sending goes now, and what went out, came back, failed and cost on these days (the last seven)."""
    start, end = _days(ctx, first, last)
    found = api_delivery.delivery(ctx, start, end)
    return DeliveryOut.model_validate({**asdict(found), "at": ctx.now, "currency": ctx.currency})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which messages: of a state; of the days from first to last (the last seven), whatever the day when waiting."""

    state: State
    first: Day | None = None
    last: Day | None = None
    channel: Annotated[str, Query(max_length=50)] = ""
    account_id: int | None = None
    reason: Annotated[str, Query(max_length=300)] = ""


@router.get("/messages")
def messages(
    ctx: _Reader, asked: Annotated[Asked, Depends()], cursor: Annotated[str, Query(max_length=60)] = ""
) -> MessageList:
    """List the messages behind a figure of the delivery page, newest first."""
    start, end = _days(ctx, asked.first, asked.last)
    wanted = Wanted(asked.state, start, end, asked.channel, asked.account_id, asked.reason, cursor)
    found, following = api_delivery.messages(ctx, wanted)
    labels = profiles.labels(ctx, [one.uid for one in found])
    items = [MessageOut(label=labels.get(one.uid, ""), **asdict(one)) for one in found]
    return MessageList(items=items, next_cursor=following or None)


def _days(ctx: Ctx, first: date | None, last: date | None) -> tuple[date, date]:
    end = last or ctx.today
    start = first or end - timedelta(days=6)
    if not start <= end <= start + timedelta(days=MAX_DAYS - 1):
        raise BadInput(f"Ask for 1 to {MAX_DAYS} days.", "The first day comes before the last.")
    return start, end
