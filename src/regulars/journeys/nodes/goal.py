"""Goal: who comes here has reached what the journey is for."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from regulars.core.text import Text
from regulars.journeys import store_entering
from regulars.journeys.contract import Node, Step, nodes


class GoalConfig(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(extra="forbid")


@nodes.add
class Goal(Node):
    """Counted once a visit, whether by this node or by the goal's event."""

    key: ClassVar[str] = "goal"
    title: ClassVar[Text] = Text("达成目标", "Goal reached")
    ways: ClassVar[tuple[str, ...]] = ("reached",)
    Config: ClassVar[type[BaseModel]] = GoalConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Mark everybody, then go on."""
        del config
        for chunk in step.chunks():
            store_entering.reach(step.ctx, step.run.id, chunk.uids)
        step.go("reached")
