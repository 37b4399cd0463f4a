"""What a campaign brought, over HTTP: its result and its people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from regulars.core.ctx import Ctx
from regulars.core.cursor import number_of
from regulars.journeys import api
from regulars.journeys.contract import ArmResult, PersonInRun, PersonState
from regulars.profiles import api as profiles
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"])

Readable = Annotated[Ctx, Permitted("campaigns.read")]
BP = 10_000


class StoppedOut(BaseModel):
    """People by the reason for which nothing was sent."""

    reason: str
    people: int


class WindowOut(BaseModel):
    """Business days from <= day < to."""

    model_config = ConfigDict(populate_by_name=True)
    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")


class ArmOut(BaseModel):
    """What an arm bought; those who bought nothing count as 0."""

    arm: str
    people: int
    buyers: int
    buyer_rate_bp: float | None
    orders: int
    sales_fen: int
    sales_per_head_fen: float | None


class LiftOut(BaseModel):
    """Difference in the share of buyers, basis points, with its 95 % interval."""

    difference_bp: float
    low_bp: float
    high_bp: float
    method: Literal["newcombe"] = "newcombe"


class SalesLiftOut(BaseModel):
    """Difference in sales per head, fen, with its 95 % interval."""

    difference_fen: float
    low_fen: float
    high_fen: float
    method: Literal["welch"] = "welch"


class RatioOut(BaseModel):
    """Whether the split has the size asked for; not ok = do not trust the lift."""

    expected_bp: int
    p_value: float
    ok: bool


class ResultOut(BaseModel):
    """The result, intention to treat. null lifts: an arm is too small to tell."""

    state: str
    replay: bool
    assumed_consent: bool
    consent_basis: str
    currency: str
    window: WindowOut
    complete: bool
    entered: int
    treated: int
    held_out: int
    sent: int
    unknown: int
    failed: int
    waiting: int
    exited: int
    suppressed: list[StoppedOut]
    crossed: int
    arms: list[ArmOut]
    lift: LiftOut | None
    sales_lift: SalesLiftOut | None
    sample_ratio: RatioOut | None


class PersonOut(BaseModel):
    """One person of a campaign."""

    uid: int
    label: str
    arm: str
    state: str
    reason: str
    at: datetime | None


class PeopleOut(BaseModel):
    """A page of people."""

    items: list[PersonOut]
    next_cursor: str | None
    total: int | None = None


@router.get("/{campaign_id}/result")
def result(ctx: Readable, campaign_id: int) -> ResultOut:
    """Return what the campaign brought, as far as its window has come."""
    found = api.result_of(ctx, campaign_id)
    counts, draft = found.counts, found.campaign.draft
    return ResultOut(
        state=found.campaign.state,
        replay=found.campaign.replay,
        assumed_consent=bool(found.consent_basis),
        consent_basis=found.consent_basis,
        currency=ctx.currency,
        window=WindowOut(start=found.start, end=found.end),
        complete=found.complete,
        entered=counts.entered,
        treated=found.treated,
        held_out=found.held_out,
        sent=counts.sent,
        unknown=counts.unknown,
        failed=counts.failed,
        waiting=counts.waiting,
        exited=counts.exited,
        suppressed=_reasons(counts.reasons),
        crossed=found.crossed,
        arms=[_arm(arm) for arm in found.arms],
        lift=LiftOut(difference_bp=found.lift.difference * BP, low_bp=found.lift.low * BP, high_bp=found.lift.high * BP)
        if found.lift
        else None,
        sales_lift=SalesLiftOut(
            difference_fen=found.sales_lift.difference,
            low_fen=found.sales_lift.low,
            high_fen=found.sales_lift.high,
        )
        if found.sales_lift
        else None,
        sample_ratio=RatioOut(expected_bp=draft.holdout_bp, p_value=found.ratio.p_value, ok=found.ratio.ok)
        if found.ratio
        else None,
    )


@router.get("/{campaign_id}/people")
def people(
    ctx: Readable,
    campaign_id: int,
    arm: Literal["", "treated", "held_out"] = "",
    state: PersonState | None = None,
    cursor: str | None = None,
) -> PeopleOut:
    """Return the people of a campaign, of one arm or one state."""
    limit = 100
    found = api.people(ctx, campaign_id, arm=arm, state=state, after=number_of(cursor), limit=limit)
    labels = profiles.labels(ctx, [p.uid for p in found])
    return PeopleOut(
        items=[_person(p, labels[p.uid]) for p in found],
        next_cursor=str(found[-1].uid) if len(found) == limit else None,
    )


def _person(one: PersonInRun, label: str) -> PersonOut:
    return PersonOut(uid=one.uid, label=label, arm=one.arm, state=one.state, reason=one.reason, at=one.at)


def _reasons(reasons: Mapping[str, int]) -> list[StoppedOut]:
    return [StoppedOut(reason=reason, people=n) for reason, n in reasons.items()]


def _arm(arm: ArmResult) -> ArmOut:
    return ArmOut(
        arm=arm.arm,
        people=arm.people,
        buyers=arm.buyers,
        buyer_rate_bp=None if arm.buyer_rate is None else arm.buyer_rate * BP,
        orders=arm.orders,
        sales_fen=arm.sales_fen,
        sales_per_head_fen=arm.sales_per_head_fen,
    )
