"""What was sent to people, and what came of it."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class _Message(Payload):
    message_id: str
    channel: str
    campaign_id: int = 0
    node: str = ""


class MessageSent(_Message):
    """A channel took the message."""

    type: ClassVar[str] = "message.sent"
    title: ClassVar[Text] = Text("已发送", "Message sent")


class MessageDelivered(_Message):
    """The provider says it arrived."""

    type: ClassVar[str] = "message.delivered"
    title: ClassVar[Text] = Text("已送达", "Message delivered")


class MessageFailed(_Message):
    """It could not be delivered."""

    type: ClassVar[str] = "message.failed"
    title: ClassVar[Text] = Text("发送失败", "Message failed")
    reason: str = ""


class MessageClicked(_Message):
    """A link in it was opened."""

    type: ClassVar[str] = "message.clicked"
    title: ClassVar[Text] = Text("已点击", "Message clicked")
    url: str = ""


class MessageReplied(_Message):
    """The person answered; what they said stays with the provider."""

    type: ClassVar[str] = "message.replied"
    title: ClassVar[Text] = Text("已回复", "Message replied to")


for _payload in (MessageSent, MessageDelivered, MessageFailed, MessageClicked, MessageReplied):
    dictionary.add(_payload)
