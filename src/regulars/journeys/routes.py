"""Campaigns over HTTP: make, look at the numbers, publish, stop, read the result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from regulars.channels import api as channels
from regulars.channels.contract import Frequency, Message, QuietHours
from regulars.core import sheet
from regulars.core.clock import Day
from regulars.core.ctx import Ctx
from regulars.core.cursor import number_of
from regulars.core.sheet import watermark
from regulars.core.words import reader
from regulars.journeys import api
from regulars.journeys.contract import (
    Campaign,
    CampaignState,
    Draft,
    ListSort,
    Wanted,
)
from regulars.workspace import api as workspace
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"])

Readable = Annotated[Ctx, Permitted("campaigns.read")]
Writable = Annotated[Ctx, Permitted("campaigns.write")]
Publishable = Annotated[Ctx, Permitted("campaigns.publish")]
BP = 10_000


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChannelIn(_In):
    """A channel and its settings."""

    key: str
    config: dict[str, Any] = Field(default_factory=dict[str, Any])


class MessageIn(_In):
    """Liquid templates. link: the address that `{{ link }}` leads to."""

    title: str = Field(default="", max_length=500)
    body: str = Field(min_length=1, max_length=10_000)
    link: str = Field(default="", max_length=2_000)


class QuietIn(BaseModel):
    """Brand-local hours; from > to spans midnight."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    start: time = Field(alias="from")
    end: time = Field(alias="to")


class FrequencyIn(_In):
    """At most `messages` within `days`."""

    messages: int = Field(ge=1, le=100)
    days: int = Field(ge=1, le=366)


class CampaignIn(_In):
    """What an operator says of a campaign. template_id: channel and message are those of the template."""

    name: str = Field(min_length=1, max_length=100)
    segment_id: int
    channel: ChannelIn
    message: MessageIn
    holdout_bp: int = Field(default=1_000, ge=0, le=9_000)
    purpose: Literal["marketing", "service"] = "marketing"
    quiet_hours: QuietIn | None = None
    frequency: FrequencyIn | None = None
    window_days: int = Field(default=30, ge=1, le=366)
    replay_on: Day | None = None
    priority: int = Field(default=3, ge=1, le=5)
    template_id: int | None = None

    def draft(self) -> Draft:
        """Return the room's noun."""
        quiet, frequency = self.quiet_hours, self.frequency
        return Draft(
            name=self.name.strip(),
            segment_id=self.segment_id,
            channel=self.channel.key,
            config=self.channel.config,
            message=Message(self.message.title, self.message.body, self.message.link.strip()),
            holdout_bp=self.holdout_bp,
            purpose=self.purpose,
            quiet_hours=QuietHours(quiet.start, quiet.end) if quiet else None,
            frequency=Frequency(frequency.messages, frequency.days) if frequency else None,
            window_days=self.window_days,
            replay_on=self.replay_on,
            priority=self.priority,
            template_id=self.template_id,
        )


class SegmentRef(BaseModel):
    """A segment by name; "" when it has been deleted."""

    id: int
    name: str


class CampaignOut(BaseModel):
    """A campaign. quiet_hours: {"from", "to"}; secrets of the channel are hidden."""

    id: int
    name: str
    state: Literal["draft", "live", "done", "stopped"]
    segment: SegmentRef
    channel: ChannelIn
    message: MessageIn
    holdout_bp: int
    purpose: Literal["marketing", "service"]
    quiet_hours: dict[str, str] | None
    frequency: FrequencyIn | None
    window_days: int
    replay_on: date | None
    priority: int
    template_id: int | None
    replay: bool
    created_at: datetime
    started_at: datetime | None


class CampaignRow(BaseModel):
    """A line of the list. lift_bp: difference in buyers, treated less held out; null where it cannot be told."""

    id: int
    name: str
    state: str
    segment: SegmentRef
    channel: str
    holdout_bp: int
    started_at: datetime | None
    treated: int
    held_out: int
    sent: int
    lift_bp: float | None
    replay: bool


class CampaignList(BaseModel):
    """A page of campaigns."""

    items: list[CampaignRow]
    next_cursor: str | None
    total: int | None


class ReasonOut(BaseModel):
    """People by reason."""

    reason: str
    people: int


class MissingOut(BaseModel):
    """People for whom a template variable has no value."""

    variable: str
    people: int


class PlanOut(BaseModel):
    """The numbers before publishing; suppressed people are part of treated."""

    people: int
    treated: int
    held_out: int
    suppressed: list[ReasonOut]
    missing: list[MissingOut]
    cost_fen: int
    currency: str


class PublishIn(_In):
    """How many people the operator saw in the plan."""

    confirm_people: int = Field(ge=0)


def _wanted(
    q: Annotated[str, Query(max_length=200)] = "", state: CampaignState | None = None, sort: ListSort = "newest"
) -> Wanted:
    return Wanted(q, state, sort)


Asked = Annotated[Wanted, Depends(_wanted)]


