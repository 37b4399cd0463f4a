"""What other rooms, and the kinds themselves, may hold of channels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.event import Origin
from regulars.core.registry import Kind, Registry
from regulars.infra.db import Connection
from regulars.platforms import api as platforms
from regulars.platforms.contract import Away, Incoming, Refused, Session

Purpose = Literal["marketing", "service"]
ChunkState = Literal["planned", "leased", "attempting", "sent", "unknown", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Message:
    """What is said; title and body are Liquid templates over the allowed variables. link: where {{ link }} leads."""

    title: str
    body: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Brand-local hours in which marketing is put off, half-open; start > end spans midnight, equal means none."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Frequency:
    """At most `messages` marketing messages to a person within any `days` business days, today included."""

    messages: int
    days: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person of a request, with the texts rendered for them.

    texts: those of `Channel.texts` beside title and body. address: the plain identifier they are reached by, of
    namespace `ns` (one of the channel's `reach`). ref: <= 64 characters of A-Z a-z 0-9 . _ -, ours for this person in
    this request, to be handed to providers that give it back with a receipt.
    """

    uid: int
    title: str
    body: str
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    address: str = ""
    ns: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """One provider request. request_id stays the same on every attempt: it is the de-duplication key.

    attempt: 1 on the first. at: business time of the attempt; system_at: real time, for signatures. origin
    "replay": nobody may be reached.
    """

    request_id: str
    attempt: int
    brand_id: int
    campaign_id: int
    origin: Origin
    at: datetime
    system_at: datetime
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class SendResult:
    """The provider's answer. A recipient in none of the three was accepted."""

    provider_id: str = ""
    refused: Mapping[int, str] = field(default_factory=dict[int, str])
    unknown: frozenset[int] = frozenset()
    parts: Mapping[int, int] = field(default_factory=dict[int, int])
    """Paid parts of those of whom the provider says so at once."""


class NotSent(Exception):
    """The provider certainly did not take the request, so trying again cannot double it.

    Any other exception of a channel leaves open whether it was taken.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Outlet(Protocol):
    """What a channel may use of the house: transactions of its own, and accounts on platforms."""

    def tx(self) -> AbstractContextManager[Connection]:
        """Open a transaction; committed at the end."""
        ...

    def session(self, account_id: int) -> Session:
        """Open an account of a platform. Raises: NotFound, Conflict."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says became of one message.

    Which message: by `ref` where the provider gives it back, else by request_id where it gives that back, else by
    provider_id (both with address when they are of many people); a reply may name neither, only its address.
    state: "replied" carries what was said in `text`. reason: the provider's code of a failure. parts: as how many the
    provider counts the message; 0 = it does not say.
    """

    state: Literal["delivered", "failed", "clicked", "replied", "opted_out"]
    at: datetime
    ref: str = ""
    provider_id: str = ""
    address: str = ""
    reason: str = ""
    text: str = ""
    request_id: str = ""
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Receipts:
    """A provider's message read: its receipts, and what it wants to hear back."""

    items: tuple[Receipt, ...] = ()
    answer: bytes = b""
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went out, to ask its provider about it. provider_id "" = its answer was lost."""

    request_id: str
    provider_id: str
    at: datetime
    recipients: tuple[Recipient, ...]


ReviewState = Literal["draft", "submitted", "approved", "refused"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Something of ours that a provider reviews before it may be used, by the code it has there."""

    what: Literal["template", "signature"]
    code: str


@dataclass(frozen=True, slots=True)
class Review:
    """Where a review stands. draft: the provider does not know it yet. reason: the provider's. text: as it has it."""

    of: Reviewed
    state: ReviewState
    reason: str = ""
    text: str = ""


class ChannelConfig(BaseModel):
    """Settings every channel has. Fields of type SecretStr are kept encrypted and never shown again."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the provider takes. batch: recipients per request; per_second: 0 = no limit.

    counts: what per_second is of. An account's own rate of the channel's key goes before per_second.
    """

    batch: int = 500
    per_second: float = 0
    counts: Literal["requests", "messages"] = "requests"


