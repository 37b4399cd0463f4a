"""Message: hand people over to a channel."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.channels import api as channels
from regulars.channels.contract import Frequency, Message, Order, Purpose, QuietHours
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes


class _Text(BaseModel):
    title: str = ""
    body: str = Field(min_length=1)
    link: str = ""


class _Quiet(BaseModel):
    start: time
    end: time


class _Frequency(BaseModel):
    messages: int = Field(ge=1)
    days: int = Field(ge=1, le=366)


class MessageConfig(BaseModel):
    """channel and config: the way out. purpose: what consent is asked for. quiet, frequency: None = no limit."""

    model_config = ConfigDict(extra="forbid")
    channel: str
    config: dict[str, Any] = Field(default_factory=dict[str, Any])
    message: _Text
    purpose: Purpose = "marketing"
    quiet: _Quiet | None = None
    frequency: _Frequency | None = None


def order_key(run_id: int, node_key: str) -> str:
    """Return the idempotency key of what a node of a run sends."""
    return f"run:{run_id}:{node_key}"


@nodes.add
class MessageNode(Node):
    """Each person is handed over once; from then on channels accounts for them."""

    key: ClassVar[str] = "message"
    title: ClassVar[Text] = Text("发送消息", "Message")
    ways: ClassVar[tuple[str, ...]] = ("messaged",)
    Config: ClassVar[type[BaseModel]] = MessageConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Put everybody through the gates into the outbox."""
        c = MessageConfig.model_validate(config)
        order = Order(
            key=order_key(step.run.id, step.node_key),
            channel=c.channel,
            config=c.config,
            message=Message(c.message.title, c.message.body, c.message.link),
            purpose=c.purpose,
            quiet_hours=QuietHours(c.quiet.start, c.quiet.end) if c.quiet else None,
            frequency=Frequency(c.frequency.messages, c.frequency.days) if c.frequency else None,
            campaign_id=step.run.campaign_id,
            node=step.node_key,
            origin=step.run.origin,
            replay_at=step.run.replay_at,
        )
        channels.plan(step.ctx, order, ((chunk.id, chunk.uids) for chunk in step.chunks()))
        channels.request_send(step.ctx)
        step.go("messaged")
