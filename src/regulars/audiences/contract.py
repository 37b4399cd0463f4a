"""The nouns of audience packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from regulars.core.errors import Conflict, NotFound

PURPOSE = "sharing"
"""The purpose of consent that an audience rests on; the channel is the recipient it was given for."""

LEAST_PEOPLE = 1_000
KEEP_DAYS = 7

Kind = Literal["phone", "email", "openid", "unionid", "device"]
Form = Literal["", "e164", "digits", "national", "lower", "upper"]
Hash = Literal["plain", "md5", "sha256", "sm3"]
Part = Literal["whole", "added", "removed"]
State = Literal["running", "ready", "expired", "failed", "cancelled"]

FORMS: Mapping[Kind, tuple[Form, ...]] = {
    "phone": ("e164", "digits", "national"),
    "email": ("",),
    "openid": ("",),
    "unionid": ("",),
    "device": ("", "lower", "upper"),
}
"""How a kind can be written; the first is the default. "": as it is kept, normalised."""


class AudienceNotFound(NotFound):
    """There is no such audience package in this brand."""

    code = "audience.not_found"


class DeliveryNotReady(Conflict):
    """The files are not there, not there yet, or not any more."""

    code = "audience.not_ready"


@dataclass(frozen=True, slots=True)
class Written:
    """One kind of identifier in the file. form: see FORMS. scope: of one app alone, "" = all."""

    kind: Kind
    form: Form = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """What is handed to whom. recipient: the channel under which consent to share was given.

    least_people: below it nothing is handed over. keep_days: after which the files of a delivery are deleted.
    """

    segment_id: int
    name: str
    recipient: str
    identifiers: tuple[Written, ...]
    hash: Hash
    least_people: int = LEAST_PEOPLE
    keep_days: int = KEEP_DAYS


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience package. held_lines: lines that the recipient holds for sure, by the last delivery confirmed."""

    id: int
    brand_id: int
    spec: Spec
    created_by: str
    created_at: datetime
    held_lines: int


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a delivery found. people: in the segment. holders: of them with such an identifier. consenting: agreed.

    matched: both, so in the file. by_kind: of the matched, per kind.
    """

    people: int = 0
    holders: int = 0
    consenting: int = 0
    matched: int = 0
    by_kind: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Delivery:
    """One making of the files. lines, added, removed: lines of the files.

    withdrawn: the whole audience is taken back (asked for, or too few people are left). message: why it failed.
    downloaded_at: first time that lines left the house. confirmed_at: handed over, says whoever did.
    """

    id: int
    audience_id: int
    state: State
    found: Found
    lines: int
    added: int
    removed: int
    withdrawn: bool
    message: str
    operation_id: int
    actor: str
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    downloaded_at: datetime | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody for whom people agreed to share. people: how many, as the lake knows."""

    key: str
    people: int
