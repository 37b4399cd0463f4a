"""Look-alikes over HTTP: long tasks, asked for and followed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from regulars.core.ctx import Ctx
from regulars.core.errors import NotFound
from regulars.core.text import Text
from regulars.core.words import Said
from regulars.segments import api, api_lookalike
from regulars.segments.api_lookalike import Asked
from regulars.workspace.api import Permitted
from regulars.workspace.contract import Operation, OperationState

router = APIRouter(prefix="/api/segments/{segment_id}/lookalike", tags=["segments"])

Read = Annotated[Ctx, Permitted("segments.read")]
Write = Annotated[Ctx, Permitted("segments.write")]


class LookalikeAsk(BaseModel):
    """How many people most like a segment's. consent: "channel:purpose", empty = any."""

    people: int = Field(ge=1, le=1_000_000)
    anonymous: bool = False
    consent: str = Field(default="", max_length=100)


class LookalikeIn(LookalikeAsk):
    """A new static segment of the people most like another one's."""

    name: str = Field(min_length=1, max_length=200)


class FeatureOut(BaseModel):
    """A feature of the model. strength: in nats. counts: 1, 1/2, 1/3, ... by strength within its family."""

    feature: str
    label: Text
    family: str
    strength: float
    counts: float


class TraitOut(BaseModel):
    """A value of a feature; "" = not known, "*" = all rarer ones. lift: seed_share / share. weight: in nats."""

    feature: str
    value: str
    seed_share: float
    share: float
    lift: float
    weight: float


class GainOut(BaseModel):
    """Of the held seeds, the share found among the first so many of all ranked."""

    share: float
    found: float


class LookalikeOut(BaseModel):
    """Why a look-alike has these people, and how the held seeds, left out of the model, ranked in it."""

    segment_id: int
    method: str
    wanted: int
    anonymous: bool
    consent: str
    everybody: int
    learnt: int
    held: int
    candidates: int
    auc: float
    found: float
    at_random: float
    gain: float
    curve: list[GainOut] = []
    features: list[FeatureOut]
    model: list[TraitOut]


class LookalikeTaskOut(BaseModel):
    """A look-alike being found. done, total: steps. asked: the question; name: under which it is to be kept, or empty.

    told: what was found. made_id, people: of the segment that was made. code, message, hint: why the task failed.
    """

    id: int
    state: OperationState
    done: int
    total: int
    asked: LookalikeAsk
    name: str
    told: LookalikeOut | None
    made_id: int | None
    people: int | None
    code: str
    message: Said
    hint: Said

    @classmethod
    def of(cls, task: Operation) -> LookalikeTaskOut:
        """Build from a long task."""
        result = task.result or {}
        own = {name: getattr(task, name) for name in ("id", "state", "done", "total", "message")}
        return cls(
            **own,
            asked=LookalikeAsk(**task.payload["asked"]),
            name=task.payload["name"],
            told=LookalikeOut(**result["told"]) if "told" in result else None,
            made_id=result.get("segment_id"),
            people=result.get("people"),
            code=result.get("code", ""),
            hint=result.get("hint", ""),
        )


@router.post("", status_code=202)
def create(segment_id: int, body: LookalikeIn, ctx: Write) -> LookalikeTaskOut:
    """Let a static segment be made of the people most like this one's."""
    asked = Asked(body.people, body.anonymous, body.consent)
    return LookalikeTaskOut.of(api_lookalike.ask(ctx, segment_id, asked, name=body.name))


@router.post("/preview", status_code=202)
def preview(segment_id: int, body: LookalikeAsk, ctx: Read) -> LookalikeTaskOut:
    """Let it be found how a look-alike would be made, without making it."""
    return LookalikeTaskOut.of(api_lookalike.ask(ctx, segment_id, Asked(body.people, body.anonymous, body.consent)))


@router.get("/tasks/{task_id}")
def task(segment_id: int, task_id: int, ctx: Read) -> LookalikeTaskOut:
    """Tell how far a look-alike is that you asked for, and what was found."""
    return LookalikeTaskOut.of(api_lookalike.get(ctx, segment_id, task_id))


@router.post("/tasks/{task_id}/cancel")
def cancel(segment_id: int, task_id: int, ctx: Read) -> LookalikeTaskOut:
    """Stop looking."""
    api_lookalike.cancel(ctx, segment_id, task_id)
    return LookalikeTaskOut.of(api_lookalike.get(ctx, segment_id, task_id))


@router.get("")
def lookalike(segment_id: int, ctx: Read) -> LookalikeOut:
    """Tell how a look-alike was made: what its people were chosen by, and how well that finds people."""
    made_from = api.get(ctx, segment_id).made_from
    if made_from.get("from") != "lookalike":
        raise NotFound("This segment is no look-alike.", "Make one from it.", code="segment.no_lookalike")
    return LookalikeOut(**made_from)
