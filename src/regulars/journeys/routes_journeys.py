"""Journeys over HTTP: draw, check, publish, hold, end; where people are, node by node."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, ConfigDict, Field

from regulars.core.ctx import Ctx
from regulars.core.cursor import number_of
from regulars.core.forms import form
from regulars.core.text import Text
from regulars.core.words import Said
from regulars.journeys import api_drawing as drawing
from regulars.journeys import api_journeys as api
from regulars.journeys import api_review
from regulars.journeys.contract import Journey, JourneyState, NodeCounts, ReviewState
from regulars.profiles import api as profiles
from regulars.workspace.api import Permitted

router = APIRouter(tags=["journeys"])

Readable = Annotated[Ctx, Permitted("campaigns.read")]
Writable = Annotated[Ctx, Permitted("campaigns.write")]
Publishable = Annotated[Ctx, Permitted("campaigns.publish")]
Callable = Annotated[Ctx, Permitted("campaigns.publish", all_stores=True)]
Settable = Annotated[Ctx, Permitted("settings.write")]
PAGE = 50


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NodeIn(_In):
    """A node. x, y: where it is drawn."""

    key: str = Field(pattern="^[a-z0-9_]{1,40}$")
    kind: str = Field(max_length=60)
    config: dict[str, Any] = Field(default_factory=dict[str, Any])
    x: float = 0
    y: float = 0
    note: str = Field(default="", max_length=500)


class EdgeIn(BaseModel):
    """A way out of a node and where it leads."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)
    start: str = Field(alias="from", max_length=40)
    way: str = Field(max_length=40)
    to: str = Field(max_length=40)


class GraphIn(_In):
    """A drawing: nodes, the ways between them, settings of the whole, as docs/journeys.md lists them."""

    nodes: list[NodeIn] = Field(default_factory=list[NodeIn], max_length=200)
    edges: list[EdgeIn] = Field(default_factory=list[EdgeIn], max_length=1_000)
    settings: dict[str, Any] = Field(default_factory=dict[str, Any])


class JourneyIn(_In):
    """A name and a drawing."""

    name: str = Field(min_length=1, max_length=100)
    graph: GraphIn = Field(default_factory=GraphIn)


class IdentifierIn(_In):
    """What names a person: namespace, scope ("" = the whole workspace), value."""

    ns: str = Field(min_length=1, max_length=60)
    scope: str = Field(default="", max_length=200)
    value: str = Field(min_length=1, max_length=500)


class EnterIn(_In):
    """Who is to come in. node: the entry for calls, where the journey has several."""

    uids: list[int] = Field(default_factory=list[int], max_length=1_000)
    identifiers: list[IdentifierIn] = Field(default_factory=list[IdentifierIn], max_length=1_000)
    node: str = Field(default="", max_length=40)


class EnteredOut(BaseModel):
    """How many came in. unknown: identifiers that name nobody."""

    entered: int
    unknown: int


class ProblemOut(BaseModel):
    """What keeps it from being published. node: "" = the whole."""

    node: str
    message: Said
    hint: Said


class JourneyRow(BaseModel):
    """A line of the list. entered: how often somebody came in; inside: who still walks."""

    id: int
    name: str
    state: JourneyState
    nodes: int
    entered: int
    inside: int
    created_at: datetime


class JourneyList(BaseModel):
    """A page of journeys, newest first."""

    items: list[JourneyRow]
    next_cursor: str | None


class ReviewOut(BaseModel):
    """Where the approval of a drawing stands. by "" = undecided. current: it is about the drawing as it is now."""

    state: ReviewState
    asked_by: str
    by: str
    note: str
    at: datetime
    current: bool


class DecisionIn(_In):
    """Why it is approved or refused."""

    note: str = Field(default="", max_length=500)


class ApprovalInOut(_In):
    """Whether the brand publishes only what somebody else has approved."""

    asked: bool


