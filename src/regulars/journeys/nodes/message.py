"""Message: hand people over to a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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


def order_key(run_id: int, version_id: int, node_key: str) -> str:
    """Return the idempotency key of what a node of a run sends; what a later version says there is another thing."""
    return f"run:{run_id}:{version_id}:{node_key}"


def _order(c: MessageConfig, *, key: str) -> Order:
    """Return what a node with words of its own sends. Raises: BadInput without words."""
    if c.message is None:
        raise BadInput("The message node says nothing.", "Choose a template, or write a message.")
    return Order(
        key=key,
        channel=c.channel,
        config=c.config,
        message=Message(c.message.title, c.message.body, c.message.link),
        purpose=c.purpose,
        quiet_hours=QuietHours(c.quiet.start, c.quiet.end) if c.quiet else None,
        frequency=Frequency(c.frequency.messages, c.frequency.days) if c.frequency else None,
        priority=c.priority,
    )


def _worded(ctx: Ctx, c: MessageConfig) -> MessageConfig:
    """Return the settings with the words of the stored template they name. Raises: NotFound, Conflict."""
    if c.template_id is None:
        return c
    found = templates.get(ctx, c.template_id)
    templates.check_approved(ctx, found.channel, found.config, stored=True)
    words = _Text(title=found.message.title, body=found.message.body, link=found.message.link)
    return c.model_copy(update={"channel": found.channel, "config": dict(found.config), "message": words})


@nodes.add
class MessageNode(Node):
    """Each person is handed over once; from then on channels accounts for them."""

    key: ClassVar[str] = "message"
    title: ClassVar[Text] = Text("发送消息", "Message")
    ways: ClassVar[tuple[str, ...]] = ("messaged",)
    Config: ClassVar[type[BaseModel]] = MessageConfig

    def check(self, config: BaseModel) -> None:
        """Raise NotFound, BadInput or Conflict for a channel or a text that cannot be used."""
        asked = MessageConfig.model_validate(config)
        if asked.template_id is None and not asked.channel:
            raise BadInput("No channel is chosen.", "Choose the channel that the message goes out by.")
        if asked.template_id is None:
            channels.check_order(_order(asked, key="check"))

    def sealed(self, config: Mapping[str, Any], before: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return settings with the channel's secrets encrypted. Raises: NotFound."""
        channel = str(config.get("channel", ""))
        if config.get("template_id") is not None or not channel:
            return {**config, "config": {}}
        kept = before.get("config") if before.get("channel") == channel else None
        try:
            return {**config, "config": channels.seal_config(channel, config.get("config", {}), kept)}
        except BadInput:
            # A drawing may be half done; what cannot be read cannot be sealed, and secrets are not kept open.
            return {**config, "config": {}}

    def shown(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return settings with the channel's secrets hidden."""
        return {**config, "config": channels.shown_config(config.get("config", {}))}

    def step(self, step: Step, config: BaseModel) -> None:
        """Put everybody through the gates into the outbox."""
        run = step.run
        order = replace(
            _order(
                _worded(step.ctx, MessageConfig.model_validate(config)),
                key=order_key(run.id, run.version_id, step.node_key),
            ),
            campaign_id=run.campaign_id or 0,
            node=step.node_key,
            origin=run.origin,
            replay_at=run.replay_at,
        )
        channels.plan(step.ctx, order, ((chunk.id, chunk.uids) for chunk in step.chunks()))
        channels.request_send(step.ctx)
        step.go("messaged")
