"""Audience packages over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from regulars.audiences import api
from regulars.audiences.contract import (
    KEEP_DAYS,
    LEAST_PEOPLE,
    Audience,
    Delivery,
    Form,
    Hash,
    Kind,
    Part,
    Spec,
    State,
    Written,
)
from regulars.core import sheet
from regulars.core.ctx import Ctx
from regulars.core.words import Said
from regulars.workspace import api as workspace
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/audiences", tags=["audiences"])

Read = Annotated[Ctx, Permitted("segments.read")]
Export = Annotated[Ctx, Permitted("audiences.export", all_stores=True)]


class WrittenBody(BaseModel):
    """One kind of identifier in the file. form: "" = as it is kept. scope: of one app alone, "" = all."""

    kind: Kind
    form: Form = ""
    scope: str = Field(default="", max_length=200)


class AudienceIn(BaseModel):
    """A new package: a segment, for whom, and how its identifiers are written."""

    segment_id: int
    name: str = Field(max_length=200)
    recipient: str = Field(max_length=40)
    identifiers: list[WrittenBody] = Field(min_length=1, max_length=5)
    hash: Hash = "sha256"
    least_people: int = Field(default=LEAST_PEOPLE, ge=1)
    keep_days: int = Field(default=KEEP_DAYS, ge=1, le=30)


class AudienceOut(AudienceIn):
    """A package. held_lines: lines that the recipient holds for sure."""

    id: int
    held_lines: int
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, audience: Audience) -> AudienceOut:
        """Build from the room's noun."""
        own = {name: getattr(audience, name) for name in ("id", "held_lines", "created_by", "created_at")}
        return cls.model_validate(asdict(audience.spec) | own)


class AudienceList(BaseModel):
    """Packages, newest first."""

    items: list[AudienceOut]


class RecipientOut(BaseModel):
    """Somebody for whom people agreed to share."""

    key: str
    people: int


class RecipientList(BaseModel):
    """Recipients, most people first."""

    items: list[RecipientOut]


class PrepareIn(BaseModel):
    """take_back: nobody in it, so that the removals are all that the recipient may hold."""

    take_back: bool = False


class DeliveryOut(BaseModel):
    """One making of the files. people: in the segment; holders, consenting: of them; matched: both, so in the file.

    done, total: of people looked at while the files are being made. lines, added, removed: lines of the files.
    """

    id: int
    state: State
    people: int
    holders: int
    consenting: int
    matched: int
    by_kind: dict[str, int]
    lines: int
    added: int
    removed: int
    withdrawn: bool
    message: Said
    actor: str
    operation_id: int
    done: int
    total: int
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    downloaded_at: datetime | None
    confirmed_at: datetime | None


class DeliveryList(BaseModel):
    """Deliveries, newest first."""

    items: list[DeliveryOut]


def _delivery(ctx: Ctx, one: Delivery) -> DeliveryOut:
    values = asdict(one)
    task = workspace.operation(ctx, one.operation_id) if one.state == "running" else None
    return DeliveryOut(**values, **values["found"], done=task.done if task else 0, total=task.total if task else 0)


@router.get("/recipients")
def recipients(ctx: Read) -> RecipientList:
    """List for whom people of the brand agreed to share."""
    return RecipientList(items=[RecipientOut(**asdict(one)) for one in api.recipients(ctx)])


@router.get("")
def audiences(ctx: Read, segment_id: Annotated[int | None, Query()] = None) -> AudienceList:
    """List the packages, of one segment when it is named."""
    return AudienceList(items=[AudienceOut.of(one) for one in api.listed(ctx, segment_id=segment_id)])


@router.post("", status_code=201)
def create(body: AudienceIn, ctx: Export) -> AudienceOut:
    """Make a package."""
    written = tuple(Written(one.kind, one.form, one.scope) for one in body.identifiers)
    made = api.create(ctx, Spec(**body.model_dump(exclude={"identifiers"}), identifiers=written))
    return AudienceOut.of(made)


@router.get("/{audience_id}")
def audience(audience_id: int, ctx: Read) -> AudienceOut:
    """Return one package."""
    return AudienceOut.of(api.get(ctx, audience_id))


@router.delete("/{audience_id}", status_code=204)
def delete(audience_id: int, ctx: Export) -> None:
    """Delete a package of which the recipient holds nothing any more."""
    api.delete(ctx, audience_id)


@router.get("/{audience_id}/deliveries")
def deliveries(audience_id: int, ctx: Read) -> DeliveryList:
    """List a package's deliveries."""
    return DeliveryList(items=[_delivery(ctx, one) for one in api.deliveries(ctx, audience_id)])


@router.post("/{audience_id}/deliveries", status_code=202)
def prepare(audience_id: int, body: PrepareIn, ctx: Export) -> DeliveryOut:
    """Let the files of a new delivery be made in the background."""
    return _delivery(ctx, api.prepare(ctx, audience_id, take_back=body.take_back))


@router.post("/{audience_id}/deliveries/{delivery_id}/confirm")
def confirm(audience_id: int, delivery_id: int, ctx: Export) -> DeliveryOut:
    """Note that a delivery was handed over; the next one counts its differences from it."""
    return _delivery(ctx, api.confirm(ctx, audience_id, delivery_id))


@router.get(
    "/{audience_id}/deliveries/{delivery_id}/{part}.csv", response_class=StreamingResponse, responses=sheet.ANSWER
)
def download(audience_id: int, delivery_id: int, part: Part, ctx: Export) -> StreamingResponse:
    """Download a file of a delivery. Audited before the first line leaves."""
    # The pieces come from an encrypted file and need no transaction, so the audit stands whatever happens to them.
    body = api.download(ctx, audience_id, delivery_id, part)
    return StreamingResponse(
        body,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="audience-{audience_id}-{delivery_id}-{part}.csv"'},
    )
