"""Message: hand people over to a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Annotated, Any, ClassVar

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


class _Said(BaseModel):
    """What goes out by a channel. template_id: a stored template, in place of channel, config and message."""

    model_config = ConfigDict(extra="forbid")
    channel: str = Field(default="", title="Channel")
    config: dict[str, Any] = Field(default_factory=dict[str, Any])
    message: _Text | None = None
    template_id: int | None = Field(default=None, title="Template")


_SAID = tuple(_Said.model_fields)


class MessageConfig(_Said):
    """channel and config: the way out. purpose: what consent is asked for. quiet, frequency: None = no limit.

    priority: 1..5, higher is served first. fallback: where who cannot be reached by the way before is sent to instead.
    """

    purpose: Purpose = "marketing"
    quiet: _Quiet | None = None
    frequency: _Frequency | None = None
    priority: int = Field(default=3, ge=1, le=5)
    fallback: Annotated[tuple[_Said, ...], Field(max_length=3, title="Otherwise by")] = ()

    def turns(self) -> list[MessageConfig]:
        """Return the settings by the channels in order: the first, then those in its place."""
        return [self, *(self.model_copy(update={name: getattr(one, name) for name in _SAID}) for one in self.fallback)]


def order_key(run_id: int, version_id: int, node_key: str, turn: int = 0) -> str:
    """Return the idempotency key of what a node of a run sends; what a later version says there is another thing.

    turn: of the channels in order.
    """
    return f"run:{run_id}:{version_id}:{node_key}" + (f"+{turn}" if turn else "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message was ordered."""

    run_id: int
    version_id: int
    node_key: str


def place_of(key: str) -> Place | None:
    """Return where the order of this key comes from; None when it is none of a journey's."""
    parts = key.split(":", 3)
    if len(parts) < 4 or parts[0] != "run":
        return None
    return Place(int(parts[1]), int(parts[2]), parts[3])


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
        for asked in MessageConfig.model_validate(config).turns():
            if asked.template_id is None and not asked.channel:
                raise BadInput("No channel is chosen.", "Choose the channel that the message goes out by.")
            if asked.template_id is None:
                channels.check_order(_order(asked, key="check"))

    def sealed(self, config: Mapping[str, Any], before: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return settings with the channels' secrets encrypted. Raises: NotFound."""
        old = before.get("fallback", ())
        more = [_sealed(one, old[n] if n < len(old) else {}) for n, one in enumerate(config.get("fallback", ()))]
        return {**_sealed(config, before), **({"fallback": more} if more else {})}

    def shown(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return settings with the channels' secrets hidden."""
        more = [_shown(one) for one in config.get("fallback", ())]
        return {**_shown(config), **({"fallback": more} if more else {})}

    def step(self, step: Step, config: BaseModel) -> None:
        """Put everybody through the gates into the outbox, each by the first channel that reaches them."""
        run = step.run
        turns = MessageConfig.model_validate(config).turns()
        left = [(chunk.id, list(chunk.uids)) for chunk in step.chunks()]
        for turn, asked in enumerate(turns):
            order = replace(
                _order(_worded(step.ctx, asked), key=order_key(run.id, run.version_id, step.node_key, turn)),
                campaign_id=run.campaign_id or 0,
                node=step.node_key,
                origin=run.origin,
                replay_at=run.replay_at,
            )
            away = _unreached(step.ctx, order, left) if turn < len(turns) - 1 else set[int]()
            channels.plan(step.ctx, order, _among(left, away, inside=False))
            left = _among(left, away, inside=True)
        channels.request_send(step.ctx)
        step.go("messaged")


_Groups = list[tuple[int, list[int]]]


def _unreached(ctx: Ctx, order: Order, groups: _Groups) -> set[int]:
    return {uid for _, uids in groups for uid in channels.unreachable(ctx, order, uids)}


def _among(groups: _Groups, some: set[int], *, inside: bool) -> _Groups:
    """Return those of the groups who are among some, or who are not."""
    kept = [(source, [uid for uid in uids if (uid in some) == inside]) for source, uids in groups]
    return [(source, uids) for source, uids in kept if uids]


def _sealed(said: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    channel = str(said.get("channel", ""))
    if said.get("template_id") is not None or not channel:
        return {**said, "config": {}}
    kept = before.get("config") if before.get("channel") == channel else None
    try:
        return {**said, "config": channels.seal_config(channel, said.get("config", {}), kept)}
    except BadInput:
        # A drawing may be half done; what cannot be read cannot be sealed, and secrets are not kept open.
        return {**said, "config": {}}


def _shown(said: Mapping[str, Any]) -> dict[str, Any]:
    return {**said, "config": channels.shown_config(said.get("config", {}))}
