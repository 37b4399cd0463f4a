"""Tag: take a tag's value away."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes
from regulars.tags import api_setting as tags


class TagRemoveConfig(BaseModel):
    """tag_id: a tag set by hand."""

    model_config = ConfigDict(extra="forbid")
    tag_id: int = Field(gt=0, title="Tag")


@nodes.add
class TagRemove(Node):
    """Whatever value of the tag somebody has goes."""

    key: ClassVar[str] = "tag_remove"
    title: ClassVar[Text] = Text("去掉标签", "Remove a tag")
    ways: ClassVar[tuple[str, ...]] = ("removed",)
    Config: ClassVar[type[BaseModel]] = TagRemoveConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Take it from everybody."""
        uids = [uid for chunk in step.chunks() for uid in chunk.uids]
        tags.set_on_people(
            step.ctx, TagRemoveConfig.model_validate(config).tag_id, uids, tags.Given(None, by=step.origin)
        )
        step.go("removed")
