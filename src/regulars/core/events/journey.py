"""Where people are on a journey, for rooms and journeys that go on from there."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class JourneyEnded(Payload):
    """Up to 4,000 people came to an end of a journey. node: which."""

    type: ClassVar[str] = "journey.ended"
    title: ClassVar[Text] = Text("旅程走完", "Journey ended")
    journey_id: int
    node: str
    uids: list[int]


class JourneyReached(Payload):
    """Somebody came to a place of a journey that has a name. name: as the operator calls it."""

    type: ClassVar[str] = "journey.reached"
    title: ClassVar[Text] = Text("到达旅程节点", "Journey step reached")
    journey_id: int
    node: str
    name: str = Field(min_length=1, max_length=60)


for _payload in (JourneyEnded, JourneyReached):
    dictionary.add(_payload)
