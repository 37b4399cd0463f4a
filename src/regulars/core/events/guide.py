"""Those of the house who talk to customers in a messenger."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class GuideUpdated(Payload):
    """A guide as the messenger's directory has them now; belongs to no customer. department: path of names."""

    type: ClassVar[str] = "guide.updated"
    title: ClassVar[Text] = Text("导购更新", "Guide updated")
    guide: str = Field(min_length=1, max_length=64)
    name: str = ""
    department: str = ""
    state: Literal["active", "inactive", "left"] = "active"


dictionary.add(GuideUpdated)
