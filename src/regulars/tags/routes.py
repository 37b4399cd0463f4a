"""Tags over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from regulars.core.ctx import Ctx
from regulars.tags import api, api_setting
from regulars.tags.api import Draft
from regulars.tags.contract import Origin, PersonTag, Received, Setting, State, Tag, Value, Wanted
from regulars.workspace import api_access
from regulars.workspace.api import Permitted
from regulars.workspace.contract import Operation

router = APIRouter(prefix="/api", tags=["tags"])

Read = Annotated[Ctx, Permitted("segments.read")]
Write = Annotated[Ctx, Permitted("segments.write")]
Tagger = Annotated[Ctx, Permitted("customers.write")]


class TagOut(BaseModel):
    """A tag. people: who has any value, as far as the asker reaches. error: why the last refresh failed, else empty.

    definition: by origin; see the page on tags.
    """

    id: int
    folder: str
    name: str
    origin: Origin
    description: str
    owner: str
    definition: Mapping[str, Any]
    values: tuple[Value, ...]
    people: int
    state: State
    error: str
    as_of_on: date | None
    refreshed_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, tag: Tag) -> TagOut:
        """Build from the room's noun."""
        return cls(**{name: getattr(tag, name) for name in cls.model_fields})


class TagList(BaseModel):
    """A part of the list of tags, by folder and name. total: of all that are asked for.

    of_people: all customers, of whom a coverage is a share. folders: how many of all tags lie in each folder itself.
    """

    items: list[TagOut]
    of_people: int
    next_cursor: str | None
    total: int
    folders: dict[str, int]


class TagIn(BaseModel):
    """A tag as it is written down. folder: names with "/". owner: empty = whoever asks."""

    name: str = Field(max_length=200)
    folder: str = Field(default="", max_length=400)
    description: str = Field(default="", max_length=2_000)
    owner: str = Field(default="", max_length=100)
    definition: dict[str, Any]

    def draft(self) -> Draft:
        """Return the room's noun."""
        return Draft(**self.model_dump())


class DefinitionIn(BaseModel):
    """What a tag that is worked out would be made of."""

    definition: dict[str, Any]


class PeopleOut(BaseModel):
    """How many people each value would have, in order. of_people: all customers."""

    people: list[int]
    of_people: int


class DayOut(BaseModel):
    """A business day on which a value was refreshed. people: by number of the value, as of the day's end or now."""

    on: date
    people: dict[int, int]


class DayList(BaseModel):
    """Coverage by day, ascending."""

    items: list[DayOut]


class ChangeOut(BaseModel):
    """Who changed what of a tag. before, after: as it was written down."""

    id: int
    at: datetime
    actor_name: str
    action: str
    before: Any
    after: Any


class ChangeList(BaseModel):
    """Changes of a tag, newest first."""

    items: list[ChangeOut]
    next_cursor: str | None


class ReceivedList(BaseModel):
    """What came in, the commonest first."""

    items: list[Received]


class PersonTagList(BaseModel):
    """A person's tags by folder and name."""

    items: list[PersonTag]


class ValueIn(BaseModel):
    """The value to set; null takes it away."""

    no: int | None


class SegmentValueIn(BaseModel):
    """The value to set on everybody in a segment."""

    segment_id: int
    no: int


class TaskOut(BaseModel):
    """A setting on a segment. done: people so far. undone: it was taken back, or is being."""

    id: int
    title: str
    state: str
    done: int
    total: int
    message: str
    actor: str
    started_at: datetime
    undone: bool


class TaskList(BaseModel):
    """Settings of a tag on segments, newest first."""

    items: list[TaskOut]


def _task(one: Operation, *, undone: bool = False) -> TaskOut:
    return TaskOut(undone=undone, **{n: getattr(one, n) for n in TaskOut.model_fields if n != "undone"})


def _wanted(
    q: Annotated[str, Query(max_length=200)] = "",
    folder: Annotated[str, Query(max_length=400)] = "",
    origin: Origin | None = None,
) -> Wanted:
    return Wanted(q, folder, origin)


