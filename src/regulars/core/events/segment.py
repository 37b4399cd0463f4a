"""Who entered and left a segment."""

from __future__ import annotations

from typing import ClassVar

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class SegmentChanged(Payload):
    """Up to 4,000 people entered or left. version: of the segment's membership."""

    type: ClassVar[str] = "segment.changed"
    title: ClassVar[Text] = Text("人群变动", "Segment changed")
    segment_id: int
    version: int
    joined: list[int]
    left: list[int]


dictionary.add(SegmentChanged)
