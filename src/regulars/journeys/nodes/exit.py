"""Exit: the end of the way."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes


class ExitConfig(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(extra="forbid")


@nodes.add
class Exit(Node):
    """People who come here have ended; by which way they came says how."""

    key: ClassVar[str] = "exit"
    title: ClassVar[Text] = Text("结束", "Exit")
    Config: ClassVar[type[BaseModel]] = ExitConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """End everybody."""
        del config
        step.end()
