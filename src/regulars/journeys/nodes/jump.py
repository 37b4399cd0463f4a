"""Jump: back to an earlier node, so often at most."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.journeys import store_entering
from regulars.journeys.contract import Node, Step, nodes


class JumpConfig(BaseModel):
    """times: how often a person jumps in one visit."""

    model_config = ConfigDict(extra="forbid")
    times: int = Field(default=1, ge=1, le=50, title="At most so often")


@nodes.add
class Jump(Node):
    """`again` may lead to any node, also backwards: each person takes it so often and then goes by `enough`."""

    key: ClassVar[str] = "jump"
    title: ClassVar[Text] = Text("跳转（限次）", "Jump, so often at most")
    ways: ClassVar[tuple[str, ...]] = ("again", "enough")
    bounded: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = JumpConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Count everybody's passes."""
        most = JumpConfig.model_validate(config).times
        again: list[int] = []
        for chunk in step.chunks():
            passes = store_entering.pass_by(step.ctx, step.run.id, step.node_key, chunk.uids)
            again += [uid for uid in chunk.uids if passes[uid] <= most]
        step.branch({"again": again}, "enough")