class JourneyOut(BaseModel):
    """A journey as it is drawn, secrets hidden, with what is wrong. published: people walk by some version of it.

    changed: the drawing says something else than what is published. ways: the ways out of each node.
    approval: the brand publishes only what was approved.
    """

    id: int
    name: str
    state: JourneyState
    published: bool
    changed: bool
    graph: GraphIn
    ways: dict[str, list[str]]
    problems: list[ProblemOut]
    approval: bool
    review: ReviewOut | None
    created_at: datetime


class NodeCountsOut(BaseModel):
    """Where the people who came to a node are: came = waiting + exited + ended + the sum of ways."""

    node: str
    came: int
    waiting: int
    exited: int
    ended: int
    ways: dict[str, int]
    sent: dict[str, int]


class CountsOut(BaseModel):
    """Where people are, a line a node. reached: how many visits came to the goal."""

    entered: int
    reached: int
    nodes: list[NodeCountsOut]


class PersonAtOut(BaseModel):
    """Somebody who stands at a node."""

    uid: int
    label: str


class PeopleAtOut(BaseModel):
    """A page of people, by number."""

    items: list[PersonAtOut]
    next_cursor: str | None


class NodeKindOut(BaseModel):
    """A kind of node. ways: [] = they follow from the settings. config_schema: draws the form."""

    key: str
    title: Text
    entry: bool
    waits: bool
    ways: list[str]
    config_schema: dict[str, Any]


@router.get("/api/journey-nodes")
def node_kinds(ctx: Readable) -> list[NodeKindOut]:
    """Return the kinds of nodes a journey can have."""
    del ctx
    return [
        NodeKindOut(
            key=kind.key,
            title=kind.title,
            entry=kind.entry,
            waits=kind.waits,
            ways=list(kind.ways),
            config_schema=form(kind.Config),
        )
        for kind in api.node_kinds()
    ]


@router.get("/api/journeys")
def listed(ctx: Readable, cursor: Annotated[str | None, Query(max_length=20)] = None) -> JourneyList:
    """Return the brand's journeys, newest first."""
    found = api.listed(ctx, before=number_of(cursor), limit=PAGE)
    inside = drawing.inside(ctx, [one.id for one in found])
    rows = [
        JourneyRow(
            id=one.id,
            name=one.name,
            state=one.state,
            nodes=len(one.graph.get("nodes", ())),
            entered=api.enrolled(ctx, one.id),
            inside=inside.get(one.id, 0),
            created_at=one.created_at,
        )
        for one in found
    ]
    return JourneyList(items=rows, next_cursor=str(found[-1].id) if len(found) == PAGE else None)


@router.post("/api/journeys", status_code=status.HTTP_201_CREATED)
def create(ctx: Writable, body: JourneyIn) -> JourneyOut:
    """Keep a drawing, which may still be incomplete."""
    return _out(ctx, api.create(ctx, body.name, _stored(body.graph)))


@router.get("/api/journeys/{journey_id}")
def read(ctx: Readable, journey_id: int) -> JourneyOut:
    """Return a journey as it is drawn, and what is wrong with it."""
    return _out(ctx, api.get(ctx, journey_id))


@router.put("/api/journeys/{journey_id}")
def change(ctx: Writable, journey_id: int, body: JourneyIn) -> JourneyOut:
    """Change the drawing; what is published goes on as it is until it is published again."""
    return _out(ctx, api.update(ctx, journey_id, body.name, _stored(body.graph)))


@router.post("/api/journeys/{journey_id}/publish")
def publish(ctx: Publishable, journey_id: int) -> JourneyOut:
    """Let people enter by the drawing as it is; who walks by an older one goes on by that."""
    return _out(ctx, api.publish(ctx, journey_id))


@router.post("/api/journeys/{journey_id}/review")
def ask_review(ctx: Writable, journey_id: int) -> JourneyOut:
    """Ask for the approval of the drawing as it is."""
    api_review.ask(ctx, journey_id)
    return _out(ctx, api.get(ctx, journey_id))


