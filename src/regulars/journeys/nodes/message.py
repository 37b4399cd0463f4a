"""Message: hand people over to a channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.channels import api as channels
from regulars.channels import api_templates as templates
from regulars.channels.contract import Frequency, Message, Order, Purpose, QuietHours
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
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
    """channel and config: the way out. purpose: what consent is asked for. quiet, frequency: None = no limit.

    priority: 1..5, higher is served first. template_id: a stored template, in place of channel, config and message.
    """

    model_config = ConfigDict(extra="forbid")
    channel: str = ""
    config: dict[str, Any] = Field(default_factory=dict[str, Any])
    message: _Text | None = None
    purpose: Purpose = "marketing"
    quiet: _Quiet | None = None
    frequency: _Frequency | None = None
    priority: int = Field(default=3, ge=1, le=5)
    template_id: int | None = None


def order_key(run_id: int, node_key: str) -> str:
    """Return the idempotency key of what a node of a run sends."""
    return f"run:{run_id}:{node_key}"


def _said(ctx: Ctx, config: MessageConfig) -> tuple[str, Mapping[str, Any], Message]:
    """Return channel, settings and message: a stored template's, else the node's own. Raises: NotFound, Conflict."""
    if config.template_id is not None:
        found = templates.get(ctx, config.template_id)
        templates.check_approved(ctx, found.channel, found.config, stored=True)
        return found.channel, found.config, found.message
    if config.message is None:
        raise BadInput("The message node says nothing.", "Choose a template, or write a message.")
    return config.channel, config.config, Message(config.message.title, config.message.body, config.message.link)


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
        channel, settings, message = _said(step.ctx, c)
        order = Order(
            key=order_key(step.run.id, step.node_key),
            channel=channel,
            config=settings,
            message=message,
            purpose=c.purpose,
            quiet_hours=QuietHours(c.quiet.start, c.quiet.end) if c.quiet else None,
            frequency=Frequency(c.frequency.messages, c.frequency.days) if c.frequency else None,
            campaign_id=step.run.campaign_id,
            node=step.node_key,
            origin=step.run.origin,
            replay_at=step.run.replay_at,
            priority=c.priority,
        )
        channels.plan(step.ctx, order, ((chunk.id, chunk.uids) for chunk in step.chunks()))
        channels.request_send(step.ctx)
        step.go("messaged")
