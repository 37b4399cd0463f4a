"""Gate: who has not been written to too often lately."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from regulars.channels import api as channels
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes


class FrequencyGateConfig(BaseModel):
    """messages: fewer than so many marketing messages within days, today included. channel_class: "" = of all kinds."""

    model_config = ConfigDict(extra="forbid")
    messages: int = Field(default=3, ge=1, le=100, title="Fewer messages than")
    days: int = Field(default=7, ge=1, le=366, title="Within days")
    channel_class: Literal["", "sms", "message", "email", "voice", "call"] = Field(default="", title="Of channels")


@nodes.add
class FrequencyGate(Node):
    """Counted from what was really attempted, by whatever campaign or journey."""

    key: ClassVar[str] = "frequency_gate"
    title: ClassVar[Text] = Text("频次闸门", "Frequency gate")
    ways: ClassVar[tuple[str, ...]] = ("passed", "too_often")
    Config: ClassVar[type[BaseModel]] = FrequencyGateConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Let those pass whose budget has room."""
        asked = FrequencyGateConfig.model_validate(config)
        often: list[int] = []
        for chunk in step.chunks():
            got = channels.lately(step.ctx, chunk.uids, days=asked.days, channel_class=asked.channel_class)
            often += [uid for uid, messages in got.items() if messages >= asked.messages]
        step.branch({"too_often": often}, "passed")
