"""What rooms above may hold of the outside platforms: accounts, sessions, and how a call can fail."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

import httpx2
from pydantic import BaseModel, ConfigDict

from regulars.core.clock import Clock
from regulars.core.errors import RegularsError
from regulars.core.registry import Kind, Registry
from regulars.core.text import Text

World = Literal["live", "practice"]
Cause = Literal["signature", "token", "permission", "address", "quota", "busy", "input", "missing", "other"]


class PlatformError(RegularsError):
    """A call to an outside platform did not end well. platform_code: the platform's own code, kept as it is."""

    code, status = "platform.error", 502

    def __init__(self, platform: str, message: str, hint: str = "", *, platform_code: str = "") -> None:
        super().__init__(message, hint, platform=platform, platform_code=platform_code)
        self.platform = platform
        self.platform_code = platform_code


class Refused(PlatformError):
    """The platform answered no: certainly nothing was done.

    cause: what kind of no. retry_after_s: when asking again may help (quota, busy), None = the same again is refused.
    """

    code = "platform.refused"

    def __init__(
        self, platform: str, message: str, *, platform_code: str, cause: Cause, retry_after_s: float | None = None
    ) -> None:
        super().__init__(platform, message, _HINT[cause], platform_code=platform_code)
        self.cause = cause
        self.retry_after_s = retry_after_s


class Away(PlatformError):
    """The platform was not reached: certainly nothing was done."""

    code = "platform.away"


class Unclear(PlatformError):
    """The call was sent and its answer is missing or is none: it may have been done."""

    code = "platform.unclear"


_HINT: Mapping[Cause, str] = {
    "signature": "Check the app's secret; it may have been changed on the platform.",
    "token": "Authorise the account again.",
    "permission": "Apply for this permission on the platform, then check the connection again.",
    "address": "Add this server's address to the platform's list of trusted addresses.",
    "quota": "The platform's daily or hourly quota is used up; it goes on by itself later.",
    "busy": "The platform asks for fewer calls; it goes on by itself.",
    "input": "Look at what was sent: the platform does not take it as it is.",
    "missing": "It does not exist on the platform, or belongs to another account.",
    "other": "Look up the platform's code in its documentation.",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's access to a platform: a shop's authorisation, a company's app, a provider's key.

    world: "practice" accounts lead to the sandbox. settings: as stored, secrets sealed. rates: calls or messages
    a second by bucket, over the platform's own defaults. base_url: where it answers.
    """

    id: int
    brand_id: int
    platform: str
    name: str
    world: World
    base_url: str
    settings: Mapping[str, object]
    rates: Mapping[str, float]
    checked_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. expires_at: system time."""

    value: str
    expires_at: datetime


Fetch = Callable[[], Coroutine[Any, Any, Token]]
"""Gets a new token from the platform."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing that a connection check tried. granted None: could not be told. said: the platform's words."""

    name: Text
    granted: bool | None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that a platform sent to us, as it arrived. headers: names in lower case. at: system time."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: datetime


class Credentials(BaseModel):
    """Settings of an account. Fields of type SecretStr are kept encrypted and never shown again."""

    model_config = ConfigDict(extra="forbid")


class Session(Protocol):
    """An account opened for calls: where, as whom, with shared tokens and at the account's pace."""

    @property
    def account(self) -> Account:
        """Return whose session it is."""
        ...

    @property
    def credentials(self) -> BaseModel:
        """Return the settings, secrets open."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock whose system time signatures carry."""
        ...

    async def call(
        self, request: httpx2.Request, *, api: str, repeatable: bool = False, wait_s: float | None = None
    ) -> httpx2.Response:
        """Send a request once; a repeatable one again, a few times, when its answer is missing.

        The caller reads status and body and maps the platform's own errors. Raises: Away, Unclear.
        """
        ...

    async def token(self, name: str, fetch: Fetch, *, stale: str = "") -> str:
        """Return the account's token of a name, shared between all processes and fetched by one of them at a time.

        stale: a value the platform has refused; another one is returned.
        """
        ...

    async def pace(self, bucket: str, per_second: float, n: int = 1) -> None:
        """Wait for the turn of n calls or messages among all processes; the account's own rate goes first."""
        ...


class Platform(Kind, ABC):
    """An outside platform. base_url: where it really answers. page: its documentation.

    Config: the settings of an account.
    """

    base_url: ClassVar[str]
    page: ClassVar[str]
    Config: ClassVar[type[BaseModel]] = Credentials

    @abstractmethod
    async def check(self, session: Session) -> list[Grant]:
        """Try, without changing anything, what the product needs of an account. Raises: Away."""

    @abstractmethod
    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return what this client makes of a published test vector's input. Raises KeyError on an unknown name."""


platform_registry: Registry[Platform] = Registry("platforms", Platform)
"""The platform kinds; read through api.platform_kinds, which loads the folder first."""


@dataclass(frozen=True, slots=True)
class Practice:
    """Practice mode: while it is on, every call of the workspace goes to the sandbox at url. since: system time."""

    on: bool
    url: str = ""
    since: datetime | None = None


__all__ = [
    "Account",
    "Away",
    "Cause",
    "Credentials",
    "Fetch",
    "Grant",
    "Incoming",
    "Platform",
    "PlatformError",
    "Practice",
    "Refused",
    "Session",
    "Token",
    "Unclear",
    "World",
    "platform_registry",
]
