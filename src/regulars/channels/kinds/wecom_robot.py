"""WeCom group robots."""

from __future__ import annotations

from typing import ClassVar

from regulars.channels.robots import Robot, robots
from regulars.core.text import Text
from regulars.platforms import api_wecom_robot as wecom
from regulars.platforms.contract import Session


@robots.add
class WecomRobot(Robot):
    """Text within WeCom's 2,048 bytes, three of which a Chinese character takes."""

    key: ClassVar[str] = "wecom_group_robot"
    title: ClassVar[Text] = Text("企业微信群机器人", "WeCom group robot")
    platform: ClassVar[str] = wecom.KEY
    longest: ClassVar[int] = 640

    async def say(self, session: Session, title: str, text: str) -> None:
        """Say it as plain text."""
        await wecom.send_text(session, f"{title}\n{text}".strip())
