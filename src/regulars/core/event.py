"""Something that happened, in the past tense, to somebody, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict

from regulars.core.errors import NotFound
from regulars.core.text import Text

Origin = Literal["live", "late", "backfill", "replay", "rebuild"]
TRIGGERING: frozenset[Origin] = frozenset({"live", "late"})
"""Origins that may trigger actions: back-filled history triggers nothing."""


class Identifier(NamedTuple):
    """Something that names a person: namespace + scope + value.

    ns: "customer_id", "phone", "email", "order", ... (policies live in `identity`). scope: where the value
    is unique, e.g. a shop; "" = the whole workspace. value: plain; only `ingest` and the vault see it.
    """

    ns: str
    scope: str
    value: str


class IdentifierRef(NamedTuple):
    """An identifier without its value: what the log, identity and the lake's neighbours handle.

    hmac: hex of the blind index (infra/crypto) of the normalised value, 32 characters.
    """

    ns: str
    scope: str
    hmac: str


class Event(msgspec.Struct, frozen=True):
    """A fact. source + source_id make it idempotent. business_on: day in the brand's zone, fixed at ingest.

    props: JSON-safe, validated by the dictionary, free of PII (the vault has it). seq: place in the log, 0
    before it is there. suid: person key given by identity; None before.
    """

    id: UUID
    brand_id: int
    type: str
    source: str
    source_id: str
    occurred_at: datetime
    recorded_at: datetime
    business_on: date
    origin: Origin = "live"
    identifiers: tuple[IdentifierRef, ...] = ()
    props: Mapping[str, Any] = msgspec.field(default_factory=dict[str, Any])
    seq: int = 0
    suid: int | None = None


@dataclass(frozen=True, slots=True)
class Pii:
    """Mark of a payload field whose value is personal: it goes to the vault as an identifier or attribute.

    ns: identifier namespace it becomes ("phone"), or "" for an attribute that is only stored encrypted.
    """

    ns: str = ""


class Payload(BaseModel):
    """Base of the dictionary: one class per event type, registered by its `type`."""

    model_config = ConfigDict(extra="allow", strict=False, frozen=True)
    type: ClassVar[str]
    title: ClassVar[Text]

    @classmethod
    def pii_fields(cls) -> dict[str, Pii]:
        """Return the fields that must never reach the log or the lake in plain."""
        return {n: m for n, f in cls.model_fields.items() for m in f.metadata if isinstance(m, Pii)}


class Dictionary:
    """The known event types. It feeds ingest checks, rule fields, reports and docs."""

    def __init__(self) -> None:
        self._payloads: dict[str, type[Payload]] = {}

    def add(self, cls: type[Payload]) -> type[Payload]:
        """Register a payload class (decorator). Raises TypeError when the type is taken."""
        if cls.type in self._payloads:
            raise TypeError(f"The event type {cls.type!r} is already in the dictionary.")
        self._payloads[cls.type] = cls
        return cls

    def get(self, event_type: str) -> type[Payload]:
        """Return the payload class. Raises NotFound naming the known types."""
        if event_type not in self._payloads:
            known = ", ".join(sorted(self._payloads))
            raise NotFound(f"The event type {event_type!r} is not in the dictionary.", f"Known types: {known}.")
        return self._payloads[event_type]

    def __contains__(self, event_type: str) -> bool:
        return event_type in self._payloads

    def __iter__(self) -> Iterator[type[Payload]]:
        return iter(self._payloads[t] for t in sorted(self._payloads))


dictionary = Dictionary()
FenAmount = Annotated[int, "minor units"]