@router.get("/tags")
def tags(
    ctx: Read,
    wanted: Annotated[Wanted, Depends(_wanted)],
    cursor: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TagList:
    """List the brand's tags. q: letters of the name. folder: in it or below."""
    found = api.listed(ctx, wanted, after=cursor, limit=limit)
    return TagList(
        items=[TagOut.of(tag) for tag in found],
        of_people=api.of_everybody(ctx),
        next_cursor=str(found[-1].id) if len(found) == limit else None,
        total=api.total(ctx, wanted),
        folders=api.folders(ctx),
    )


@router.post("/tags", status_code=201)
def create(body: TagIn, ctx: Write) -> TagOut:
    """Make a tag and find the people of each value."""
    return TagOut.of(api.create(ctx, body.draft()))


@router.post("/tags/preview")
def preview(body: DefinitionIn, ctx: Read) -> PeopleOut:
    """Count each value's people without keeping anything."""
    return PeopleOut(people=api.preview(ctx, body.definition), of_people=api.of_everybody(ctx))


@router.get("/tags/of/{uid}")
def of_person(uid: int, ctx: Annotated[Ctx, Permitted("customers.read")]) -> PersonTagList:
    """List a customer's tags, with where they come from and since when."""
    return PersonTagList(items=api.of_person(ctx, uid))


@router.get("/tags/{tag_id}")
def tag(tag_id: int, ctx: Read) -> TagOut:
    """Return one tag."""
    return TagOut.of(api.get(ctx, tag_id))


@router.put("/tags/{tag_id}")
def update(tag_id: int, body: TagIn, ctx: Write) -> TagOut:
    """Change a tag's words and values; where it comes from stays."""
    return TagOut.of(api.update(ctx, tag_id, body.draft()))


@router.delete("/tags/{tag_id}", status_code=204)
def retire(tag_id: int, ctx: Write) -> None:
    """Take a tag out of use, unless a segment is built on it."""
    api.retire(ctx, tag_id)


@router.get("/tags/{tag_id}/days")
def days(tag_id: int, ctx: Read, last: Annotated[int, Query(ge=1, le=366)] = 90) -> DayList:
    """Return coverage by business day, of everybody."""
    return DayList(items=[DayOut(on=on, people=people) for on, people in api.people_by_day(ctx, tag_id, last)])


@router.get("/tags/{tag_id}/changes")
def changes(tag_id: int, ctx: Read, cursor: str | None = None) -> ChangeList:
    """Return who changed what of a tag, newest first."""
    api.get(ctx, tag_id)
    wanted = api_access.AuditFilter(object_kind="tag", object_id=str(tag_id))
    found, following = api_access.audit_log(ctx, wanted, cursor, 50)
    return ChangeList(
        items=[ChangeOut(**{n: getattr(e, n) for n in ChangeOut.model_fields}) for e in found], next_cursor=following
    )


@router.get("/tags/{tag_id}/received")
def received(tag_id: int, ctx: Read) -> ReceivedList:
    """Return the values that came in for an imported tag, listed or not."""
    return ReceivedList(items=api.received(ctx, tag_id))


@router.post("/tags/{tag_id}/collect", status_code=202)
def collect(tag_id: int, ctx: Write) -> TaskOut:
    """Fill an imported tag from what was sent before it was made."""
    return _task(api_setting.collect(ctx, tag_id))


@router.put("/tags/{tag_id}/people/{uid}", status_code=202)
def set_on_person(tag_id: int, uid: int, body: ValueIn, ctx: Tagger) -> None:
    """Set a manual tag on one customer, or take it away; it shows within seconds."""
    api_setting.set_on_person(ctx, tag_id, uid, body.no)


@router.get("/tags/{tag_id}/settings")
def settings(tag_id: int, ctx: Read) -> TaskList:
    """List the settings of a tag on segments."""
    return TaskList(items=[_task(one, undone=undone) for one, undone in api_setting.settings(ctx, tag_id)])


@router.post("/tags/{tag_id}/settings/preview")
def look(tag_id: int, body: SegmentValueIn, ctx: Read) -> Setting:
    """Say what setting a value on a segment would do."""
    return api_setting.look(ctx, tag_id, body.segment_id, body.no)


@router.post("/tags/{tag_id}/settings", status_code=202)
def set_on_segment(tag_id: int, body: SegmentValueIn, ctx: Write) -> TaskOut:
    """Set a value on everybody in a segment, in the background."""
    ctx.require("customers.write")
    return _task(api_setting.ask(ctx, tag_id, body.segment_id, body.no))


@router.post("/tags/{tag_id}/settings/{operation_id}/undo", status_code=202)
def undo(tag_id: int, operation_id: int, ctx: Write) -> TaskOut:
    """Take a setting back from everybody whose value nobody has changed since."""
    ctx.require("customers.write")
    return _task(api_setting.undo(ctx, tag_id, operation_id))
