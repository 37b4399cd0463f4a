"""Customers over HTTP: the list, one person's page, orders, timeline, refunds that found no sale."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from regulars.core import sheet
from regulars.core.clock import Day
from regulars.core.ctx import Ctx
from regulars.core.sheet import watermark
from regulars.core.text import Text
from regulars.core.words import reader
from regulars.identity import api as identity
from regulars.profiles import api
from regulars.profiles.contract import ConsentState, CustomerRow, Person, PersonNotFound, Sort
from regulars.workspace import api as workspace
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api", tags=["customers"])
_Reader = Annotated[Ctx, Permitted("customers.read")]
_Limit = Annotated[int, Query(ge=1, le=200)]


class CustomerOut(BaseModel):
    """A line of the list. label: the masked strongest identifier; money in minor units, order net.

    matched: by what the text searched names the person: kinds of identifiers, order, name, number. values: of the
    columns asked for, by field; null = not known.
    """

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
    matched: list[str]
    values: dict[str, Any]

    @classmethod
    def of(cls, row: CustomerRow) -> CustomerOut:
        """Build from the room's noun."""
        return cls(**asdict(row))


class CustomerList(BaseModel):
    """A part of the list of customers. total: with the first part only.

    searchable: by what customers can be searched, told where a search found nobody.
    """

    items: list[CustomerOut]
    next_cursor: str | None
    total: int | None
    currency: str
    searchable: list[str] | None = None


class IdentifierOut(BaseModel):
    """An identifier, masked."""

    id: int
    ns: str
    scope: str
    masked: str
    first_seen_at: datetime | None
    suid: int | None


class ConsentOut(BaseModel):
    """The newest word on a channel and purpose."""

    channel: str
    purpose: str
    state: ConsentState
    basis: str
    changed_at: datetime


class PersonOut(BaseModel):
    """One person's page. state: the columns of user_state; segments, messages: sections of other rooms."""

    uid: int
    label: str
    anonymous: bool
    currency: str
    state: dict[str, Any]
    identifiers: list[IdentifierOut]
    consents: list[ConsentOut]
    attributes: dict[str, str]
    segments: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    panels: dict[str, list[dict[str, Any]]]

    @classmethod
    def of(cls, person: Person, currency: str) -> PersonOut:
        """Build from the room's noun."""
        panels = dict(person.panels)
        return cls(
            uid=person.uid,
            label=person.label,
            anonymous=person.anonymous,
            currency=currency,
            state=dict(person.state),
            identifiers=[IdentifierOut(**_without(asdict(i), "uid")) for i in person.identifiers],
            consents=[ConsentOut(**asdict(c)) for c in person.consents],
            attributes=dict(person.attributes),
            segments=panels.pop("segments", []),
            messages=panels.pop("messages", []),
            panels=panels,
        )


def _without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {k: v for k, v in values.items() if k != name}


class OrderOut(BaseModel):
    """An order. net_fen: after refunds, whenever they were given."""

    shop: str
    order_id: str
    ordered_at: datetime
    business_on: date
    lines: int
    units: int
    gross_fen: int
    refunded_fen: int
    net_fen: int
    currency: str


class OrderList(BaseModel):
    """A part of a person's orders."""

    items: list[OrderOut]
    next_cursor: str | None
    total: int | None = None


class MomentOut(BaseModel):
    """Something on the timeline."""

    occurred_at: datetime
    type: str
    title: Text
    origin: str
    shop: str
    props: dict[str, Any]


class MomentList(BaseModel):
    """A part of a person's timeline."""

    items: list[MomentOut]
    next_cursor: str | None
    total: int | None = None


class MomentType(BaseModel):
    """A type of event, and how often it happened."""

    type: str
    title: Text
    count: int


class MomentTypeList(BaseModel):
    """Types of events of a person."""

    items: list[MomentType]


class ColumnOut(BaseModel):
    """A field of the person that the list can show."""

    key: str
    label: Text
    type: str
    unit: Text | None
    options: list[dict[str, Any]] | None


class ColumnList(BaseModel):
    """Fields that the list can show."""

    items: list[ColumnOut]


class UnmaskIn(BaseModel):
    """Which value, and why it must be seen."""

    identifier_id: int
    reason: str
    ns: str = ""


class UnmaskedOut(BaseModel):
    """A value in plain."""

    value: str


class UnmatchedRefund(BaseModel):
    """A refund line of which a part found no earlier sale; money in minor units, given back."""

    uid: int
    shop: str
    document_id: str
    ordinal: int
    refund_on: date
    unmatched_quantity: int
    unmatched_fen: int


