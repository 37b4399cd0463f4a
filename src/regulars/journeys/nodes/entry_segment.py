"""Entry: the people of a segment, as they are when the run starts."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes
from regulars.segments import api as segments


class EntrySegmentConfig(BaseModel):
    """segment_id: whose members enter."""

    model_config = ConfigDict(extra="forbid")
    segment_id: int = Field(gt=0, title="Segment")


@nodes.add
class EntrySegment(Node):
    """Everybody in the segment enters once; a replay takes those who were in it on its day."""

    key: ClassVar[str] = "entry_segment"
    title: ClassVar[Text] = Text("人群进入", "Segment enters")
    ways: ClassVar[tuple[str, ...]] = ("entered",)
    entry: ClassVar[bool] = True
    comes: ClassVar[Literal["once", "timed", "told"]] = "once"
    Config: ClassVar[type[BaseModel]] = EntrySegmentConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Enrol the members."""
        settings = EntrySegmentConfig.model_validate(config)
        as_of = step.ctx.today if step.run.origin == "replay" else None
        step.enter(segments.members(step.ctx, settings.segment_id, as_of=as_of), "entered")
