"""Sources over HTTP: what can be connected, what is, how far it was read; and the address of their messages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from regulars.connectors.api import connector_kinds
from regulars.core.ctx import Ctx
from regulars.core.forms import form
from regulars.core.text import Text
from regulars.core.words import Said
from regulars.ingest import api, api_look, api_sources
from regulars.ingest.api_sources import Source
from regulars.workspace.api import Permitted, PublicRoute
from regulars.workspace.api_incoming import Arrived

router = APIRouter(tags=["sources"])
_Writer = Annotated[Ctx, Permitted("ingest.write")]
_Reader = Annotated[Ctx, Permitted("ingest.read")]


class StreamKind(BaseModel):
    """A stream that a connector brings."""

    key: str
    title: Text
    by: Literal["window", "cursor", "files"]
    every_s: int
    history_days: int


class ConnectorOut(BaseModel):
    """A connector kind. platform: whose account it needs, "" = none; config_schema: JSON schema of its settings.

    zone: of the days that its orders are compared by, "" = the brand's. sdk: pages send to it by the script under /sdk.
    """

    key: str
    title: Text
    platform: str
    zone: str
    receives: bool
    sdk: bool
    looks: bool
    streams: list[StreamKind]
    config_schema: dict[str, Any]


class ProblemOut(BaseModel):
    """Why a stream could not be read."""

    message: Said
    hint: Said
    code: str


class StreamOut(BaseModel):
    """How far a stream is. read_to: everything modified before was read; failures: in a row."""

    key: str
    title: Text
    read_to: datetime | None
    succeeded_at: datetime | None
    next_at: datetime
    facts: int
    unread: int
    failures: int
    problem: ProblemOut | None


class SourceOut(BaseModel):
    """A source. config: its settings, secrets hidden. hook: the path its messages come to, "" when it takes none."""

    id: int
    connector: str
    title: Text
    name: str
    account_id: int | None
    config: dict[str, Any]
    hook: str
    is_on: bool
    history_from: datetime
    created_at: datetime
    message_at: datetime | None
    messages: int
    streams: list[StreamOut]


class SourceList(BaseModel):
    """Sources, by name."""

    items: list[SourceOut]
    next_cursor: None = None
    total: int


class SourceIn(BaseModel):
    """What is to be connected. history_days: how far back it is read, 0 = from now on."""

    connector: str = Field(max_length=60)
    name: str = Field(max_length=100)
    account_id: int | None = None
    config: dict[str, Any] = {}
    history_days: int = Field(default=0, ge=0, le=1_100)


class LookIn(BaseModel):
    """What is to be looked at. source_id: of a source whose hidden secrets are meant."""

    connector: str = Field(max_length=60)
    config: dict[str, Any] = {}
    source_id: int | None = None


class WrongOut(BaseModel):
    """Why a row would be no fact. row: from 1."""

    row: int
    field: str
    reason: Said


class LookedOut(BaseModel):
    """The first rows as the source shows them, personal values masked."""

    columns: list[str]
    rows: list[list[str]]
    wrong: list[WrongOut]


class SourceChange(BaseModel):
    """What is to change; what is left out stays."""

    name: str | None = Field(default=None, max_length=100)
    account_id: int | None = None
    config: dict[str, Any] | None = None
    is_on: bool | None = None


class DifferingOut(BaseModel):
    """An order that differs; None = not there."""

    order: str
    theirs_fen: int | None
    ours_fen: int | None


class DayOut(BaseModel):
    """A day's orders as the platform counts them, beside ours; differing: at most 200."""

    day: date
    orders: int
    fen: int
    our_orders: int
    our_fen: int
    differing: list[DifferingOut]
    compared_at: datetime


def _out(one: Source) -> SourceOut:
    kind = connector_kinds().get(one.connector)
    titles = {stream.key: stream.title for stream in kind.streams}
    places = {key: place for place, key in enumerate(titles)}
    return SourceOut(
        id=one.id, connector=one.connector, title=kind.title, name=one.name, account_id=one.account_id,
        config=dict(one.config), hook=f"/hooks/sources/{one.hook}" if kind.receives() else "", is_on=one.is_on,
        history_from=one.history_from, created_at=one.created_at, message_at=one.message_at, messages=one.messages,
        streams=[
            StreamOut(
                key=s.key, title=titles.get(s.key, Text(s.key, s.key)), read_to=s.read_to,
                succeeded_at=s.succeeded_at, next_at=s.next_at, facts=s.facts, unread=s.unread, failures=s.failures,
                problem=ProblemOut.model_validate(dict(s.problem)) if s.problem else None,
            )
            for s in sorted(one.streams, key=lambda s: places.get(s.key, len(places)))
        ],
    )  # fmt: skip


