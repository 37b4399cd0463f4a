"""Segments over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from regulars.core import sheet
from regulars.core.ctx import Ctx
from regulars.core.cursor import number_of
from regulars.core.errors import BadInput
from regulars.core.rule import dump, fields, json_schema, parse
from regulars.core.sheet import watermark
from regulars.core.text import Text
from regulars.core.words import Said, reader
from regulars.segments import api, api_kept
from regulars.segments.contract import Diff, Kind, ListSort, Segment, State, Wanted
from regulars.workspace import api as workspace
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api", tags=["segments"])

Read = Annotated[Ctx, Permitted("segments.read")]
Write = Annotated[Ctx, Permitted("segments.write")]
Export = Annotated[Ctx, Permitted("segments.export")]
Limit = Annotated[int, Query(ge=1, le=200)]
RuleJson = dict[str, Any]
CANCEL_KEY = "[A-Za-z0-9-]{16,64}"


class SegmentOut(BaseModel):
    """A segment. people: as far as the asker reaches. error: why the last refresh failed, else empty.

    origin: of a fixed one, where its people came from: rule, list, campaign or lookalike; tag: it holds the people of
    a tag's value and is changed by the tag; else empty.
    """

    id: int
    name: str
    kind: Kind
    origin: str
    description: str
    owner: str
    rule: RuleJson | None
    sentence: Text
    people: int
    version: int
    state: State
    error: Said
    as_of_on: date | None
    refreshed_at: datetime | None
    created_at: datetime


class SegmentList(BaseModel):
    """A part of the list of segments. total: of all that are asked for."""

    items: list[SegmentOut]
    next_cursor: str | None
    total: int


class PreviewIn(BaseModel):
    """A rule to count. as_of: as known at the start of that day. exact: no estimate, however long it takes.

    key: made up anew by who asks, to cancel this count by.
    """

    rule: RuleJson
    as_of: date | None = None
    exact: bool = False
    key: str = Field(default="", pattern=f"^({CANCEL_KEY})?$")


class PartCostOut(BaseModel):
    """One part of the exact count. kept: its answer is there already. seconds: estimated."""

    path: str
    kept: bool
    rows: int
    seconds: float


class CostOut(BaseModel):
    """What the exact count costs, as estimated before. over: it is made only when asked for with `exact`."""

    parts: list[PartCostOut]
    rows: int
    seconds: float
    over: bool


class PreviewEachIn(BaseModel):
    """Rules to count one by one, such as the branches of one. key: made up anew by who asks, to cancel them by."""

    rules: list[RuleJson] = Field(min_length=1, max_length=100)
    key: str = Field(default="", pattern=f"^({CANCEL_KEY})?$")


class PreviewEachOut(BaseModel):
    """How many people each rule finds alone, in the order asked; null: not counted, it would take long."""

    people: list[int | None]


class CancelledOut(BaseModel):
    """Whether there was a count to cancel."""

    cancelled: bool


class PreviewOut(BaseModel):
    """How many people a rule finds; [low, high] is the 95 % interval of an estimate."""

    people: int
    estimate: bool
    low: int
    high: int
    of_people: int
    path: str
    seconds: float
    sentence: Text
    cost: CostOut


class SegmentIn(BaseModel):
    """A new segment: from a rule, or, static, from a list of customers' numbers."""

    name: str = Field(max_length=200)
    kind: Kind = "dynamic"
    rule: RuleJson | None = None
    uids: list[int] | None = Field(default=None, max_length=1_000_000)
    description: str = Field(default="", max_length=2_000)


class SegmentChange(BaseModel):
    """New words, and for a dynamic segment a new rule."""

    name: str = Field(max_length=200)
    description: str = Field(default="", max_length=2_000)
    rule: RuleJson | None = None


class CombineIn(BaseModel):
    """Segments to unite, to intersect, or to take from the first."""

    op: Literal["union", "intersect", "subtract"]
    segment_ids: list[int] = Field(min_length=2, max_length=50)


class RuleOut(BaseModel):
    """A rule and its sentence."""

    rule: RuleJson
    sentence: Text


class CustomerOut(BaseModel):
    """A member, masked, as in the list of customers."""

    uid: int
    label: str
    anonymous: bool
    purchase_number: int
    ladder_step: int
    net_fen: int
    first_order_on: date | None
    last_order_on: date | None
    region: str
    favourite_category: str
    rfm: tuple[int, int, int]


class MemberList(BaseModel):
    """Members, by number."""

    items: list[CustomerOut]
    next_cursor: str | None
    total: int


class DiffOut(BaseModel):
    """What one refresh changed. whole: everybody was evaluated.

    drift: of a weekly check, how many people were in or out wrongly; null otherwise.
    """

    version: int
    at: datetime
    as_of_on: date
    whole: bool
    joined: int
    left: int
    people: int
    path: str
    drift: int | None

    @classmethod
    def of(cls, diff: Diff) -> DiffOut:
        """Build from the room's noun."""
        return cls(**{name: getattr(diff, name) for name in cls.model_fields})


