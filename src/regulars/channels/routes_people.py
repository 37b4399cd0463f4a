"""Messages and reach of people, over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from regulars.channels import api, api_log, api_reach
from regulars.channels.contract import Frequency
from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api", tags=["messages"])


class HappenedOut(BaseModel):
    """A state of a message."""

    state: str
    at: datetime
    reason: str


class PersonMessageOut(BaseModel):
    """A message to a customer. text_is: kept as sent, or rendered again with today's values; "" = no text."""

    channel: str
    channel_title: Text
    campaign_id: int
    state: str
    reason: str
    at: datetime
    states: list[HappenedOut]
    text: str
    text_is: Literal["kept", "again", ""]
    address: str
    parts: int
    cost_fen: int


class PersonMessageList(BaseModel):
    """A page of a customer's messages."""

    items: list[PersonMessageOut]
    next_cursor: str | None
    total: int | None = None
    currency: str


class ReachOut(BaseModel):
    """How many of a segment a way reaches: each step keeps who passed those before it."""

    consent: str
    channels: list[str]
    titles: list[Text]
    people: int
    address: int
    consenting: int
    allowed: int
    free: int


class ReachList(BaseModel):
    """The ways, with the budget that was asked about."""

    items: list[ReachOut]
    messages: int
    days: int


@router.get("/customers/{uid}/messages")
def messages(
    uid: int,
    ctx: Annotated[Ctx, Permitted("customers.read")],
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> PersonMessageList:
    """List a customer's messages, newest first: text, states with their times, address (masked), cost."""
    titles = {kind.key: kind.title for kind in api.channel_kinds()}
    found, following = api_log.of_person(ctx, uid, cursor)
    items = [
        PersonMessageOut.model_validate(
            {**asdict(one), "channel_title": titles.get(one.channel, Text(one.channel, one.channel))}
        )
        for one in found
    ]
    return PersonMessageList(items=items, next_cursor=following, currency=ctx.currency)


@router.get("/segments/{segment_id}/reach")
def reach(
    segment_id: int,
    ctx: Annotated[Ctx, Permitted("segments.read")],
    messages: Annotated[int, Query(ge=1, le=100)] = 2,
    days: Annotated[int, Query(ge=1, le=366)] = 7,
) -> ReachList:
    """Return how many of a segment each channel reaches: address, consent, no suppression, room in this budget."""
    found = api_reach.reach(ctx, segment_id, Frequency(messages, days))
    return ReachList(items=[ReachOut.model_validate(asdict(one)) for one in found], messages=messages, days=days)
