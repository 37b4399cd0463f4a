"""Friendship between a guide and a customer in a company's messenger (WeCom)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class _Friend(Payload):
    guide: str = Field(min_length=1, max_length=64)
    """The guide's account in the messenger."""


class FriendAdded(_Friend):
    """A customer became a friend of a guide. code: of the live code it came by. add_way: the messenger's number of how.

    `welcome_code` travels along where the messenger told at once: good for 20 seconds and one greeting.
    """

    type: ClassVar[str] = "friend.added"
    title: ClassVar[Text] = Text("加好友", "Friend added")
    code: str = ""
    add_way: int = 0


class FriendDeleted(_Friend):
    """A friendship ended. by: who ended it."""

    type: ClassVar[str] = "friend.deleted"
    title: ClassVar[Text] = Text("删除好友", "Friend deleted")
    by: Literal["customer", "guide"]


class FriendTagged(_Friend):
    """The labels a guide has put on a friend, all of them as they are now; their numbers travel along as `tag_ids`."""

    type: ClassVar[str] = "friend.tagged"
    title: ClassVar[Text] = Text("好友标签变更", "Friend's tags changed")
    tags: list[str]


class FriendKept(_Friend):
    """A friend who was to be handed over to this guide was not. reason: refused by the customer, or a limit."""

    type: ClassVar[str] = "friend.kept"
    title: ClassVar[Text] = Text("好友接替失败", "Friend not handed over")
    reason: str = ""


for _payload in (FriendAdded, FriendDeleted, FriendTagged, FriendKept):
    dictionary.add(_payload)