class UnmatchedRefundList(BaseModel):
    """A part of the refunds that found no sale."""

    items: list[UnmatchedRefund]
    next_cursor: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the list is asked for. q: see `customers`. columns: fields of the person, by commas."""

    q: Annotated[str, Query(max_length=200)] = ""
    sort: Sort = "last_order_on"
    segment_id: int | None = None
    columns: Annotated[str, Query(max_length=2_000)] = ""

    def filters(self) -> dict[str, Any]:
        """Return what `api.search` calls these."""
        return {"q": self.q, "sort": self.sort, "segment_id": self.segment_id, "shown": _keys(self.columns)}


@router.get("/customers")
def customers(
    ctx: _Reader, asked: Annotated[Asked, Depends()], cursor: str | None = None, limit: _Limit = 50
) -> CustomerList:
    """List customers, highest first.

    q: an identifier's exact value, an order's number, a name in full, or a customer's number. columns: fields of the
    person to show, by commas.
    """
    page = api.search(ctx, cursor=cursor, limit=limit, **asked.filters())
    return CustomerList(
        items=[CustomerOut.of(row) for row in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
        currency=ctx.currency,
        searchable=api.searchable(ctx) if asked.q.strip() and not page.items else None,
    )


def _keys(columns: str) -> list[str]:
    return [key for key in columns.split(",") if key]


@router.get("/customer-columns")
def customer_columns(_ctx: _Reader) -> ColumnList:
    """List the fields of a person that the list can show."""
    return ColumnList(items=[ColumnOut(**{n: one.json()[n] for n in ColumnOut.model_fields}) for one in api.columns()])


@router.get("/customers.csv", response_class=StreamingResponse, responses=sheet.ANSWER)
def export(
    request: Request, ctx: Annotated[Ctx, Permitted("customers.export")], asked: Annotated[Asked, Depends()]
) -> StreamingResponse:
    """Download the list, masked, as CSV; its first line says who took it, when, how many. Audited before a row leaves.

    Headers and words are in the language of the query's `lang` (zh, en), else of Accept-Language.
    """
    filters, lang = asked.filters(), reader.get()
    total = api.search(ctx, limit=1, **filters).total or 0
    told = {"customers": total, "columns": filters["shown"], "segment_id": asked.segment_id, "searched": bool(asked.q)}
    workspace.audit(ctx, "customers.exported", "brand", ctx.brand_id, after=told)
    mark = watermark(ctx, total, lang)
    return workspace.sheet_file(request, ctx, "customers.csv", lambda own: api.rows_as_csv(own, mark, lang, **filters))


@router.get("/customers/{uid}")
def customer(uid: int, ctx: _Reader) -> PersonOut:
    """Return one person's page."""
    return PersonOut.of(api.person(ctx, uid), ctx.currency)


@router.post("/customers/{uid}/unmask")
def unmask(uid: int, body: UnmaskIn, ctx: Annotated[Ctx, Permitted("customers.unmask")]) -> UnmaskedOut:
    """Return an identifier in plain; who saw it and why is kept in the audit log."""
    own = {i.id for i in api.person(ctx, uid).identifiers}
    if body.identifier_id not in own:
        raise PersonNotFound("This customer has no such identifier.", "Open the customer's page again.")
    return UnmaskedOut(value=identity.reveal(ctx, body.identifier_id, body.reason))


@router.get("/customers/{uid}/orders")
def orders(uid: int, ctx: _Reader, cursor: str | None = None, limit: _Limit = 50) -> OrderList:
    """List a person's orders, newest first."""
    page = api.orders(ctx, uid, cursor, limit)
    return OrderList(items=[OrderOut(**asdict(o)) for o in page.items], next_cursor=page.next_cursor)


@router.get("/customers/{uid}/timeline")
def timeline(
    uid: int,
    ctx: _Reader,
    cursor: str | None = None,
    limit: _Limit = 50,
    types: Annotated[str, Query(max_length=2_000)] = "",
    on: Day | None = None,
) -> MomentList:
    """List what happened with a person, newest first. types: only these, by commas. on: only that day."""
    page = api.timeline(ctx, uid, cursor, limit, types=_keys(types), on=on)
    items = [
        MomentOut(
            occurred_at=m.occurred_at,
            type=m.type,
            title=api.title(m.type),
            origin=m.origin,
            shop=m.shop,
            props=dict(m.props),
        )
        for m in page.items
    ]
    return MomentList(items=items, next_cursor=page.next_cursor)


@router.get("/customers/{uid}/timeline/types")
def timeline_types(uid: int, ctx: _Reader, on: Day | None = None) -> MomentTypeList:
    """Count what happened with a person, by type, most often first."""
    found = api.timeline_types(ctx, uid, on)
    return MomentTypeList(items=[MomentType(type=t, title=api.title(t), count=n) for t, n in found.items()])


@router.get("/refunds/unmatched")
def unmatched_refunds(
    ctx: Annotated[Ctx, Permitted("customers.read", all_stores=True)], cursor: str | None = None, limit: _Limit = 50
) -> UnmatchedRefundList:
    """List refunds that found no earlier sale; they count in the cash net only."""
    page = api.unmatched_refunds(ctx, cursor, limit)
    return UnmatchedRefundList(items=[UnmatchedRefund(**r) for r in page.items], next_cursor=page.next_cursor)