@router.post("/api/journeys/{journey_id}/review/{decision}")
def decide_review(
    ctx: Publishable, journey_id: int, decision: Literal["approve", "refuse"], body: DecisionIn
) -> JourneyOut:
    """Approve the drawing as it is, or refuse it; who asked cannot approve."""
    api_review.decide(ctx, journey_id, approve=decision == "approve", note=body.note)
    return _out(ctx, api.get(ctx, journey_id))


@router.get("/api/journey-approval")
def approval(ctx: Readable) -> ApprovalInOut:
    """Return whether the brand publishes only what was approved."""
    return ApprovalInOut(asked=api_review.is_asked_for(ctx))


@router.put("/api/journey-approval")
def set_approval(ctx: Settable, body: ApprovalInOut) -> ApprovalInOut:
    """Change whether the brand publishes only what was approved."""
    api_review.set_asked_for(ctx, on=body.asked)
    return body


@router.post("/api/journeys/{journey_id}/state/{action}")
def act(ctx: Publishable, journey_id: int, action: Literal["pause", "resume", "finish", "stop"]) -> JourneyOut:
    """Hold everybody, let them go on, let nobody in any more, or end it for everybody at once."""
    acts = {"pause": api.pause, "resume": api.resume, "finish": api.finish, "stop": api.stop}
    return _out(ctx, acts[action](ctx, journey_id))


@router.post("/api/journeys/{journey_id}/enter")
def enter(ctx: Callable, journey_id: int, body: EnterIn) -> EnteredOut:
    """Let people in by an entry for calls; who may not come in, or not again, does not."""
    named = [one for one in (api.named(ctx, n.ns, n.scope, n.value) for n in body.identifiers) if one is not None]
    asked = sorted({*body.uids, *named})
    entered = api.enter(ctx, journey_id, asked, node=body.node)
    return EnteredOut(entered=entered, unknown=len(body.identifiers) - len(named))


@router.get("/api/journeys/{journey_id}/counts")
def counts(ctx: Readable, journey_id: int) -> CountsOut:
    """Return where people are."""
    found = api.counts(ctx, journey_id)
    return CountsOut(
        entered=api.enrolled(ctx, journey_id),
        reached=api.reached(ctx, journey_id),
        nodes=[_counts(one) for one in found],
    )


@router.get("/api/journeys/{journey_id}/nodes/{node}/people")
def people_at(
    ctx: Readable, journey_id: int, node: str, cursor: Annotated[str | None, Query(max_length=20)] = None
) -> PeopleAtOut:
    """Return who stands at a node now."""
    found = api.people_at(ctx, journey_id, node, after=number_of(cursor), limit=PAGE)
    labels = profiles.labels(ctx, found)
    return PeopleAtOut(
        items=[PersonAtOut(uid=uid, label=labels[uid]) for uid in found],
        next_cursor=str(found[-1]) if len(found) == PAGE else None,
    )


def _stored(graph: GraphIn) -> dict[str, Any]:
    return graph.model_dump(mode="json", by_alias=True)


def _counts(one: NodeCounts) -> NodeCountsOut:
    return NodeCountsOut(
        node=one.node,
        came=one.came,
        waiting=one.waiting,
        exited=one.exited,
        ended=one.ended,
        ways=dict(one.ways),
        sent=dict(one.sent),
    )


def _out(ctx: Ctx, one: Journey) -> JourneyOut:
    return JourneyOut(
        id=one.id,
        name=one.name,
        state=one.state,
        published=one.version_id is not None,
        changed=drawing.changed(ctx, one),
        ways=drawing.ways_of(one.graph),
        graph=GraphIn.model_validate(api.shown(one.graph)),
        problems=[ProblemOut(node=p.node, message=p.message, hint=p.hint) for p in api.problems(ctx, one.id)],
        approval=api_review.is_asked_for(ctx),
        review=ReviewOut(**asdict(review)) if (review := api_review.of(ctx, one)) else None,
        created_at=one.created_at,
    )
