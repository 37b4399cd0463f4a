"""Posts: one text for groups or for a feed, made as tasks that guides confirm. For persons: see contract.Channel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.registry import Kind, Registry
from regulars.platforms.contract import Session

CallState = Literal["planned", "calling", "made", "ended", "unknown", "failed"]
Outcome = Literal["waiting", "sent", "limit", "gone"]


class PostConfig(BaseModel):
    """Settings every kind of post has. daily: posts of the kind and account that may be made in a day."""

    model_config = ConfigDict(extra="forbid")
    account_id: int = Field(gt=0, title="Account")
    daily: int = Field(default=1, ge=1, le=20, title="At most a day")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one part. target: the group, or the guide whose feed it is. people: who can see it, if told.

    limit: reached by another message already. gone: the group or the guide is none any more.
    """

    sender: str
    target: str
    outcome: Outcome
    people: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the platform tells of a call. provider_id: its number from now on. refused: what it did not take."""

    provider_id: str
    results: tuple[Result, ...] = ()
    refused: tuple[str, ...] = ()


class PostKind(Kind, ABC):
    """A place for posts. platform: whose account its settings name. reminds: can ask guides again.

    Methods raise PlatformError as the client does.
    """

    platform: ClassVar[str]
    reminds: ClassVar[bool] = False
    Config: ClassVar[type[BaseModel]] = PostConfig

    @abstractmethod
    def senders(self, config: BaseModel) -> list[str]:
        """Return who gets a call of their own; "" = one call for all."""

    @abstractmethod
    async def make(self, session: Session, config: BaseModel, text: str, *, sender: str) -> Told:
        """Make a sender's task, once: the platform has no key against doubles."""

    @abstractmethod
    async def ask(self, session: Session, provider_id: str, *, sender: str) -> Told:
        """Ask what became of a task."""

    async def remind(self, session: Session, provider_id: str) -> None:
        """Remind the guides who have not confirmed, where the place `reminds`."""
        del session, provider_id


post_kinds: Registry[PostKind] = Registry("posts", PostKind)
"""The kinds of posts; read through api_posts.kinds_of_posts, which loads the folder first."""


@dataclass(frozen=True, slots=True)
class Call:
    """One provider request of a post, made at most once. error: why it was not made; "" = none."""

    id: int
    sender: str
    state: CallState
    provider_id: str
    refused: tuple[str, ...]
    error: str
    made_at: datetime | None
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """One text for groups or a feed. key: the same key makes one post for ever."""

    id: int
    kind: str
    key: str
    text: str
    config: dict[str, Any]
    created_by: str
    created_at: datetime
    calls: tuple[Call, ...] = ()

    def count(self, *outcomes: Outcome) -> int:
        """Return how many parts have one of these outcomes."""
        return sum(one.outcome in outcomes for call in self.calls for one in call.results)
