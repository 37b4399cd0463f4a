"""Condition with several ways: the first that holds."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.errors import BadInput
from regulars.core.rule import Rule, check, fields
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes
from regulars.segments import api_matching as matching

ELSE = "else"


class Branch(BaseModel):
    """A way out and the condition that leads there."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern="^[a-z0-9_]{1,20}$", title="Way out")
    rule: Rule = Field(title="Condition")


class ConditionManyConfig(BaseModel):
    """branches: asked in this order; who none holds for goes by `else`."""

    model_config = ConfigDict(extra="forbid")
    branches: Annotated[tuple[Branch, ...], Field(min_length=1, max_length=10, title="Ways")]


@nodes.add
class ConditionMany(Node):
    """Everybody goes by the first way whose condition holds for them at the moment they come here."""

    key: ClassVar[str] = "condition_many"
    title: ClassVar[Text] = Text("多条件分流", "Conditions, several ways")
    Config: ClassVar[type[BaseModel]] = ConditionManyConfig

    def ways_out(self, config: BaseModel) -> tuple[str, ...]:
        """Return the ways by name, then the one for the others."""
        return (*(one.name for one in ConditionManyConfig.model_validate(config).branches), ELSE)

    def check(self, config: BaseModel) -> None:
        """Raise BadInput for a way that is named twice, or a condition that names what does not exist."""
        branches = ConditionManyConfig.model_validate(config).branches
        if len({ELSE, *(one.name for one in branches)}) <= len(branches):
            raise BadInput('Each way is named once, and none "else".', "Correct the names.")
        for one in branches:
            check(one.rule, fields)

    def step(self, step: Step, config: BaseModel) -> None:
        """Ask one condition after the other, of those who are left."""
        left = [uid for chunk in step.chunks() for uid in chunk.uids]
        chosen: dict[str, set[int]] = {}
        for one in ConditionManyConfig.model_validate(config).branches:
            chosen[one.name] = matching.matching(step.ctx, one.rule, left)
            left = [uid for uid in left if uid not in chosen[one.name]]
        step.branch(chosen, ELSE)
