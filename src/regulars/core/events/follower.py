"""People who follow an account of the brand (a WeChat official account), and what they do there."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from regulars.core.event import Payload, Pii, dictionary
from regulars.core.text import Text


class _Follower(Payload):
    account: str = Field(min_length=1, max_length=64)
    """The account's number (app ID)."""


class FollowerFollowed(_Follower):
    """Somebody began to follow. scene: how, in the platform's word. code: of the QR code it came by."""

    type: ClassVar[str] = "follower.followed"
    title: ClassVar[Text] = Text("关注", "Followed")
    scene: str = ""
    code: str = ""


class FollowerUnfollowed(_Follower):
    """Somebody follows no longer."""

    type: ClassVar[str] = "follower.unfollowed"
    title: ClassVar[Text] = Text("取消关注", "Unfollowed")


class FollowerScanned(_Follower):
    """A follower scanned one of the brand's codes again."""

    type: ClassVar[str] = "follower.scanned"
    title: ClassVar[Text] = Text("扫码", "Code scanned")
    code: str = ""


class FollowerClicked(_Follower):
    """A follower chose an entry of the menu. target: its key, address or page."""

    type: ClassVar[str] = "follower.clicked"
    title: ClassVar[Text] = Text("点击菜单", "Menu entry chosen")
    target: str = ""


class FollowerWrote(_Follower):
    """A follower sent something. kind: text, image, voice, ..."""

    type: ClassVar[str] = "follower.wrote"
    title: ClassVar[Text] = Text("发来消息", "Message received")
    kind: str = "text"
    text: Annotated[str, Pii()] = ""


class FollowerAnswered(_Follower):
    """A follower allowed or refused messages of a template. answer "withdrawn": allowed before, and no longer."""

    type: ClassVar[str] = "follower.answered"
    title: ClassVar[Text] = Text("订阅消息授权", "Template messages allowed or refused")
    template: str = ""
    answer: Literal["allowed", "refused", "withdrawn"]


for _payload in (
    FollowerFollowed, FollowerUnfollowed, FollowerScanned, FollowerClicked, FollowerWrote, FollowerAnswered,
):  # fmt: skip
    dictionary.add(_payload)
