"""Event: say that people have come here, for whatever follows it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.events.journey import JourneyReached
from regulars.core.text import Text
from regulars.journeys import telling
from regulars.journeys.contract import Node, Step, nodes


class EventConfig(BaseModel):
    """name: what conditions, other journeys and rooms to come ask for."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=60, title="Name")


@nodes.add
class EventNode(Node):
    """One event a person, `journey.reached`: on their timeline, in conditions, an entry of other journeys."""

    key: ClassVar[str] = "event"
    title: ClassVar[Text] = Text("发出事件", "Emit an event")
    ways: ClassVar[tuple[str, ...]] = ("emitted",)
    Config: ClassVar[type[BaseModel]] = EventConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Say it of everybody."""
        name = EventConfig.model_validate(config).name
        told = {"journey_id": step.run.journey_id or 0, "node": step.node_key, "name": name}
        telling.tell(step, JourneyReached.type, told)
        step.go("emitted")
