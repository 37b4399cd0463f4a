"""Holdout: a random part is kept back, so that the others can be measured against it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.text import Text
from regulars.journeys.contract import HELD_OUT, TREATED, Node, Step, nodes

WHOLE_BP = 10_000


class HoldoutConfig(BaseModel):
    """share_bp: the part kept back, in 1/10,000. experiment: the salt of the hash; the same gives the same arms."""

    model_config = ConfigDict(extra="forbid")
    share_bp: int = Field(ge=0, le=9_000, title="Kept back, basis points")
    experiment: str = Field(min_length=1, max_length=100)


@nodes.add
class Holdout(Node):
    """The split stands before every gate: who is not reached later stays in the treated arm (intention to treat)."""

    key: ClassVar[str] = "holdout"
    title: ClassVar[Text] = Text("对照组", "Holdout")
    ways: ClassVar[tuple[str, ...]] = (TREATED, HELD_OUT)
    Config: ClassVar[type[BaseModel]] = HoldoutConfig

    def step(self, step: Step, config: BaseModel) -> None:
        """Split by the stable hash."""
        settings = HoldoutConfig.model_validate(config)
        arms = {HELD_OUT: settings.share_bp, TREATED: WHOLE_BP - settings.share_bp}
        step.split(settings.experiment, arms, lambda arm: arm)
