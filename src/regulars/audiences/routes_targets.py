"""Where audience packages are uploaded, over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from regulars.audiences import api, api_targets
from regulars.audiences.contract import Form, Hash, Kind, Target, TargetState
from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.core.words import Said
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/audience-targets", tags=["audiences"])

Read = Annotated[Ctx, Permitted("segments.read")]
Export = Annotated[Ctx, Permitted("audiences.export")]


class WritingOut(BaseModel):
    """A way to write identifiers that a platform takes. id_type: the platform's name of it."""

    kind: Kind
    form: Form
    hash: Hash
    id_type: str


class OfferOut(BaseModel):
    """An account to which packages can be uploaded. least: people below which its platform uses no audience."""

    kind: str
    title: Text
    account_id: int
    account: str
    least: int
    writings: list[WritingOut]


class OfferList(BaseModel):
    """Accounts."""

    items: list[OfferOut]


class TargetIn(BaseModel):
    """Where to upload a package. renew_days: made and uploaded anew after so many days, 0 = when asked."""

    kind: str = Field(max_length=40)
    account_id: int = Field(gt=0)
    renew_days: int = Field(default=0, ge=0, le=api_targets.MOST_RENEW_DAYS)


class TargetOut(TargetIn):
    """How a package stands on its platform. size: identifiers in it; matched: people the platform knows among them.

    asked_at: when a delivery was last asked for. told_at: when the platform told how it stands.
    """

    audience_id: int
    state: TargetState
    size: int
    matched: int
    message: Said
    asked_at: datetime | None
    told_at: datetime | None

    @classmethod
    def of(cls, target: Target) -> TargetOut:
        """Build from the room's noun."""
        return cls.model_validate(asdict(target))


class TargetList(BaseModel):
    """Targets of packages, of those that have one."""

    items: list[TargetOut]


@router.get("/offers")
def offers(ctx: Export) -> OfferList:
    """List the accounts to which packages can be uploaded."""
    return OfferList(items=[OfferOut.model_validate(asdict(one)) for one in api_targets.offers(ctx)])


@router.get("")
def targets(segment_id: int, ctx: Read) -> TargetList:
    """List where the packages of a segment are uploaded, and how they stand there."""
    found = api_targets.targets(ctx, api.listed(ctx, segment_id=segment_id))
    return TargetList(items=[TargetOut.of(one) for one in found.values()])


@router.put("/{audience_id}")
def set_target(audience_id: int, body: TargetIn, ctx: Export) -> TargetOut:
    """Deliver a package to an ad account from now on."""
    return TargetOut.of(
        api_targets.set_target(ctx, audience_id, body.kind, body.account_id, renew_days=body.renew_days)
    )


@router.delete("/{audience_id}", status_code=204)
def remove_target(audience_id: int, ctx: Export) -> None:
    """Upload a package no more, once its platform holds nothing of it."""
    api_targets.remove_target(ctx, audience_id)