class Channel(Kind, ABC):
    """A way to reach people.

    dedupe: "key" when the provider takes the same request_id only once, so that an unclear attempt may be
    repeated; "none" when it does not, so that marketing is sent at most once and what is unclear is listed.
    reach: identifier namespaces one of which a person needs; empty = anybody. channel_class: what a frequency
    budget counts together. receipt: how results come back. rehearsal: True when no person is ever reached, the
    only channels a replay may use.
    """

    dedupe: ClassVar[Literal["key", "none"]]
    reach: ClassVar[tuple[str, ...]] = ()
    channel_class: ClassVar[str] = "message"
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "none"
    rehearsal: ClassVar[bool] = False
    limits: ClassVar[Limits] = Limits()
    quiet_hours: ClassVar[QuietHours] = QuietHours(time(21), time(9))
    rest_hours: ClassVar[QuietHours | None] = None
    """A second span of quiet hours, beside those of the order or the class (the noon rest of voice calls)."""
    Config: ClassVar[type[BaseModel]] = ChannelConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the name under which people consent to this channel."""
        del config
        return self.key

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the cost of one message to one person, in minor units."""
        del config, message
        return 0

    def parts(self, config: BaseModel, recipient: Recipient) -> int:
        """Return as how many parts a person's message is paid."""
        del config, recipient
        return 1

    def part_fen(self, config: BaseModel, message: Message) -> int:
        """Return the cost of one part, in minor units."""
        return self.cost_fen(config, message)

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return what the person would see, as plain text."""
        del config
        return f"{recipient.title}\n{recipient.body}".strip()

    def texts(self, config: BaseModel) -> Mapping[str, str]:
        """Return the Liquid texts of the settings that are rendered for each person, by name (e.g. SMS parameters)."""
        del config
        return {}

    def reviewed(self, config: BaseModel) -> tuple[Reviewed, ...]:
        """Return what of the settings a provider reviews and can be asked about."""
        del config
        return ()

    @abstractmethod
    def send(self, outlet: Outlet, config: BaseModel, request: SendRequest) -> SendResult:
        """Hand the request to the provider, once. Raises NotSent when it certainly was not taken."""


class AccountConfig(ChannelConfig):
    """Settings of a channel that goes through an account on a platform."""

    account_id: int = Field(gt=0, title="Account")


class PlatformChannel(Channel):
    """A channel through an account on a platform. platform: whose account its settings name.

    `deliver` raises PlatformError as the client does; what is certain and what is not follows from it.
    """

    platform: ClassVar[str]
    Config: ClassVar[type[BaseModel]] = AccountConfig

    def send(self, outlet: Outlet, config: BaseModel, request: SendRequest) -> SendResult:
        """Hand the request to the provider through the account of the settings."""
        if not isinstance(config, AccountConfig):
            raise TypeError(f"{type(self).__name__}.Config must derive from AccountConfig.")
        session = outlet.session(config.account_id)
        try:
            return platforms.run(lambda: self.deliver(session, config, request))
        except Refused as error:
            raise NotSent(f"{error.platform_code} {error.message}", final=error.retry_after_s is None) from error
        except Away as error:
            raise NotSent(error.message) from error

    @abstractmethod
    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Hand the request to the provider, once. Raises: PlatformError."""

    def receipts(self, session: Session, message: Incoming) -> Receipts:
        """Read a message of the provider about sent ones, its signature checked. Raises: Forbidden."""
        del session, message
        return Receipts()

    async def ask(self, session: Session, config: BaseModel, sent: Sequence[Sent]) -> list[Receipt]:
        """Ask the provider what became of requests, for those that send no receipts or whose answer was lost.

        An unclear request of which the provider knows nothing yields no receipt and stays unknown.
        """
        del session, config, sent
        return []

    async def review(self, session: Session, of: Reviewed) -> Review:
        """Ask the provider where the review of one thing stands; of a kind whose `reviewed` names some.

        Raises: PlatformError.
        """
        raise TypeError(f"{type(self).__name__} names {of.what} {of.code} as reviewed and must define `review`.")


channels: Registry[Channel] = Registry("channels", Channel)
"""The channel kinds; read through api.channel_kinds, which loads the folder first."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an upper room wants sent. key: its idempotency key, one batch per key for ever.

    config: of the channel, as the operator gave it. origin "replay" with replay_at: the business instant at
    which all checks look. campaign_id and node come back in the message events. priority: 1..5, the higher is served
    first when two want the same budget.
    """

    key: str
    channel: str
    config: Mapping[str, object]
    message: Message
    purpose: Purpose = "marketing"
    quiet_hours: QuietHours | None = None
    frequency: Frequency | None = None
    campaign_id: int = 0
    node: str = ""
    origin: Origin = "live"
    replay_at: datetime | None = None
    priority: int = 3


@dataclass(frozen=True, slots=True)
class Forecast:
    """What planning would do now, without doing it. suppressed: people by reason; missing: by template variable."""

    allowed: int
    suppressed: Mapping[str, int]
    missing: Mapping[str, int]
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the people of a batch are; pending + sent + suppressed + failed + unknown = people handed over."""

    pending: int = 0
    sent: int = 0
    suppressed: int = 0
    failed: int = 0
    unknown: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])
    """Suppressed people by reason code."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one person in a batch."""

    uid: int
    state: Literal["pending", "sent", "suppressed", "failed", "unknown"]
    reason: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Suppression:
    """Do not contact: person, class of channels, until when (None = until lifted), and why."""

    uid: int
    channel_class: str
    reason: str
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class SendPass:
    """What one pass of the sender did. halted: why it did nothing, empty otherwise."""

    requests: int = 0
    sent: int = 0
    suppressed: int = 0
    failed: int = 0
    unknown: int = 0
    put_off: int = 0
    halted: str = ""


__all__ = [
    "AccountConfig",
    "Channel",
    "ChannelConfig",
    "Forecast",
    "Frequency",
    "Limits",
    "Message",
    "NotSent",
    "Order",
    "Outcome",
    "Outlet",
    "PlatformChannel",
    "Purpose",
    "QuietHours",
    "Receipt",
    "Receipts",
    "Recipient",
    "Review",
    "Reviewed",
    "SendPass",
    "SendRequest",
    "SendResult",
    "Sent",
    "Suppression",
    "Tally",
    "channels",
]
