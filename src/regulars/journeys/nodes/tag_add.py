"""Tag: give people a value of a tag, for good or for a time."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes
from regulars.tags import api_setting as tags


class TagAddConfig(BaseModel):
    """tag_id, value: of a tag set by hand, the value by its number. days: taken back after so many; None = it stays."""

    model_config = ConfigDict(extra="forbid")
    tag_id: int = Field(gt=0, title="Tag")
    value: int = Field(gt=0, title="Value")
    days: int | None = Field(default=None, ge=1, le=3_660, title="For so many days")


@nodes.add
class TagAdd(Node):
    """The value is in conditions and segments a few seconds later; the fact names the journey."""

    key: ClassVar[str] = "tag_add"
    title: ClassVar[Text] = Text("打标签", "Tag")
    ways: ClassVar[tuple[str, ...]] = ("tagged",)
    Config: ClassVar[type[BaseModel]] = TagAddConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Set the value on everybody."""
        asked = TagAddConfig.model_validate(config)
        uids = [uid for chunk in step.chunks() for uid in chunk.uids]
        value = tags.Given(asked.value, by=step.origin, days=asked.days)
        tags.set_on_people(step.ctx, asked.tag_id, uids, value)
        step.go("tagged")
