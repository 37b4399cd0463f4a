"""Notice: tell the staff's group."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.channels import api_notices as notices
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes


class NoticeConfig(BaseModel):
    """text: what is said; {people} is how many came, in no case who."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=300, title="Text ({people} = how many)")


@nodes.add
class NoticeNode(Node):
    """Said in the groups that the brand's notices of journeys go to."""

    key: ClassVar[str] = "notice"
    title: ClassVar[Text] = Text("通知员工群", "Tell the staff")
    ways: ClassVar[tuple[str, ...]] = ("told",)
    Config: ClassVar[type[BaseModel]] = NoticeConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Write the notice; the notices' own pass says it."""
        people = sum(len(chunk.uids) for chunk in step.chunks())
        if people:
            text = NoticeConfig.model_validate(config).text.replace("{people}", f"{people:,}")
            notices.tell(step.ctx, notices.JOURNEYS, text)
        step.go("told")
