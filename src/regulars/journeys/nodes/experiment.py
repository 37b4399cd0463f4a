"""Experiment: arms at random until the goal tells which is best, then the best for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.insight import api as insight
from regulars.journeys import store_entering
from regulars.journeys.contract import Node, Step, nodes
from regulars.journeys.nodes.split import WHOLE_BP, Share


class ExperimentConfig(BaseModel):
    """experiment: the salt of the hash. after_people, after_days: both are waited for before it is decided.

    surely: decided only once the best is better than the second beyond chance (95 %).
    """

    model_config = ConfigDict(extra="forbid")
    experiment: str = Field(min_length=1, max_length=100, title="Experiment")
    shares: Annotated[tuple[Share, ...], Field(min_length=2, max_length=10, title="Parts")]
    after_people: int = Field(default=1_000, ge=0, le=10_000_000, title="Decided after so many people")
    after_days: int = Field(default=3, ge=0, le=366, title="And after days")
    surely: bool = Field(default=True, title="Only when the best is surely better")

    def winner(self, arms: Sequence[Mapping[str, Any]], now_after: timedelta) -> str:
        """Return the best arm, "" while it is too early. arms: arm, people, reached. now_after: the first came."""
        if now_after < timedelta(days=self.after_days) or sum(one["people"] for one in arms) < self.after_people:
            return ""
        ranked = sorted(arms, key=lambda one: (-one["reached"] / one["people"], one["arm"]))
        if len(ranked) < len(self.shares):
            return ""
        best, second = ranked[0], ranked[1]
        if not self.surely:
            return str(best["arm"]) if best["reached"] else ""
        lift = insight.difference_of_rates(
            best["reached"], best["people"], held_out_hits=second["reached"], held_out_n=second["people"]
        )
        return str(best["arm"]) if lift.low > 0 else ""


@nodes.add
class Experiment(Node):
    """The same person always goes the same way until it is decided; who was placed stays in the comparison."""

    key: ClassVar[str] = "experiment"
    title: ClassVar[Text] = Text("实验择优", "Experiment with a winner")
    Config: ClassVar[type[BaseModel]] = ExperimentConfig

    def ways_out(self, config: BaseModel) -> tuple[str, ...]:
        """Return the names of the arms."""
        return tuple(share.name for share in ExperimentConfig.model_validate(config).shares)

    def check(self, config: BaseModel) -> None:
        """Raise BadInput unless the arms make a whole, each named once."""
        shares = ExperimentConfig.model_validate(config).shares
        if len({share.name for share in shares}) < len(shares) or sum(share.bp for share in shares) != WHOLE_BP:
            raise BadInput("The parts of a split are named once and make 100 %.", "Correct names and shares.")

    def step(self, step: Step, config: BaseModel) -> None:
        """Place everybody by the stable hash, or send all to the arm that has won."""
        asked = ExperimentConfig.model_validate(config)
        won = _decided(step, asked)
        if won:
            step.go(won)
        else:
            step.split(asked.experiment, {share.name: share.bp for share in asked.shares}, lambda arm: arm)


def _decided(step: Step, asked: ExperimentConfig) -> str:
    """Return the arm the experiment was decided for, deciding it now if it is time."""
    ctx, journey_id = step.ctx, step.run.journey_id or 0
    before = store_entering.choice(ctx, journey_id, asked.experiment)
    if before:
        return before if before in {share.name for share in asked.shares} else ""
    arms = store_entering.arms(ctx, journey_id, asked.experiment)
    if not arms:
        return ""
    won = asked.winner(arms, ctx.now - min(one["first_at"] for one in arms))
    if won:
        rates = {one["arm"]: {"people": one["people"], "reached": one["reached"]} for one in arms}
        store_entering.decide(ctx, journey_id, asked.experiment, arm=won, rates=rates)
    return won
