"""What a stand-in is made of: calls as they arrived, answers as they leave, and the house it stands in."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol
from urllib.parse import parse_qsl

from regulars_sandbox.world import World

Refusal = Literal["rate", "token", "server", "permission"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it arrived. path: below the platform's own part, with its slash. query, body: raw bytes.

    headers: names in lower case.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes

    def params(self) -> dict[str, str]:
        """Return the query's parameters, decoded; the last of a name counts."""
        return dict(parse_qsl(self.query.decode(), keep_blank_values=True))

    def form(self) -> dict[str, str]:
        """Return a form body's fields, decoded."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def json(self) -> Any:  # noqa: ANN401 - whatever JSON the client sent
        """Return the body's JSON. Raises ValueError."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered. counted: messages, payments and the like that this call brought about, by key."""

    body: bytes
    status: int = 200
    media_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    counted: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: object, status: int = 200, *, counted: tuple[str, ...] = ()) -> Answer:
        """Return a JSON answer, Chinese left as it is."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return cls(text.encode(), status, counted=counted)


@dataclass(frozen=True, slots=True)
class Push:
    """A message that a platform sends to the client of its own accord (a callback, a receipt, an event)."""

    platform: str
    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    method: str = "POST"


class House(Protocol):
    """What a stand-in may use of the sandbox."""

    world: World

    def now(self) -> datetime:
        """Return the sandbox's time, aware UTC; scenarios and tests may move it forward."""
        ...

    async def push(self, message: Push) -> int:
        """Send a message to the client; faults may repeat, hold back or reorder it. Return the last status."""
        ...

    def callback(self, platform: str) -> str:
        """Return the address that the client gave for a platform's messages, "" when none."""
        ...

    async def answer(self, key: str, call: Call) -> tuple[Answer | None, bool]:
        """Let a stand-in that listens itself (SMTP) answer what it heard, with faults, journal and counts.

        (None, _) = the connection ends without an answer; True = a fault struck.
        """
        ...


class StandIn(ABC):
    """One platform. Its state lives in attributes made in __init__ and is lost with the process."""

    key: ClassVar[str]
    title: ClassVar[str]
    page: ClassVar[str]
    """Where the real contract is documented."""
    verbs: ClassVar[Mapping[str, str]] = {}
    """What can be made to happen here: a verb, and the names it takes, "*" after those that it needs."""

    def __init__(self, house: House) -> None:
        self.house = house

    @abstractmethod
    def credentials(self) -> dict[str, Any]:
        """Return the account that the client uses in practice, as its settings form wants it."""

    @abstractmethod
    def api_of(self, call: Call) -> str:
        """Name the API that a call is for, as the platform names it; "" when it cannot be told."""

    @abstractmethod
    async def answer(self, call: Call) -> Answer:
        """Answer as the platform does, with its own codes and words; never raises on what a client sends."""

    @abstractmethod
    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Return what the platform answers when it refuses for a reason of its own (injected faults)."""

    def expire_tokens(self) -> None:
        """End every access token now, before its time; platforms without tokens have none to end."""
        return

    def facts(self) -> dict[str, int]:
        """Return counts of what happened here, to be held against what a client made of it."""
        return {}

    def named(self) -> Iterable[tuple[str, ...]]:
        """Return the names of people that this platform tells, those of one person that it tells together."""
        return ()

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Do one of `verbs` (a scenario's step); return what came of it. Raises: KeyError, ValueError."""
        raise KeyError(f"{self.key} has no verb {verb!r}")

    @abstractmethod
    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return what this stand-in makes of a published test vector's input. Raises KeyError on an unknown name."""
