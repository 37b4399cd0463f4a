"""Robots: notices to staff in a group chat. They reach no customer, so no consent and no budget stands before them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from regulars.core.registry import Kind, Registry
from regulars.platforms.contract import Session

NoticeState = Literal["waiting", "telling", "told", "unknown", "failed"]


class Robot(Kind, ABC):
    """A group's robot. platform: whose account it is; an account is one group. longest: characters of a notice.

    Methods raise PlatformError as the client does; the platforms have no key against doubles.
    """

    platform: ClassVar[str]
    longest: ClassVar[int]

    @abstractmethod
    async def say(self, session: Session, title: str, text: str) -> None:
        """Say something in the group, once."""


robots: Registry[Robot] = Registry("robots", Robot)
"""The robots; read through api_notices.robot_kinds, which loads the folder first."""


@dataclass(frozen=True, slots=True)
class Group:
    """An account that notices can go to."""

    account_id: int
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a group was told. lines: one for each thing. error: why it was not; "" = none."""

    id: int
    kind: str
    account_id: int
    text: str
    state: NoticeState
    error: str
    created_at: datetime
    told_at: datetime | None
