"""Entry: whoever comes into a segment, or leaves it, from now on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.event import Event
from regulars.core.events.segment import SegmentChanged
from regulars.core.text import Text
from regulars.journeys.contract import EventMatch, Node, Step, nodes


class EntrySegmentChangeConfig(BaseModel):
    """segment_id: a live segment. change: which people."""

    model_config = ConfigDict(extra="forbid")
    segment_id: int = Field(gt=0, title="Segment")
    change: Literal["joined", "left"] = Field(default="joined", title="Who")


@nodes.add
class EntrySegmentChange(Node):
    """Follows each change of the membership; who is in it when the journey is published does not enter."""

    key: ClassVar[str] = "entry_segment_change"
    title: ClassVar[Text] = Text("进出人群时进入", "Joining or leaving a segment enters")
    ways: ClassVar[tuple[str, ...]] = ("entered",)
    entry: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = EntrySegmentChangeConfig

    def hears(self, config: BaseModel) -> EventMatch:
        """Return the event."""
        del config
        return EventMatch(event=SegmentChanged.type)

    def about(self, config: BaseModel, event: Event) -> Sequence[int]:
        """Return who joined, or left, when it is this segment."""
        asked = EntrySegmentChangeConfig.model_validate(config)
        return event.props[asked.change] if event.props["segment_id"] == asked.segment_id else ()

    def step(self, step: Step, config: BaseModel) -> None:
        """Let those who came in go on."""
        del config
        step.go("entered")
