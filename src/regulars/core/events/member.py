"""Membership of a brand's club."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from regulars.core.event import Payload, Pii, dictionary
from regulars.core.text import Text


class MemberJoined(Payload):
    """Somebody became a member of the brand."""

    type: ClassVar[str] = "member.joined"
    title: ClassVar[Text] = Text("入会", "Member joined")
    member_no: Annotated[str, Pii("member_no")] = Field(min_length=1, max_length=100)
    shop: str = ""
    store: str = ""
    channel: str = ""


dictionary.add(MemberJoined)
