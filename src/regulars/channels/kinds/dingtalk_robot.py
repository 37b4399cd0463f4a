"""DingTalk group robots."""

from __future__ import annotations

from typing import ClassVar

from regulars.channels.robots import Robot, robots
from regulars.core.text import Text
from regulars.platforms import api_dingtalk as dingtalk
from regulars.platforms.contract import Session


@robots.add
class DingtalkRobot(Robot):
    """Text within DingTalk's 20,000 bytes."""

    key: ClassVar[str] = "dingtalk_robot"
    title: ClassVar[Text] = Text("钉钉群机器人", "DingTalk group robot")
    platform: ClassVar[str] = dingtalk.KEY
    longest: ClassVar[int] = 4_000

    async def say(self, session: Session, title: str, text: str) -> None:
        """Say it as plain text."""
        await dingtalk.send_text(session, f"{title}\n{text}".strip())
