"""What other rooms, and the kinds themselves, may hold of channels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from regulars.core.event import Origin
from regulars.core.registry import Kind, Registry
from regulars.infra.db import Connection

Purpose = Literal["marketing", "service"]
ChunkState = Literal["planned", "leased", "attempting", "sent", "unknown", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Message:
    """What is said; both parts are Liquid templates over the allowed variables."""

    title: str
    body: str


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
    """One person of a request, with the text rendered for them."""

    uid: int
    title: str
    body: str


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


class NotSent(Exception):
    """The provider certainly did not take the request, so trying again cannot double it.

    Any other exception of a channel leaves open whether it was taken.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Outlet(Protocol):
    """What a channel may use of the house: transactions of its own."""

    def tx(self) -> AbstractContextManager[Connection]:
        """Open a transaction; committed at the end."""
        ...


class ChannelConfig(BaseModel):
    """Settings every channel has. Fields of type SecretStr are kept encrypted and never shown again."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the provider takes. batch: recipients per request; per_second: requests, 0 = no limit."""

    batch: int = 500
    per_second: float = 0


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
    Config: ClassVar[type[BaseModel]] = ChannelConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the name under which people consent to this channel."""
        del config
        return self.key

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the cost of one message to one person, in minor units."""
        del config, message
        return 0

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return what the person would see, as plain text."""
        del config
        return f"{recipient.title}\n{recipient.body}".strip()

    @abstractmethod
    def send(self, outlet: Outlet, config: BaseModel, request: SendRequest) -> SendResult:
        """Hand the request to the provider, once. Raises NotSent when it certainly was not taken."""


channels: Registry[Channel] = Registry("channels", Channel)
"""The channel kinds; read through api.channel_kinds, which loads the folder first."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an upper room wants sent. key: its idempotency key, one batch per key for ever.

    config: of the channel, as the operator gave it. origin "replay" with replay_at: the business instant at
    which all checks look. campaign_id and node come back in the message events.
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
    "Purpose",
    "QuietHours",
    "Recipient",
    "SendPass",
    "SendRequest",
    "SendResult",
    "Suppression",
    "Tally",
    "channels",
]
