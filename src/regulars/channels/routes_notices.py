"""Notices to staff over HTTP: who is told of what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from regulars.channels import api_notices as api
from regulars.channels.api_notices import NoticeState
from regulars.core.ctx import Ctx
from regulars.core.text import Lang, Text
from regulars.core.words import Said
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/notices", tags=["notices"])
Read = Annotated[Ctx, Permitted("settings.read")]
Write = Annotated[Ctx, Permitted("settings.write")]


class NoticeKindOut(BaseModel):
    """Something that can be told."""

    kind: str
    title: Text


class GroupOut(BaseModel):
    """An account of a robot, which is one group chat."""

    account_id: int
    name: str
    kind: str


class NoticeOut(BaseModel):
    """What a group was told. error "" = nothing is wrong."""

    id: int
    kind: str
    account_id: int
    text: str
    state: NoticeState
    error: Said
    created_at: datetime
    told_at: datetime | None


class RulesIn(BaseModel):
    """Who is told of what: kind -> accounts; and in which language."""

    language: Lang = "zh"
    groups: dict[str, list[int]] = Field(max_length=50)


class NoticesOut(RulesIn):
    """The rules, what there is to choose from, and what was told lately, newest first."""

    kinds: list[NoticeKindOut]
    robots: list[GroupOut]
    recent: list[NoticeOut]


class TrialIn(BaseModel):
    """Which group to say a word in."""

    account_id: int = Field(gt=0)


def _out(ctx: Ctx) -> NoticesOut:
    given = api.rules(ctx)
    return NoticesOut(
        language=given.language,
        groups={kind: list(ids) for kind, ids in given.groups.items()},
        kinds=[NoticeKindOut(kind=kind, title=title) for kind, title in api.kinds_of_notices().items()],
        robots=[GroupOut.model_validate(one, from_attributes=True) for one in api.groups(ctx)],
        recent=[NoticeOut.model_validate(one, from_attributes=True) for one in api.recent(ctx)],
    )


@router.get("")
def notices(ctx: Read) -> NoticesOut:
    """Return who is told of what, and what was told lately."""
    return _out(ctx)


@router.put("")
def set_rules(body: RulesIn, ctx: Write) -> NoticesOut:
    """Change who is told of what."""
    api.set_rules(ctx, api.chosen(body.groups, body.language))
    return _out(ctx)


@router.post("/trial", status_code=204)
def trial(body: TrialIn, ctx: Write, request: Request) -> None:
    """Say a word of trial in a group."""
    api.try_out(request.app.state.house.db, ctx, body.account_id)
