"""What other rooms may hold of the tills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

NamedBy = Literal["phone", "member_no", "code"]


@dataclass(frozen=True, slots=True)
class Card:
    """What a till is shown of somebody the brand knows. name, phone: masked, "" = not known.

    member_no: "" = no member yet. last_order_on: None where the till's key does not reach any of their orders.
    tags: (tag, value) of the tags that tills are shown.
    """

    member_no: str
    name: str
    phone: str
    joined_on: date | None
    last_order_on: date | None
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Joining:
    """Somebody becomes a member. member_no: of a card handed out, "" = one is made. basis: what they agreed to.

    about: name, gender, birthday as far as told. consents: channels that may be used for marketing. occurred_at: by
    the till's clock, aware; the same for the same joining however often it is sent.
    """

    phone: str
    occurred_at: datetime
    basis: str
    consents: tuple[str, ...] = ()
    member_no: str = ""
    about: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A sale, or goods given back. amounts in minor units, positive; lines: of the event dictionary, JSON-safe.

    of_order: the sale that goods came from, "" = not known. phone, member_no: whose it is, both "" = nobody's.
    """

    kind: Literal["sale", "refund"]
    document_id: str
    occurred_at: datetime
    total_fen: int
    lines: tuple[Mapping[str, Any], ...]
    of_order: str = ""
    phone: str = ""
    member_no: str = ""
