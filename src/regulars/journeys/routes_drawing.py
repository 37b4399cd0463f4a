"""What the canvas asks over HTTP besides the drawing itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.core.words import reader
from regulars.journeys import api_drawing as drawing
from regulars.journeys.routes_journeys import GraphIn
from regulars.workspace.api import Permitted

router = APIRouter(tags=["journeys"])
Readable = Annotated[Ctx, Permitted("campaigns.read")]


class EventChoiceOut(BaseModel):
    """An event that people can be followed by. conditions: one may ask about what it says."""

    type: str
    title: Text
    conditions: bool


class BegunOut(BaseModel):
    """A drawing to begin with, in the reader's language; what differs from brand to brand is left open."""

    key: str
    title: str
    what: str
    graph: GraphIn


@router.get("/api/journey-events")
def events(ctx: Readable) -> list[EventChoiceOut]:
    """Return the events that bring people in, on or out."""
    del ctx
    return [EventChoiceOut(type=one.type, title=one.title, conditions=one.conditions) for one in drawing.events()]


@router.get("/api/journey-gallery")
def gallery(ctx: Readable) -> list[BegunOut]:
    """Return drawings to begin with."""
    del ctx
    return [
        BegunOut(key=one.key, title=one.title, what=one.what, graph=GraphIn.model_validate(one.graph))
        for one in drawing.gallery(reader.get())
    ]
