"""Saved views over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from regulars.core.ctx import Ctx
from regulars.workspace import api_views
from regulars.workspace.api import SIGNED_IN, Permitted
from regulars.workspace.contract import SavedView

router = APIRouter(prefix="/api/me/views", tags=["account"])
_Oneself = Annotated[Ctx, Permitted(SIGNED_IN)]


class ViewIn(BaseModel):
    """What a list (`of`) shows. search: filters and sort, as in the address; columns: chosen beside the rest."""

    of: str = Field(max_length=40)
    name: str = Field(max_length=60)
    search: str = Field(default="", max_length=4_000)
    columns: list[Annotated[str, Field(max_length=60)]] = Field(default=[], max_length=60)


class ViewOut(ViewIn):
    """A view as kept."""

    id: int
    saved_at: datetime


class ViewList(BaseModel):
    """One's views of a list, by name."""

    items: list[ViewOut]
    next_cursor: None = None
    total: int


def _out(view: SavedView) -> ViewOut:
    return ViewOut(
        id=view.id,
        of=view.of,
        name=view.name,
        search=view.search,
        columns=list(view.columns),
        saved_at=view.saved_at,
    )


@router.get("")
def views(ctx: _Oneself, of: str) -> ViewList:
    """Return one's views of a list."""
    items = [_out(view) for view in api_views.views(ctx, of)]
    return ViewList(items=items, total=len(items))


@router.post("")
def save(body: ViewIn, ctx: _Oneself) -> ViewOut:
    """Keep a view; one of the same name is replaced."""
    return _out(api_views.save(ctx, body.of, body.name, search=body.search, columns=body.columns))


@router.delete("/{view_id}", status_code=204)
def remove(view_id: int, ctx: _Oneself) -> None:
    """Remove one of one's views."""
    api_views.remove(ctx, view_id)
