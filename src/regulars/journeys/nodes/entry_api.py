"""Entry: whom a system of the brand names over HTTP."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes


class EntryApiConfig(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(extra="forbid")


@nodes.add
class EntryApi(Node):
    """POST /api/journeys/{id}/enter lets people in, as often as the journey's settings let them."""

    key: ClassVar[str] = "entry_api"
    title: ClassVar[Text] = Text("接口调用进入", "A call enters")
    ways: ClassVar[tuple[str, ...]] = ("entered",)
    entry: ClassVar[bool] = True
    called: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = EntryApiConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Let those who came in go on."""
        del config
        step.go("entered")
