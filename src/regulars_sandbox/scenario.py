"""Scenarios in YAML: what happens on which platform, when, how often. The sandbox's clock is moved, nobody waits.

    name: A sale hour
    lasts: 1h
    steps:
      - {at: 0s, every: 20s, times: 100, platform: taobao, verb: order, given: {buyer: [0, 40], goods: [1, 9]}}
      - {at: 10m, platform: wecom, verb: add_friend, given: {person: 3}}

A list of two numbers is a range from which the world draws one each time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from regulars_sandbox.app import Sandbox

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Step:
    """One act, or a series of it."""

    at: timedelta
    platform: str
    verb: str
    given: Mapping[str, Any]
    every: timedelta = timedelta()
    times: int = 1


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps in a span of time."""

    name: str
    lasts: timedelta
    steps: tuple[Step, ...]


def duration(text: object) -> timedelta:
    """Read "90s", "5m", "1h", "2d". Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", str(text).strip())
    if not found:
        raise ValueError(f"{text!r} is no duration such as 90s, 5m, 1h, 2d")
    return timedelta(**{_UNITS[found[2]]: float(found[1])})


def read(text: str) -> Scenario:
    """Read a scenario. Raises ValueError naming the step that cannot be read."""
    try:
        given = yaml.safe_load(text)
        steps = given["steps"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ValueError("a scenario has a name, lasts, and steps") from error
    made: list[Step] = []
    for number, step in enumerate(steps, start=1):
        try:
            rest = dict(step)
            at, every = duration(rest.pop("at", "0s")), duration(rest.pop("every", "0s"))
            made.append(Step(at=at, every=every, given=rest.pop("given", {}), **rest))
        except (TypeError, ValueError) as error:
            raise ValueError(f"step {number}: {error}") from error
    return Scenario(str(given.get("name", "")), duration(given.get("lasts", "1h")), tuple(made))


async def play(house: Sandbox, one: Scenario) -> dict[str, Any]:
    """Play a scenario from now on, in order of time; return what was done and what failed."""
    begun = house.now()
    moments = sorted(
        (step.at + turn * step.every, number, step)
        for number, step in enumerate(one.steps)
        for turn in range(step.times)
        if step.at + turn * step.every <= one.lasts
    )
    done: dict[str, int] = {}
    failed: list[str] = []
    for at, _, step in moments:
        house.move(max(timedelta(), begun + at - house.now()))
        try:
            await house.stands[step.platform].act(step.verb, _drawn(house, step.given))
        except (KeyError, ValueError) as error:
            failed.append(f"{step.platform} {step.verb}: {error}")
            continue
        name = f"{step.platform} {step.verb}"
        done[name] = done.get(name, 0) + 1
    house.move(max(timedelta(), begun + one.lasts - house.now()))
    return {"name": one.name, "done": done, "failed": failed[:20], "failures": len(failed)}


def _drawn(house: Sandbox, given: Mapping[str, Any]) -> dict[str, Any]:
    rng = house.world.rng
    return {
        name: rng.randint(*value) if isinstance(value, list) and len(value) == 2 else value
        for name, value in given.items()
    }