class DiffList(BaseModel):
    """Refreshes, newest first."""

    items: list[DiffOut]
    next_cursor: str | None
    total: None = None


class ReasonOut(BaseModel):
    """One condition for one person. found: what is known; null = nothing."""

    ok: bool
    condition: Text
    path: str
    found: Any


class WhyOut(BaseModel):
    """Whether a person is in (`in`), whether the rule holds right now, and condition by condition why."""

    inside: bool = Field(serialization_alias="in")
    matches: bool | None
    reasons: list[ReasonOut]


def _out(ctx: Ctx, segment: Segment) -> SegmentOut:
    same = {
        name: getattr(segment, name) for name in SegmentOut.model_fields if name not in {"rule", "sentence", "origin"}
    }
    return SegmentOut(
        **same,
        origin="tag" if segment.of_tag else segment.made_from.get("from", ""),
        rule=dump(segment.rule) if segment.rule is not None else None,
        sentence=api.sentence_of(ctx, segment.rule, segment.made_from),
    )


def _for_audit(segment: Segment) -> dict[str, Any]:
    rule = dump(segment.rule) if segment.rule is not None else None
    return {"name": segment.name, "kind": segment.kind, "rule": rule, "people": segment.people}


@router.get("/rules/catalog")
def catalog(ctx: Read) -> dict[str, Any]:
    """Return what rules can ask: relations with fields, operators, tags, and the JSON schema of the tree.

    tags: each with its values; the condition that somebody has one is `in_segment` of the value's segment.
    """
    return {**fields.json(), "tags": api_kept.choices(ctx), "schema": json_schema()}


@router.post("/segments/preview")
def preview(body: PreviewIn, ctx: Read) -> PreviewOut:
    """Count a rule's people without keeping them."""
    rule = parse(body.rule)
    found = api.preview(ctx, rule, as_of=body.as_of, exact=body.exact, key=body.key)
    same = {name: getattr(found, name) for name in PreviewOut.model_fields if name not in {"sentence", "cost"}}
    return PreviewOut(**same, sentence=found.sentence, cost=CostOut(**asdict(found.cost)))


@router.post("/segments/preview/each")
def preview_each(body: PreviewEachIn, ctx: Read) -> PreviewEachOut:
    """Count each of some rules alone, as far as that is quick."""
    return PreviewEachOut(people=api.preview_each(ctx, [parse(rule) for rule in body.rules], key=body.key))


@router.post("/segments/preview/{key}/cancel")
def cancel_preview(key: Annotated[str, Path(pattern=f"^{CANCEL_KEY}$")], ctx: Read) -> CancelledOut:
    """End a count that one's own preview of this key runs, here or in another process."""
    return CancelledOut(cancelled=api.cancel_preview(ctx, key))


@router.post("/segments/combine")
def combine(body: CombineIn, ctx: Read) -> RuleOut:
    """Return the rule that combines segments; count it by preview, keep it by creating a segment."""
    rule = api.combine(ctx, body.op, body.segment_ids)
    return RuleOut(rule=dump(rule), sentence=api.sentence_of(ctx, rule))


def _wanted(
    q: Annotated[str, Query(max_length=200)] = "",
    kind: Kind | None = None,
    sort: ListSort = "newest",
    *,
    failed: bool = False,
) -> Wanted:
    return Wanted(q, kind, failed, sort)


Asked = Annotated[Wanted, Depends(_wanted)]


@router.get("/segments")
def segments(ctx: Read, wanted: Asked, cursor: str | None = None, limit: Limit = 50) -> SegmentList:
    """List the brand's segments. q: letters of the name. failed: those whose last refresh failed."""
    found = api.listed(ctx, wanted, after=number_of(cursor) or None, limit=limit)
    following = str(found[-1].id) if len(found) == limit else None
    return SegmentList(items=[_out(ctx, s) for s in found], next_cursor=following, total=api.total(ctx, wanted))


@router.get("/segments.csv", response_class=StreamingResponse, responses=sheet.ANSWER)
def export_list(request: Request, ctx: Export, asked: Asked, ids: workspace.Ids = "") -> StreamingResponse:
    """Download the list of segments as CSV; its first line says who took it, when, how many. Audited.

    The list as it is asked for; ids: of it only these, by commas. Language: as of a segment's export.
    """
    wanted, lang = workspace.chosen(ids), reader.get()
    found = [s for s in api.listed(ctx, asked, limit=None) if not wanted or s.id in wanted]
    workspace.audit(ctx, "segments.exported", "brand", ctx.brand_id, after={"segments": [s.id for s in found]})
    mark = watermark(ctx, len(found), lang)
    return workspace.sheet_file(request, ctx, "segments.csv", lambda own: api.list_as_csv(own, found, mark, lang))


