"""Groups of customers in a messenger, led by a guide."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class _Group(Payload):
    group: str = Field(min_length=1, max_length=64)
    """The group's number in the messenger."""


class GroupUpdated(_Group):
    """A group as it is now; belongs to no customer. members: customers in it. dismissed: it is no more."""

    type: ClassVar[str] = "group.updated"
    title: ClassVar[Text] = Text("客户群更新", "Group updated")
    name: str = ""
    guide: str = ""
    members: int = 0
    dismissed: bool = False


class GroupJoined(_Group):
    """A customer came into a group. code: of the join code, where it was one."""

    type: ClassVar[str] = "group.joined"
    title: ClassVar[Text] = Text("入群", "Group joined")
    name: str = ""
    guide: str = ""
    scene: int = 0
    code: str = ""


class GroupLeft(_Group):
    """A customer left a group, or was taken out of it. by: who ended it."""

    type: ClassVar[str] = "group.left"
    title: ClassVar[Text] = Text("退群", "Group left")
    by: Literal["customer", "guide"]


for _payload in (GroupUpdated, GroupJoined, GroupLeft):
    dictionary.add(_payload)