@router.get("")
def campaigns(
    ctx: Readable, wanted: Asked, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> CampaignList:
    """Return the brand's campaigns. q: letters of the name."""
    page = api.listed(ctx, wanted, after=number_of(cursor), limit=limit)
    lifts = api.lifts(ctx, page)
    following = str(page[-1].id) if len(page) == limit else None
    rows = [_row(ctx, one, lifts[one.id].difference * BP if one.id in lifts else None) for one in page]
    return CampaignList(items=rows, next_cursor=following, total=api.total(ctx, wanted))


@router.get(".csv", response_class=StreamingResponse, responses=sheet.ANSWER)
def export_list(
    request: Request, ctx: Annotated[Ctx, Permitted("campaigns.export")], asked: Asked, ids: workspace.Ids = ""
) -> StreamingResponse:
    """Download the list as CSV; its first line says who took it, when, how many. Audited before a row leaves.

    The list as it is asked for; ids: of it only these, by commas. Headers are in the language of the query's `lang`
    (zh, en), else of Accept-Language.
    """
    wanted, lang = workspace.chosen(ids), reader.get()
    found = [one for one in api.listed(ctx, asked, limit=None) if not wanted or one.id in wanted]
    workspace.audit(ctx, "campaigns.exported", "brand", ctx.brand_id, after={"campaigns": [one.id for one in found]})
    mark = watermark(ctx, len(found), lang)
    return workspace.sheet_file(request, ctx, "campaigns.csv", lambda own: api.list_as_csv(own, found, mark, lang))


@router.post("", status_code=status.HTTP_201_CREATED)
def create(ctx: Writable, campaign: CampaignIn) -> CampaignOut:
    """Make a draft."""
    return _out(ctx, api.create(ctx, campaign.draft()))


@router.get("/{campaign_id}")
def campaign(ctx: Readable, campaign_id: int) -> CampaignOut:
    """Return a campaign."""
    return _out(ctx, api.get(ctx, campaign_id))


@router.put("/{campaign_id}")
def change(ctx: Writable, campaign_id: int, campaign: CampaignIn) -> CampaignOut:
    """Change a draft."""
    return _out(ctx, api.update(ctx, campaign_id, campaign.draft()))


@router.post("/{campaign_id}/plan")
def plan(ctx: Readable, campaign_id: int) -> PlanOut:
    """Return the numbers before publishing; nothing is written."""
    found = api.plan(ctx, campaign_id)
    return PlanOut(
        people=found.people,
        treated=found.treated,
        held_out=found.held_out,
        suppressed=_reasons(found.suppressed),
        missing=[MissingOut(variable=name, people=n) for name, n in found.missing.items()],
        cost_fen=found.cost_fen,
        currency=ctx.currency,
    )


@router.post("/{campaign_id}/publish")
def publish(ctx: Publishable, campaign_id: int, confirmed: PublishIn) -> CampaignOut:
    """Start the campaign, if the segment still holds as many people as were confirmed."""
    return _out(ctx, api.publish(ctx, campaign_id, confirm_people=confirmed.confirm_people))


@router.post("/{campaign_id}/stop")
def stop(ctx: Publishable, campaign_id: int) -> CampaignOut:
    """Stop a live campaign: nobody else is contacted."""
    return _out(ctx, api.stop(ctx, campaign_id))


def _reasons(reasons: Mapping[str, int]) -> list[ReasonOut]:
    return [ReasonOut(reason=reason, people=n) for reason, n in reasons.items()]


def _segment(ctx: Ctx, segment_id: int) -> SegmentRef:
    return SegmentRef(id=segment_id, name=api.segment_name(ctx, segment_id))


def _row(ctx: Ctx, one: Campaign, lift_bp: float | None) -> CampaignRow:
    counts = api.counts(ctx, one)
    return CampaignRow(
        id=one.id,
        name=one.draft.name,
        state=one.state,
        segment=_segment(ctx, one.draft.segment_id),
        channel=one.draft.channel,
        holdout_bp=one.draft.holdout_bp,
        started_at=one.started_at,
        treated=counts.entered - counts.held_out,
        held_out=counts.held_out,
        sent=counts.sent,
        lift_bp=lift_bp,
        replay=one.replay,
    )


def _out(ctx: Ctx, one: Campaign) -> CampaignOut:
    draft = one.draft
    quiet, frequency = draft.quiet_hours, draft.frequency
    return CampaignOut(
        id=one.id,
        name=draft.name,
        state=one.state,
        segment=_segment(ctx, draft.segment_id),
        channel=ChannelIn(key=draft.channel, config=channels.shown_config(draft.config)),
        message=MessageIn(title=draft.message.title, body=draft.message.body, link=draft.message.link),
        holdout_bp=draft.holdout_bp,
        purpose=draft.purpose,
        quiet_hours={"from": f"{quiet.start:%H:%M}", "to": f"{quiet.end:%H:%M}"} if quiet else None,
        frequency=FrequencyIn(messages=frequency.messages, days=frequency.days) if frequency else None,
        window_days=draft.window_days,
        replay_on=draft.replay_on,
        priority=draft.priority,
        template_id=draft.template_id,
        replay=one.replay,
        created_at=one.created_at,
        started_at=one.started_at,
    )