@router.post("/segments", status_code=201)
def create(body: SegmentIn, ctx: Write) -> SegmentOut:
    """Make a segment and fill it."""
    if body.kind == "static" and body.uids is not None and body.rule is None:
        made = api.create_static(ctx, name=body.name, uids=body.uids, description=body.description)
    elif body.rule is not None and body.uids is None:
        rule = parse(body.rule)
        made = api.create(ctx, name=body.name, kind=body.kind, rule=rule, description=body.description)
    else:
        raise BadInput("A segment is made from a rule; a static one from a rule or a list.", "Give one of the two.")
    workspace.audit(ctx, "segment.created", "segment", made.id, after=_for_audit(made))
    return _out(ctx, made)


@router.get("/segments/{segment_id}")
def segment(segment_id: int, ctx: Read) -> SegmentOut:
    """Return one segment."""
    return _out(ctx, api.get(ctx, segment_id))


@router.put("/segments/{segment_id}")
def update(segment_id: int, body: SegmentChange, ctx: Write) -> SegmentOut:
    """Change a segment's words or rule; a new rule is evaluated at once."""
    before = api_kept.own(ctx, segment_id)
    rule = parse(body.rule) if body.rule is not None else None
    after = api.update(ctx, segment_id, name=body.name, description=body.description, rule=rule)
    workspace.audit(ctx, "segment.changed", "segment", segment_id, before=_for_audit(before), after=_for_audit(after))
    return _out(ctx, after)


@router.delete("/segments/{segment_id}", status_code=204)
def delete(segment_id: int, ctx: Write) -> None:
    """Delete a segment that no other is built on."""
    api_kept.own(ctx, segment_id)
    gone = api.delete(ctx, segment_id)
    workspace.audit(ctx, "segment.deleted", "segment", segment_id, before=_for_audit(gone))


@router.post("/segments/{segment_id}/restore")
def restore(segment_id: int, ctx: Write) -> SegmentOut:
    """Take back a deletion of the last minutes."""
    back = api.restore(ctx, segment_id)
    workspace.audit(ctx, "segment.restored", "segment", segment_id, after=_for_audit(back))
    return _out(ctx, back)


@router.post("/segments/{segment_id}/refresh")
def refresh(segment_id: int, ctx: Write) -> SegmentOut:
    """Evaluate a dynamic segment for everybody, now."""
    done = api.refresh(ctx, segment_id)
    workspace.audit(ctx, "segment.refreshed", "segment", segment_id, after={"version": done.version})
    return _out(ctx, done)


@router.get("/segments/{segment_id}/members")
def members(segment_id: int, ctx: Read, cursor: str | None = None, limit: Limit = 50) -> MemberList:
    """List a segment's members by number, masked."""
    ctx.require("customers.read")
    rows, following = api.members_page(ctx, segment_id, after=number_of(cursor), limit=limit)
    return MemberList(
        items=[CustomerOut(**{name: getattr(row, name) for name in CustomerOut.model_fields}) for row in rows],
        next_cursor=str(following) if following is not None else None,
        total=api.count(ctx, segment_id),
    )


@router.get("/segments/{segment_id}/diffs")
def diffs(segment_id: int, ctx: Read, cursor: str | None = None, limit: Limit = 50) -> DiffList:
    """List what the refreshes of a segment changed, newest first."""
    found = api.diffs(ctx, segment_id, before=number_of(cursor) or None, limit=limit)
    following = str(found[-1].version) if len(found) == limit else None
    return DiffList(items=[DiffOut.of(d) for d in found], next_cursor=following)


@router.get("/segments/{segment_id}/why/{uid}")
def why(segment_id: int, uid: int, ctx: Read) -> WhyOut:
    """Tell why a person is in a segment, or is not."""
    ctx.require("customers.read")
    found = api.why(ctx, segment_id, uid)
    return WhyOut(
        inside=found.member,
        matches=found.matches,
        reasons=[ReasonOut(ok=r.ok, condition=r.condition, path=r.path, found=r.found) for r in found.reasons],
    )


@router.get("/segments/{segment_id}/export.csv", response_class=StreamingResponse, responses=sheet.ANSWER)
def export(segment_id: int, request: Request, ctx: Export) -> StreamingResponse:
    """Download the members, masked, as CSV; its first line says who took it, when, how many. Audited before that.

    Headers are in the language of the query's `lang` (zh, en), else of Accept-Language.
    """
    found, people, lang = api.get(ctx, segment_id), api.count(ctx, segment_id), reader.get()
    workspace.audit(ctx, "segment.exported", "segment", segment_id, after={"people": people, "version": found.version})
    mark = watermark(ctx, people, lang)
    return workspace.sheet_file(
        request, ctx, f"segment-{segment_id}.csv", lambda own: api.rows_as_csv(own, segment_id, mark, lang)
    )
