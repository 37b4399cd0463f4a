"""What other rooms may hold of profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

import pyarrow as pa

from regulars.core.errors import NotFound
from regulars.identity.contract import KnownIdentifier

ConsentState = Literal["granted", "withdrawn"]
Purpose = Literal["marketing", "service", "profiling", "sharing"]
RequestKind = Literal["copy", "erase", "correct", "consent"]
RequestState = Literal["running", "done", "failed", "cancelled"]
Attribute = Literal["name", "birthday", "gender", "province", "city"]
Sort = Literal["last_order_on", "net_fen", "purchase_number"]


@dataclass(frozen=True, slots=True)
class Members:
    """People as the lake names them. sql: SELECT of `uid`, with or without people beyond the scope; its values."""

    sql: str
    parameters: Mapping[str, Any]


T = TypeVar("T")


TELLING = frozenset(
    {"order.placed", "order.refunded", "person.identified", "person.tagged", "member.joined", "consent.changed"}
)
"""Events that change more of a person's state than the last day they were seen."""

NOT_THEIRS = ("message.sent", "message.delivered", "message.failed", "person.tagged")
"""Events that happen to a person without the person doing anything."""

STATE, SEEN = "state", "seen"


def touched_by(event_type: str) -> frozenset[str]:
    """Return what an event touches of its person, as far as rules can ask.

    STATE: any field of the person, orders and lines. SEEN: the last day the person was there, and that somebody is
    on record at all. "event:<type>": the rows of that relation.
    """
    if event_type in TELLING:
        return frozenset({STATE, SEEN, f"event:{event_type}"})
    seen = () if event_type in NOT_THEIRS else (SEEN,)
    return frozenset({*seen, f"event:{event_type}"})


class PersonNotFound(NotFound):
    """There is no such person in this brand, or not within the caller's scope."""

    code = "person.not_found"


@dataclass(frozen=True, slots=True)
class SettledLines:
    """Order lines with the suids of their documents. shrunk: documents of which fewer lines are left.

    version: from before the documents were read, so that of two writers the one that knows more wins.
    """

    lines: pa.Table
    shrunk: pa.Table
    version: int


@dataclass(frozen=True, slots=True)
class AttributeFact:
    """Something learnt about a person.

    key: gender, province, city, cell, birth_md and "tag:<number>" stay in plain; every other is personal.

    known_at: when it was so; the newest value wins. known_on: that instant's business day.
    """

    suid: int
    key: str
    value: str
    known_at: datetime
    known_on: date


@dataclass(frozen=True, slots=True)
class MembershipFact:
    """Somebody joined the brand's club."""

    suid: int
    joined_at: datetime
    joined_on: date
    shop: str = ""
    store: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """Somebody granted or withdrew consent. basis: where it comes from, shown beside it. source: tells repeats."""

    suid: int
    channel: str
    purpose: str
    state: ConsentState
    changed_at: datetime
    changed_on: date
    basis: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's newest word on a channel and purpose."""

    channel: str
    purpose: str
    state: ConsentState
    basis: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A line of the list of customers. rfm: scores 1 to 5, 0 without a purchase. Money in fen, order net.

    matched: by what the text searched names the person: namespaces of identifiers, "order", "name", "number".
    values: of the columns asked for, by field key; JSON-safe, None = not known.
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
    matched: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Person:
    """One person. state: the columns of user_state; attributes: coarse values in plain, personal ones masked."""

    uid: int
    label: str
    anonymous: bool
    state: Mapping[str, Any]
    identifiers: tuple[KnownIdentifier, ...]
    consents: tuple[Consent, ...]
    attributes: Mapping[str, str]
    panels: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict[str, "list[dict[str, Any]]"])


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a person. net_fen = gross_fen - refunded_fen, whenever it was given back."""

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


@dataclass(frozen=True, slots=True)
class Moment:
    """Something on a person's timeline: an event, or a document that came by file. props: free of PII."""

    occurred_at: datetime
    type: str
    origin: str
    shop: str
    props: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list. next_cursor: give it back for the next part; None at the end."""

    items: tuple[T, ...]
    next_cursor: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """What somebody now allows or no longer allows."""

    channel: str
    purpose: Purpose
    state: ConsentState


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """What a person asked for of their rights, and what came of it; free of personal data but for `reason`.

    held: room -> part -> how many records there were. gone: room -> rows deleted. told: what was corrected (attribute
    keys), or allowed and withdrawn ("channel purpose state"). file_until: of the copy, None = there is no file (any
    more). suids: the person's numbers when they asked.
    """

    id: int
    number: str
    kind: RequestKind
    state: RequestState
    uid: int
    suids: tuple[int, ...]
    reason: str
    actor: str
    asked_at: datetime
    ended_at: datetime | None
    held: Mapping[str, Mapping[str, int]]
    gone: Mapping[str, int]
    told: tuple[str, ...]
    message: str
    operation_id: int | None
    file_until: datetime | None
    downloaded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody of the staff wrote about a person. own: by whoever asks, who alone may change it."""

    id: UUID
    text: str
    author: str
    written_at: datetime
    edited_at: datetime | None
    own: bool