@router.get("/api/connectors")
def connectors(ctx: _Reader) -> list[ConnectorOut]:
    """Return what can be connected."""
    del ctx
    return [
        ConnectorOut(
            key=kind.key, title=kind.title, platform=kind.platform, zone=kind.zone, receives=kind.receives(),
            sdk=kind.sdk, looks=kind.looks(),
            streams=[StreamKind(key=s.key, title=s.title, by=s.by, every_s=s.every_s, history_days=s.history_days)
                     for s in kind.streams],
            config_schema=form(kind.Config),
        )
        for kind in connector_kinds()
    ]  # fmt: skip


@router.get("/api/sources")
def sources(ctx: _Reader) -> SourceList:
    """Return what is connected, and how far each stream was read."""
    items = [_out(one) for one in api_sources.connected(ctx)]
    return SourceList(items=items, total=len(items))


@router.post("/api/sources", status_code=201)
def connect(body: SourceIn, ctx: _Writer) -> SourceOut:
    """Connect a source and begin to read it."""
    return _out(api_sources.connect(ctx, body.connector, body.model_dump()))


@router.post("/api/sources/look")
def look(body: LookIn, ctx: _Writer) -> LookedOut:
    """Show the first rows of a source before it is connected; nothing is kept."""
    found = api_look.look(ctx, body.connector, body.config, body.source_id)
    wrong = [WrongOut(row=row, field=field, reason=why) for row, field, why in found.wrong]
    return LookedOut(columns=list(found.columns), rows=[list(row) for row in found.rows], wrong=wrong)


@router.get("/api/sources/{source_id}")
def source(source_id: int, ctx: _Reader) -> SourceOut:
    """Return a source."""
    return _out(api_sources.source(ctx, source_id))


@router.put("/api/sources/{source_id}")
def change(source_id: int, body: SourceChange, ctx: _Writer) -> SourceOut:
    """Change a source: its name, account, settings, or whether it is read."""
    return _out(api_sources.change(ctx, source_id, body.model_dump(exclude_unset=True)))


@router.delete("/api/sources/{source_id}", status_code=204)
def disconnect(source_id: int, ctx: _Writer) -> None:
    """Disconnect a source; what it brought stays."""
    api_sources.disconnect(ctx, source_id)


@router.post("/api/sources/{source_id}/read")
def read_now(source_id: int, ctx: _Writer) -> SourceOut:
    """Read all streams of a source at once."""
    return _out(api_sources.read_now(ctx, source_id))


@router.get("/api/sources/{source_id}/days")
def days(source_id: int, ctx: _Reader, limit: Annotated[int, Query(ge=1, le=366)] = 31) -> list[DayOut]:
    """Return how our orders compare with the platform's own count, the newest day first."""
    return [
        DayOut(
            day=d.day, orders=d.orders, fen=d.fen, our_orders=d.our_orders, our_fen=d.our_fen,
            differing=[DifferingOut(order=o, theirs_fen=t, ours_fen=u) for o, t, u in d.differing],
            compared_at=d.compared_at,
        )
        for d in api_sources.days(ctx, source_id, limit)
    ]  # fmt: skip


@router.api_route(
    "/hooks/sources/{hook}",
    methods=["GET", "POST"],
    include_in_schema=False,
    dependencies=[
        Depends(PublicRoute("platforms send their messages here; each is believed by its signature alone")),
        Depends(api.place, scope="function"),
    ],
)
def message(hook: str, message: Arrived, request: Request) -> Response:
    """Take a message of a platform; its facts are committed before it is answered."""
    house = request.app.state.house
    status, body, media_type = api_sources.receive(house.db, house.make_ctx, hook, message)
    return Response(body, status, media_type=media_type)
