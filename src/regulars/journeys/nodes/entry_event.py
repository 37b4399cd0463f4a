"""Entry: whoever does something, within seconds."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.journeys.contract import EventMatch, Node, Step, nodes


class EntryEventConfig(BaseModel):
    """match: what somebody does."""

    model_config = ConfigDict(extra="forbid")
    match: EventMatch = Field(title="Event")


@nodes.add
class EntryEvent(Node):
    """Each event lets its person in, as often as the journey's settings let them."""

    key: ClassVar[str] = "entry_event"
    title: ClassVar[Text] = Text("行为触发进入", "Event enters")
    ways: ClassVar[tuple[str, ...]] = ("entered",)
    entry: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = EntryEventConfig

    def hears(self, config: BaseModel) -> EventMatch:
        """Return the event."""
        return EntryEventConfig.model_validate(config).match

    def step(self, step: Step, config: BaseModel) -> None:
        """Let those who came in go on."""
        del config
        step.go("entered")
