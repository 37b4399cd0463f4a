"""The nouns of audience packages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from regulars.core import registry
from regulars.core.errors import Conflict, NotFound
from regulars.core.text import Text
from regulars.platforms.contract import Session

PURPOSE = "sharing"
"""The purpose of consent that an audience rests on; the channel is the recipient it was given for."""

LEAST_PEOPLE = 1_000
KEEP_DAYS = 7

Kind = Literal["phone", "email", "openid", "unionid", "device"]
Form = Literal["", "e164", "digits", "national", "lower", "upper"]
Hash = Literal["plain", "md5", "sha256", "sm3"]
Part = Literal["whole", "added", "removed"]
State = Literal["running", "ready", "expired", "failed", "cancelled"]
TargetState = Literal["new", "pushing", "processing", "ready", "too_small", "failed", "expired"]

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


# --- destinations -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Writing:
    """A way to write identifiers that a platform takes. id_type: the platform's name of it."""

    kind: Kind
    form: Form
    hash: Hash
    id_type: str


@dataclass(frozen=True, slots=True)
class Upload:
    """Lines to put into an audience on a platform, or to take out of it. key: the same uploads once."""

    remote_id: str
    id_type: str
    mode: Literal["add", "remove"]
    total: int
    lines: Iterable[str]
    key: str


@dataclass(frozen=True, slots=True)
class Held:
    """How an audience stands on its platform. size: identifiers in it; matched: people it knows among them.

    failed: what was uploaded last could not be processed. expired: the platform has dropped it. said: why.
    """

    state: Literal["processing", "ready", "too_small", "failed", "expired"]
    size: int = 0
    matched: int = 0
    said: str = ""


class DestinationConfig(BaseModel):
    """Settings every destination has."""

    model_config = ConfigDict(extra="forbid")
    account_id: int = Field(gt=0, title="Account")


class Destination(registry.Kind, ABC):
    """An ad platform that takes packages by its own interface. platform: whose account its settings name.

    writings: what it takes; a package has one of them. least: identifiers below which it does not use an audience.
    Methods raise PlatformError as its client does.
    """

    platform: ClassVar[str]
    writings: ClassVar[tuple[Writing, ...]]
    least: ClassVar[int]
    Config: ClassVar[type[BaseModel]] = DestinationConfig

    @abstractmethod
    async def create(self, session: Session, name: str, *, id_type: str, key: str) -> str:
        """Make an empty audience and return its id; the same key makes it once."""

    @abstractmethod
    async def upload(self, session: Session, upload: Upload) -> None:
        """Put lines in or take them out."""

    @abstractmethod
    async def held(self, session: Session, remote_id: str) -> Held:
        """Return how an audience stands."""


destinations: registry.Registry[Destination] = registry.Registry("destinations", Destination)
"""The destination kinds; read through api_targets.destination_kinds, which loads the folder first."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a package is uploaded. renew_days: prepared and uploaded again after so many days, 0 = when asked.

    remote_id: the audience on the platform, "" = none yet; made through remote_account_id. fresh: nothing in it has
    been confirmed yet, so that a whole belongs there. delivery_id: last uploaded.
    size, matched, message: as the platform told at told_at. tries: in a row that ended badly.
    """

    audience_id: int
    kind: str
    account_id: int
    renew_days: int
    remote_id: str
    remote_account_id: int
    fresh: bool
    state: TargetState
    delivery_id: int
    size: int
    matched: int
    message: str
    tries: int
    asked_at: datetime | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An account to which packages can be uploaded."""

    kind: str
    title: Text
    account_id: int
    account: str
    least: int
    writings: tuple[Writing, ...]
