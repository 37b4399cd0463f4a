"""Gate: who still answers to what is sent."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.rule.ast import Did, Group, Not, Rule
from regulars.core.rule.window import LastDays
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes
from regulars.segments import api_matching as matching

ANSWERS = ("event:message.clicked", "event:message.replied", "order")


class FatigueGateConfig(BaseModel):
    """messages, days: tired is who got at least so many within days and neither clicked, answered nor bought."""

    model_config = ConfigDict(extra="forbid")
    messages: int = Field(default=3, ge=1, le=100, title="Messages at least")
    days: int = Field(default=30, ge=1, le=366, title="Within days")

    def tired(self) -> Rule:
        """Return the condition that holds for who is tired of messages."""
        window = LastDays(days=self.days)
        answered = tuple(Did(relation=relation, window=window) for relation in ANSWERS)
        sent = Did(relation="event:message.sent", window=window, value=self.messages)
        return Group(op="and", rules=(sent, Not(rule=Group(op="or", rules=answered))))


@nodes.add
class FatigueGate(Node):
    """Asked of everybody at the moment they come here."""

    key: ClassVar[str] = "fatigue_gate"
    title: ClassVar[Text] = Text("疲劳闸门", "Fatigue gate")
    ways: ClassVar[tuple[str, ...]] = ("fresh", "tired")
    Config: ClassVar[type[BaseModel]] = FatigueGateConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Part who is tired from the others."""
        uids = [uid for chunk in step.chunks() for uid in chunk.uids]
        tired = matching.matching(step.ctx, FatigueGateConfig.model_validate(config).tired(), uids)
        step.branch({"tired": tired}, "fresh")
