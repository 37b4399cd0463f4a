"""Stored templates, how a message reads, and messages to the team, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from regulars.channels import api, api_templates, api_trial
from regulars.channels.api_templates import Standing, Template, TemplateDraft
from regulars.channels.api_trial import Said
from regulars.channels.contract import Message
from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.workspace.api import Permitted

router = APIRouter(tags=["messages"])
_Reader = Annotated[Ctx, Permitted("campaigns.read")]
_Writer = Annotated[Ctx, Permitted("campaigns.write")]
State = Literal["draft", "submitted", "approved", "refused"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TextsIn(_In):
    """Liquid texts. link: the address that `{{ link }}` leads to."""

    title: str = Field(default="", max_length=500)
    body: str = Field(min_length=1, max_length=10_000)
    link: str = Field(default="", max_length=2_000)

    def message(self) -> Message:
        """Return the room's noun."""
        return Message(self.title, self.body, self.link.strip())


class SaidIn(_In):
    """A message to be looked at. template_id: whose hidden secrets are meant."""

    channel: str
    config: dict[str, Any] = Field(default_factory=dict[str, Any])
    message: TextsIn
    template_id: int | None = None
    uid: int | None = None
    """Whose values fill the text; null: each variable's name stands in its place."""

    def said(self, ctx: Ctx) -> Said:
        """Return the room's noun."""
        before = api_templates.get(ctx, self.template_id) if self.template_id else None
        kept = before.config if before and before.channel == self.channel else None
        return api_trial.said(self.channel, self.config, self.message.message(), kept)


class TestIn(SaidIn):
    """A message to the team, and to which addresses."""

    to: list[str] = Field(default_factory=list[str], max_length=api_trial.MOST)


class TemplateIn(_In):
    """What an operator says of a template."""

    name: str = Field(min_length=1, max_length=api_templates.MAX_NAME)
    channel: str
    config: dict[str, Any] = Field(default_factory=dict[str, Any])
    message: TextsIn

    def draft(self) -> TemplateDraft:
        """Return the room's noun."""
        return TemplateDraft(self.name, self.channel, self.config, self.message.message())


class ReviewOut(BaseModel):
    """Where a review stands. asked_at null = its provider has not been asked yet."""

    what: Literal["template", "signature"]
    code: str
    state: State
    reason: str
    text: str
    asked_at: datetime | None


class TemplateOut(BaseModel):
    """A template. state: of its reviews together; null where its provider reviews nothing."""

    id: int
    name: str
    channel: str
    channel_title: Text
    config: dict[str, Any]
    message: TextsIn
    state: State | None
    reviews: list[ReviewOut]
    created_at: datetime
    changed_at: datetime


class TemplateList(BaseModel):
    """The templates."""

    items: list[TemplateOut]
    total: int


class VariableOut(BaseModel):
    """What a text may name."""

    name: str
    title: Text


class ShownOut(BaseModel):
    """How a message reads. missing: variables without a value. parts: as how many it is paid."""

    text: str
    missing: list[str]
    parts: int
    cost_fen: int
    currency: str


class TestOut(BaseModel):
    """A message to the team."""

    id: int
    channel: str
    masked: str
    sent_by: str
    state: Literal["waiting", "attempting", "sent", "failed", "unknown"]
    reason: str
    created_at: datetime
    ended_at: datetime | None


@router.get("/api/templates")
def templates(ctx: _Reader) -> TemplateList:
    """Return the stored templates, the last changed first."""
    found = [_out(ctx, one) for one in api_templates.listed(ctx)]
    return TemplateList(items=found, total=len(found))


@router.post("/api/templates", status_code=status.HTTP_201_CREATED)
def create(ctx: _Writer, body: TemplateIn) -> TemplateOut:
    """Store a template; its provider is asked about its signature and template."""
    return _out(ctx, api_templates.create(ctx, body.draft()))


@router.get("/api/templates/{template_id}")
def one(ctx: _Reader, template_id: int) -> TemplateOut:
    """Return a template."""
    return _out(ctx, api_templates.get(ctx, template_id))


@router.put("/api/templates/{template_id}")
def change(ctx: _Writer, template_id: int, body: TemplateIn) -> TemplateOut:
    """Change a template; what was made with it keeps what it says."""
    return _out(ctx, api_templates.update(ctx, template_id, body.draft()))


@router.delete("/api/templates/{template_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove(ctx: _Writer, template_id: int) -> None:
    """Take a template off the list."""
    api_templates.remove(ctx, template_id)


@router.post("/api/templates/ask", status_code=status.HTTP_202_ACCEPTED)
def ask(ctx: _Writer) -> None:
    """Ask the providers now where their reviews stand; the answers come into the list."""
    api_templates.ask_soon(ctx)


@router.get("/api/message-variables")
def variables(_ctx: _Reader) -> list[VariableOut]:
    """List what a text may name."""
    return [VariableOut(name=name, title=title) for name, title in api_templates.variables().items()]


@router.post("/api/messages/preview")
def preview(ctx: _Reader, body: SaidIn) -> ShownOut:
    """Show how a message reads for a customer, what it has no value for, its parts and their cost."""
    found = api_trial.shown(ctx, body.said(ctx), body.uid)
    return ShownOut(
        text=found.text,
        missing=list(found.missing),
        parts=found.parts,
        cost_fen=found.cost_fen,
        currency=ctx.currency,
    )


@router.post("/api/messages/tests", status_code=status.HTTP_202_ACCEPTED)
def test(ctx: Annotated[Ctx, Permitted("campaigns.test")], body: TestIn) -> list[TestOut]:
    """Send a message to addresses of the team; marked, counted apart, outside every budget."""
    return _tests(api_trial.ask(ctx, body.said(ctx), body.to, body.uid))


@router.get("/api/messages/tests")
def tests(ctx: _Reader) -> list[TestOut]:
    """Return the newest messages to the team."""
    return _tests(api_trial.recent(ctx))


def _tests(found: Sequence[api_trial.Test]) -> list[TestOut]:
    return [TestOut.model_validate(asdict(one)) for one in found]


def _out(ctx: Ctx, found: Template) -> TemplateOut:
    kinds = api.channel_kinds()
    standings = api_templates.standings(ctx, found.channel, found.config)
    return TemplateOut(
        id=found.id,
        name=found.name,
        channel=found.channel,
        channel_title=kinds.get(found.channel).title,
        config=api.shown_config(found.config),
        message=TextsIn(**asdict(found.message)),
        state=api_templates.state_of(standings) if standings else None,
        reviews=[_review(standing) for standing in standings],
        created_at=found.created_at,
        changed_at=found.changed_at,
    )


def _review(one: Standing) -> ReviewOut:
    of = one.review.of
    return ReviewOut(
        what=of.what, code=of.code, state=one.review.state, reason=one.review.reason, text=one.review.text,
        asked_at=one.asked_at,
    )  # fmt: skip
