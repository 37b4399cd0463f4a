"""What a connector is: streams that are pulled, messages that are received, both turned into statements."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.errors import RegularsError
from regulars.core.registry import Kind, Registry
from regulars.core.text import Text
from regulars.platforms.contract import Incoming, Session

PAGE = "="
"""Begins a page that stands for one thing that a message named, not for a place in the stream."""


class Named(NamedTuple):
    """An identifier as the source gives it. ns: identity's namespace ("phone", "ouid", "unionid", "external_userid").

    within: the app or shop in which the value is unique, "" = the source's own shop where the namespace has a scope.
    """

    ns: str
    value: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact as it is stated outside. type: of the event dictionary, or "track.<name>" for what it does not know.

    source_id: the same for the same state of the same thing, so that it counts once (an order's number with its time
    of modification). props: of the dictionary's payload, JSON-safe; its personal fields may be filled, they are taken
    out at the front door. Encrypted identifiers stay what they are: ciphertext is never sent on as a phone number.
    """

    type: str
    occurred_at: datetime
    source_id: str
    props: Mapping[str, Any]
    named: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A span of the platform's own "modified" time, aware UTC, half-open."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that lies somewhere, to go through the importer once it is complete. changed_ns: its time of change.

    mapping: YAML, "" = that of the last file of the same columns. marked: said to be complete. move_to: where it goes
    when it is in, None = it stays.
    """

    path: Path
    size: int
    changed_ns: int
    mapping: str = ""
    marked: bool = False
    move_to: Path | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a stream. next: to be given for what follows, "" = this was the last.

    A stream by cursor begins anew after "", and goes on from here later when it returns the page it was given.

    unread: raw rows that could not be understood, with the reason: they become rows to fix. files: of a stream by
    files, all that lie there.
    """

    statements: tuple[Statement, ...]
    next: str = ""
    unread: tuple[tuple[Mapping[str, Any], str], ...] = ()
    files: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """Something a source brings.

    by "window": pages within spans of modified time; "cursor": on from the last page; "files": whole files, for the
    importer.
    every_s: how often it is asked. overlap_s: how far a window reaches back into the one before, for what the
    platform shows late. longest_s: what one window may span by the platform's rules. history_days: how far back the
    platform lets one read, 0 = nothing older than now.
    """

    key: str
    title: Text
    by: Literal["window", "cursor", "files"] = "window"
    every_s: int = 60
    overlap_s: int = 300
    longest_s: int = 86_400
    history_days: int = 90


@dataclass(frozen=True, slots=True)
class Totals:
    """A day of orders as the platform itself counts it, for the daily comparison. by_order: id -> paid minor units."""

    day: date
    by_order: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a source shows before it is connected. columns and rows as they are there; statements: what they say."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What a message said, and what the platform wants to hear back.

    messages: facts in the shapes that /v1 takes, for senders that know ours; the answer is then what became of them.
    """

    statements: tuple[Statement, ...] = ()
    answer: bytes = b""
    status: int = 200
    media_type: str = "text/plain; charset=utf-8"
    changed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Streams to be asked at once, by key, with what the message named (an order's number).

    What begins with PAGE is itself the page to pull; for anything else the stream is read up to now.
    """
    messages: tuple[object, ...] = ()


class NotTheirs(RegularsError):
    """A message whose signature is wrong: nothing of it is believed."""

    code, status = "connector.not_theirs", 403


class ConnectorConfig(BaseModel):
    """Settings every source has. Fields of type SecretStr are kept encrypted and never shown again."""

    model_config = ConfigDict(extra="forbid")
    shop: str = Field(default="", max_length=100, title="Shop")


class Connector(Kind, ABC):
    """A source. platform: whose account it needs, "" = none (files, a database, the till).

    zone: in which the platform counts its days, "" = in the brand's. sdk: pages send to it by the script under /sdk.

    A kind overrides `pull` when it has streams, `receive` when it is sent messages, `totals` when the platform counts.
    """

    platform: ClassVar[str] = ""
    zone: ClassVar[str] = ""
    sdk: ClassVar[bool] = False
    streams: ClassVar[tuple[Stream, ...]] = ()
    Config: ClassVar[type[BaseModel]] = ConnectorConfig

    @classmethod
    def receives(cls) -> bool:
        """Tell whether it is sent messages."""
        return cls.receive is not Connector.receive

    @classmethod
    def looks(cls) -> bool:
        """Tell whether it shows its first rows before it is connected."""
        return cls.look is not Connector.look

    async def pull(self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str) -> Page:
        """Return one page of a stream: page "" = the first of the window. Raises: PlatformError."""
        del session, config, stream, window, page
        return Page(())

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Read a message that was sent to us, its signature checked on the raw bytes. Raises: NotTheirs."""
        del session, config, message
        raise NotTheirs("This source takes no messages.", "It is read by itself.")

    async def look(self, session: Session | None, config: BaseModel) -> Sample | None:
        """Return the first rows of a source that is not connected yet, None when it shows none. Raises as `pull`."""
        del session, config
        return None

    async def totals(self, session: Session, config: BaseModel, day: date) -> Totals | None:
        """Return what the platform counts for a day of orders (of `zone`), None when it does not say."""
        del session, config, day
        return None


connector_registry: Registry[Connector] = Registry("connectors", Connector)
"""The connector kinds; read through api.connector_kinds, which loads the folder first."""
