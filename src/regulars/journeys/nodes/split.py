"""Split: at random, by shares, the same person always the same way."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.journeys.contract import Node, Step, nodes

WHOLE_BP = 10_000


class Share(BaseModel):
    """A part of the people. bp: of 10,000."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern="^[a-z0-9_]{1,20}$", title="Way out")
    bp: int = Field(ge=1, le=WHOLE_BP, title="Basis points")


class SplitConfig(BaseModel):
    """experiment: the salt of the hash; the same salt gives the same parts in every journey."""

    model_config = ConfigDict(extra="forbid")
    experiment: str = Field(min_length=1, max_length=100, title="Experiment")
    shares: Annotated[tuple[Share, ...], Field(min_length=2, max_length=10, title="Parts")]


@nodes.add
class Split(Node):
    """The parts are ways out, named by the operator; who went which way is kept as the person's arm."""

    key: ClassVar[str] = "split"
    title: ClassVar[Text] = Text("随机分流", "Random split")
    Config: ClassVar[type[BaseModel]] = SplitConfig

    def ways_out(self, config: BaseModel) -> tuple[str, ...]:
        """Return the names of the parts."""
        return tuple(share.name for share in SplitConfig.model_validate(config).shares)

    def check(self, config: BaseModel) -> None:
        """Raise BadInput unless the parts make a whole, each named once."""
        shares = SplitConfig.model_validate(config).shares
        if len({share.name for share in shares}) < len(shares) or sum(share.bp for share in shares) != WHOLE_BP:
            raise BadInput("The parts of a split are named once and make 100 %.", "Correct names and shares.")

    def step(self, step: Step, config: BaseModel) -> None:
        """Place everybody by the stable hash."""
        asked = SplitConfig.model_validate(config)
        step.split(asked.experiment, {share.name: share.bp for share in asked.shares}, lambda arm: arm)
