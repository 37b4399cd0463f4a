"""Customers over HTTP: the list, one person's page, orders, timeline, refunds that found no sale."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from regulars.core.ctx import Ctx
from regulars.identity import api as identity
from regulars.profiles import api
from regulars.profiles.contract import ConsentState, CustomerRow, Person, PersonNotFound, Sort
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api", tags=["customers"])
_Reader = Annotated[Ctx, Permitted("customers.read")]
_Limit = Annotated[int, Query(ge=1, le=200)]


class CustomerOut(BaseModel):
    """A line of the list. label: the masked strongest identifier; money in minor units, order net."""

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

    @classmethod
    def of(cls, row: CustomerRow) -> CustomerOut:
        """Build from the room's noun."""
        return cls(**asdict(row))


class CustomerList(BaseModel):
    """A part of the list of customers. total: with the first part only."""

    items: list[CustomerOut]
    next_cursor: str | None
    total: int | None
    currency: str


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
    title: dict[str, str]
    origin: str
    shop: str
    props: dict[str, Any]


class MomentList(BaseModel):
    """A part of a person's timeline."""

    items: list[MomentOut]
    next_cursor: str | None
    total: int | None = None


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


@router.get("/customers")
def customers(
    ctx: _Reader,
    q: Annotated[str, Query(max_length=200)] = "",
    sort: Sort = "last_order_on",
    cursor: str | None = None,
    limit: _Limit = 50,
    segment_id: int | None = None,
) -> CustomerList:
    """List customers, highest first. q: an identifier's exact value, or a customer's number."""
    page = api.search(ctx, q, sort=sort, cursor=cursor, limit=limit, segment_id=segment_id)
    return CustomerList(
        items=[CustomerOut.of(row) for row in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
        currency=ctx.currency,
    )


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
def timeline(uid: int, ctx: _Reader, cursor: str | None = None, limit: _Limit = 50) -> MomentList:
    """List what happened with a person, newest first."""
    page = api.timeline(ctx, uid, cursor, limit)
    items = [
        MomentOut(
            occurred_at=m.occurred_at,
            type=m.type,
            title={"zh": api.title(m.type).zh, "en": api.title(m.type).en},
            origin=m.origin,
            shop=m.shop,
            props=dict(m.props),
        )
        for m in page.items
    ]
    return MomentList(items=items, next_cursor=page.next_cursor)


@router.get("/refunds/unmatched")
def unmatched_refunds(ctx: _Reader, cursor: str | None = None, limit: _Limit = 50) -> UnmatchedRefundList:
    """List refunds that found no earlier sale; they count in the cash net only."""
    page = api.unmatched_refunds(ctx, cursor, limit)
    return UnmatchedRefundList(items=[UnmatchedRefund(**r) for r in page.items], next_cursor=page.next_cursor)
