"""WeCom group robots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms.api_wecom_robot import KEY, WecomRobotCredentials
from regulars.platforms.contract import Grant, Platform, Session, platform_registry


@platform_registry.add
class WecomRobot(Platform):
    """A robot can do one thing, and only by doing it: its check says so instead of disturbing a group."""

    key: ClassVar[str] = KEY
    title: ClassVar[Text] = Text("企业微信群机器人", "WeCom group robot")
    base_url: ClassVar[str] = "https://qyapi.weixin.qq.com"
    page: ClassVar[str] = "https://developer.work.weixin.qq.com/document/path/91770"
    Config: ClassVar[type[BaseModel]] = WecomRobotCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Say that only a test message can tell."""
        del session
        return [Grant(Text("发送群消息", "Send to the group"), None)]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """A robot signs nothing. Raises KeyError."""
        del given
        raise KeyError(name)
