"""Entry: whoever has come to the end of another journey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.event import Event
from regulars.core.events.journey import JourneyEnded
from regulars.core.text import Text
from regulars.journeys.contract import EventMatch, Node, Step, nodes


class EntryJourneyConfig(BaseModel):
    """journey_id: the other journey. node: an end of it, by its key; "" = any. Who left it before does not come."""

    model_config = ConfigDict(extra="forbid")
    journey_id: int = Field(gt=0, title="Journey")
    node: str = Field(default="", max_length=40, title="Only from this end")


@nodes.add
class EntryJourney(Node):
    """People come over within seconds of their end there."""

    key: ClassVar[str] = "entry_journey"
    title: ClassVar[Text] = Text("走完另一旅程后进入", "The end of another journey enters")
    ways: ClassVar[tuple[str, ...]] = ("entered",)
    entry: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = EntryJourneyConfig

    def hears(self, config: BaseModel) -> EventMatch:
        """Return the event."""
        del config
        return EventMatch(event=JourneyEnded.type)

    def about(self, config: BaseModel, event: Event) -> Sequence[int]:
        """Return who ended, when it is that journey and that end."""
        asked = EntryJourneyConfig.model_validate(config)
        same = event.props["journey_id"] == asked.journey_id and asked.node in ("", event.props["node"])
        return event.props["uids"] if same else ()

    def step(self, step: Step, config: BaseModel) -> None:
        """Let those who came in go on."""
        del config
        step.go("entered")
