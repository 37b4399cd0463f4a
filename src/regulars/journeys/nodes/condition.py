"""Condition: what is true of the person now."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.rule import Rule, check, fields
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes
from regulars.segments import api_matching as matching


class ConditionConfig(BaseModel):
    """rule: as segments have them."""

    model_config = ConfigDict(extra="forbid")
    rule: Rule = Field(title="Condition")


@nodes.add
class Condition(Node):
    """The condition is asked of everybody at the moment they come here."""

    key: ClassVar[str] = "condition"
    title: ClassVar[Text] = Text("条件判断", "Condition")
    ways: ClassVar[tuple[str, ...]] = ("yes", "no")
    Config: ClassVar[type[BaseModel]] = ConditionConfig

    def check(self, config: BaseModel) -> None:
        """Raise BadInput for a condition that names what does not exist."""
        check(ConditionConfig.model_validate(config).rule, fields)

    def step(self, step: Step, config: BaseModel) -> None:
        """Ask of all people at once."""
        uids = [uid for chunk in step.chunks() for uid in chunk.uids]
        holds = matching.matching(step.ctx, ConditionConfig.model_validate(config).rule, uids)
        step.branch({"yes": holds}, "no")
