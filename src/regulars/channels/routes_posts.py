"""Posts to groups and feeds over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from regulars.channels import api_posts as api
from regulars.channels.api_posts import CallState, Outcome, Post
from regulars.core.ctx import Ctx
from regulars.core.forms import form
from regulars.core.text import Text
from regulars.core.words import Said
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/posts", tags=["messages"])
Read = Annotated[Ctx, Permitted("campaigns.read")]
Publish = Annotated[Ctx, Permitted("campaigns.publish")]


class PostKindOut(BaseModel):
    """A place for posts. platform: whose account it needs. config_schema: JSON schema of its settings."""

    key: str
    title: Text
    platform: str
    reminds: bool
    config_schema: dict[str, Any]


class PostIn(BaseModel):
    """A new post. key: chosen by whoever asks; the same key makes one post for ever."""

    kind: str = Field(max_length=40)
    key: str = Field(min_length=8, max_length=80)
    text: str = Field(min_length=1, max_length=api.LONGEST_TEXT)
    config: dict[str, Any]


class ResultOut(BaseModel):
    """What became of one part. target: the group, or the guide whose feed it is. people: who can see it, if told."""

    sender: str
    target: str
    outcome: Outcome
    people: int
    at: datetime | None


class CallOut(BaseModel):
    """One task on the platform. sender "" = of all guides. refused: what the platform did not take."""

    sender: str
    state: CallState
    refused: list[str]
    error: Said
    made_at: datetime | None
    results: list[ResultOut]


class PostOut(BaseModel):
    """A post. waiting, sent, missed: of its parts; calls: its tasks."""

    id: int
    kind: str
    text: str
    config: dict[str, Any]
    created_by: str
    created_at: datetime
    waiting: int
    sent: int
    missed: int
    calls: list[CallOut]

    @classmethod
    def of(cls, post: Post) -> PostOut:
        """Build from the room's noun."""
        calls = [
            CallOut(
                sender=call.sender, state=call.state, refused=list(call.refused), error=call.error,
                made_at=call.made_at,
                results=[ResultOut.model_validate(one, from_attributes=True) for one in call.results],
            )
            for call in post.calls
        ]  # fmt: skip
        return cls(
            id=post.id, kind=post.kind, text=post.text, config=post.config, created_by=post.created_by,
            created_at=post.created_at, waiting=post.count("waiting"), sent=post.count("sent"),
            missed=post.count("limit", "gone"), calls=calls,
        )  # fmt: skip


class PostList(BaseModel):
    """Posts, newest first."""

    items: list[PostOut]


class RemindedOut(BaseModel):
    """Of how many tasks guides were reminded."""

    calls: int


@router.get("/kinds")
def kinds(ctx: Read) -> list[PostKindOut]:
    """List the places for posts."""
    del ctx
    return [
        PostKindOut(
            key=kind.key, title=kind.title, platform=kind.platform, reminds=kind.reminds,
            config_schema=form(kind.Config),
        )
        for kind in api.kinds_of_posts()
    ]  # fmt: skip


@router.get("")
def posts(ctx: Read) -> PostList:
    """List the posts with what became of them."""
    return PostList(items=[PostOut.of(one) for one in api.listed(ctx)])


@router.post("", status_code=202)
def add(body: PostIn, ctx: Publish) -> PostOut:
    """Make a post; its tasks are made in the background, each at most once."""
    return PostOut.of(api.add(ctx, body.kind, body.key, body.text, config=body.config))


@router.get("/{post_id}")
def post(post_id: int, ctx: Read) -> PostOut:
    """Return one post."""
    return PostOut.of(api.get(ctx, post_id))


@router.post("/{post_id}/remind")
def remind(post_id: int, ctx: Publish, request: Request) -> RemindedOut:
    """Remind the guides who have not confirmed."""
    return RemindedOut(calls=api.remind(request.app.state.house.db, ctx, post_id))
