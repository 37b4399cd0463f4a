"""A scenario while it is played: at once, with the sandbox's clock moved, or at a pace, with real time passing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from regulars_sandbox.faults import Fault
from regulars_sandbox.scenario import Scenario, Step

if TYPE_CHECKING:
    from regulars_sandbox.app import Sandbox

_FAILURES_SHOWN = 20


@dataclass(slots=True)
class Play:
    """What was done of a scenario. pace: how many times faster than real time it runs; 0 = at once.

    At a pace all times are real ones, so that clients, whose own clocks nobody moves, go on being believed.
    """

    scenario: Scenario
    pace: float = 0.0
    at: timedelta = timedelta()
    done: Counter[str] = field(default_factory=Counter[str])
    failed: list[str] = field(default_factory=list[str])
    failures: int = 0
    ended: bool = False

    def row(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "name": self.scenario.name, "lasts_s": self.scenario.lasts.total_seconds(),
            "at_s": round(self.at.total_seconds(), 1), "ended": self.ended, "done": dict(self.done),
            "failed": list(self.failed), "failures": self.failures,
        }  # fmt: skip

    async def run(self, house: Sandbox) -> None:
        """Play it from now on, in order of time."""
        begun, since = house.now(), asyncio.get_running_loop().time()

        async def until(at: timedelta) -> None:
            if self.pace:
                await asyncio.sleep(since + at.total_seconds() / self.pace - asyncio.get_running_loop().time())
            else:
                house.move(max(timedelta(), begun + at - house.now()))
            self.at = at

        lasts = self.scenario.lasts
        moments = sorted(
            (step.at + turn * step.every, number, turn)
            for number, step in enumerate(self.scenario.steps)
            for turn in range(step.turns(lasts))
        )
        for at, number, turn in moments:
            await until(at)
            await self._do(house, self.scenario.steps[number], turn)
        await until(lasts)
        self.ended = True

    async def _do(self, house: Sandbox, step: Step, turn: int) -> None:
        if not step.verb:
            if step.fault is None:
                house.faults.clear()
            else:
                house.faults.add(Fault.of(step.fault))
            return
        try:
            await house.stands[step.platform].act(step.verb, _drawn(house, step.given, turn))
        except (KeyError, ValueError, TypeError) as error:
            self.failures += 1
            if len(self.failed) < _FAILURES_SHOWN:
                self.failed.append(f"line {step.line}: {step.platform} {step.verb}: {error}")
            return
        self.done[f"{step.platform} {step.verb}"] += 1


def _drawn(house: Sandbox, given: Mapping[str, Any], turn: int) -> dict[str, Any]:
    rng = house.world.rng

    def one(value: Any) -> Any:  # noqa: ANN401 - whatever a verb takes
        if isinstance(value, Mapping):
            return rng.choice(value["any"]) if "any" in value else value["from"] + turn
        if isinstance(value, list) and len(value) == 2 and all(isinstance(edge, int) for edge in value):
            return rng.randint(*value)
        return value

    return {name: one(value) for name, value in given.items()}
