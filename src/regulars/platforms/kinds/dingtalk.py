"""DingTalk group robots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms.api_dingtalk import KEY, DingtalkCredentials
from regulars.platforms.contract import Grant, Platform, Session, platform_registry
from regulars.platforms.signing import dingtalk as signing


@platform_registry.add
class Dingtalk(Platform):
    """A robot can do one thing, and only by doing it: its check says so instead of disturbing a group."""

    key: ClassVar[str] = KEY
    title: ClassVar[Text] = Text("钉钉群机器人", "DingTalk group robot")
    base_url: ClassVar[str] = "https://oapi.dingtalk.com"
    page: ClassVar[str] = "https://open.dingtalk.com/document/robots/custom-robot-access"
    Config: ClassVar[type[BaseModel]] = DingtalkCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Say that only a test message can tell."""
        del session
        return [Grant(Text("发送群消息", "Send to the group"), None)]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a vector's input: secret, timestamp_ms."""
        return {"sign": signing.sign}[name](given["secret"], int(given["timestamp_ms"]))
