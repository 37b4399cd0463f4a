"""What waits for whoever asks, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from regulars.core.ctx import Ctx
from regulars.workspace import api

router = APIRouter(prefix="/api", tags=["workspace"])


class WaitingOut(BaseModel):
    """One thing that waits. id: under which its own page finds it. note: a message, or an instant."""

    id: str
    name: str
    note: str


class NeedOut(BaseModel):
    """What waits of one kind, a few by name. failed: the room could not tell."""

    kind: str
    count: int
    first: list[WaitingOut]
    failed: bool


class NeedList(BaseModel):
    """Everything that waits for whoever asks; empty = nothing does."""

    items: list[NeedOut]
    next_cursor: None = None
    total: int


@router.get("/needs")
def needs(ctx: Annotated[Ctx, api.Permitted(api.SIGNED_IN)]) -> NeedList:
    """Return what waits for whoever asks, of what they may deal with."""
    items = [
        NeedOut(
            kind=need.kind,
            count=need.count,
            first=[WaitingOut(id=one.id, name=one.name, note=one.note) for one in need.first],
            failed=need.failed,
        )
        for need in api.needs(ctx)
    ]
    return NeedList(items=items, total=len(items))
