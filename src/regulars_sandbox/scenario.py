"""Scenarios in YAML: what happens on which platform, when, how often, and what fails meanwhile.

    name: A sale hour
    lasts: 1h
    steps:
      - {at: 0s, every: 20s, times: 100, platform: taobao, verb: order, given: {buyer: [0, 40], goods: [1, 9]}}
      - {at: 10m, fault: {platform: taobao, kind: rate, times: 3}}

Of a value, a list of two numbers is a range from which the world draws one each time; {from: 5} counts 5, 6, 7 with
each turn; {any: [...]} is one of them. The whole language is in docs/practice.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from regulars_sandbox.faults import Fault

Verbs = Mapping[str, Mapping[str, str]]
"""What can happen, by platform: verbs with the names they take, as `StandIn.verbs`."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SCENARIO = frozenset({"name", "about", "lasts", "steps"})
_STEP = frozenset({"at", "every", "times", "platform", "verb", "given", "fault"})
_MOST_TURNS = 100_000


@dataclass(frozen=True, slots=True)
class Step:
    """One act, or a series of it; or, with fault, something that is to go wrong (None = nothing any more)."""

    line: int
    at: timedelta
    every: timedelta
    times: int
    platform: str = ""
    verb: str = ""
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    fault: Mapping[str, Any] | None = None

    def turns(self, lasts: timedelta) -> int:
        """Return how often it happens; times 0 = until the end."""
        room = 1 + int((lasts - self.at) / self.every) if self.every else 1
        return max(0, min(self.times or room, room if self.every else self.times))


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps in a span of time. about: what it shows."""

    name: str
    about: str
    lasts: timedelta
    steps: tuple[Step, ...]


class _Mapping(dict[str, Any]):
    """A mapping that knows on which lines of its file it and its names stand."""

    line: int = 1
    lines: Mapping[str, int]


class _Loader(yaml.SafeLoader):
    """YAML whose mappings know their lines."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> _Mapping:
    made = _Mapping(loader.construct_pairs(node, deep=True))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - untyped in PyYAML
    made.line = node.start_mark.line + 1
    made.lines = {str(name.value): name.start_mark.line + 1 for name, _ in node.value}
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


# --- reading --------------------------------------------------------------------------------------------------
def shipped() -> dict[str, str]:
    """Return the texts of the scenarios that come with the sandbox, by name."""
    folder = resources.files("regulars_sandbox") / "scenarios"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return {one.name.removesuffix(".yaml"): one.read_text("utf-8") for one in files}


def find(name: str) -> str:
    """Return the text of a shipped scenario or of a file. Raises ValueError."""
    known = shipped()
    if name in known:
        return known[name]
    file = Path(name)
    if not file.is_file():
        raise ValueError(f"there is no scenario {name!r}, and no such file; there are {', '.join(known)}")
    return file.read_text("utf-8")


def duration(text: object) -> timedelta:
    """Read "90s", "5m", "1h", "2d". Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", str(text).strip())
    if not found:
        raise ValueError(f"{text!r} is no duration such as 90s, 5m, 1h, 2d")
    return timedelta(**{_UNITS[found[2]]: float(found[1])})


def read(text: str, verbs: Verbs) -> Scenario:
    """Read a scenario. Raises ValueError naming the line that cannot be read, and why."""
    try:
        given = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f"line {line}: {error.problem or 'is no YAML'}") from error
    except yaml.YAMLError as error:
        raise ValueError("line 1: is no YAML") from error
    if not isinstance(given, _Mapping):
        raise ValueError("line 1: a scenario is a mapping with name, lasts and steps")
    _named(given, _SCENARIO, ("name", "lasts", "steps"))
    lasts = _duration(given, "lasts")
    steps = given["steps"]
    if not isinstance(steps, list) or not steps:
        raise ValueError(f"line {given.lines['steps']}: steps is a list with at least one step")
    made = tuple(_step(one, given.lines["steps"], verbs) for one in steps)
    late = next((one for one in made if one.at > lasts), None)
    if late:
        raise ValueError(f"line {late.line}: the step begins after the end of the scenario")
    if sum(one.turns(lasts) for one in made) > _MOST_TURNS:
        raise ValueError(f"line {given.lines['steps']}: more than {_MOST_TURNS:,} things are to happen")
    return Scenario(str(given["name"]), str(given.get("about", "")).strip(), lasts, made)


def _step(one: object, above: int, verbs: Verbs) -> Step:
    if not isinstance(one, _Mapping):
        raise ValueError(f"line {above}: each step is a mapping such as {{at: 0s, platform: taobao, verb: order}}")
    _named(one, _STEP, ("fault",) if "fault" in one else ("platform", "verb"))
    at, every = _duration(one, "at"), _duration(one, "every")
    times = one.get("times", 0 if every else 1)
    if not isinstance(times, int) or isinstance(times, bool) or times < (0 if every else 1):
        raise ValueError(f"line {one.lines.get('times', one.line)}: times is a whole number from 1")
    if times > 1 and not every:
        raise ValueError(f"line {one.lines['times']}: a step of several times needs every, such as every: 20s")
    if "fault" in one:
        return Step(one.line, at, every, times, fault=_fault(one, verbs))
    platform, verb = str(one["platform"]), str(one["verb"])
    _known(one, "platform", platform, verbs)
    _known(one, "verb", verb, verbs[platform])
    return Step(one.line, at, every, times, platform, verb, _given(one, verbs[platform][verb]))


def _fault(one: _Mapping, verbs: Verbs) -> Mapping[str, Any] | None:
    given = one["fault"]
    if given == "none":
        return None
    line = one.lines["fault"]
    if not isinstance(given, _Mapping):
        raise ValueError(f"line {line}: a fault is none, or a mapping such as {{platform: taobao, kind: rate}}")
    if given.get("platform") != "*":
        _known(given, "platform", str(given.get("platform", "")), verbs)
    try:
        Fault.of(given)
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from error
    return dict(given)


def _given(one: _Mapping, takes: str) -> Mapping[str, Any]:
    given = one.get("given", _Mapping())
    line = one.lines.get("given", one.line)
    if not isinstance(given, _Mapping):
        raise ValueError(f"line {line}: given is a mapping such as {{buyer: 3}}")
    names = takes.split()
    if given:
        _named(given, frozenset(name.rstrip("*") for name in names), ())
    missing = [name[:-1] for name in names if name.endswith("*") and name[:-1] not in given]
    if missing:
        raise ValueError(f"line {line}: {one['verb']} needs {', '.join(missing)}")
    for name, value in given.items():
        if isinstance(value, _Mapping) and not _is_choice(value):
            raise ValueError(f"line {given.lines[name]}: {name} is a value, a list, {{from: 1}} or {{any: [a, b]}}")
    return dict(given)


def _is_choice(value: Mapping[str, Any]) -> bool:
    if list(value) == ["from"]:
        return isinstance(value["from"], int)
    return list(value) == ["any"] and isinstance(value["any"], list) and bool(value["any"])


def _named(given: _Mapping, takes: frozenset[str], needs: Sequence[str]) -> None:
    for name in given:
        if name not in takes:
            known = ", ".join(sorted(takes)) or "nothing"
            raise ValueError(f"line {given.lines[str(name)]}: {name!r} is not known here; known: {known}")
    missing = [name for name in needs if name not in given]
    if missing:
        raise ValueError(f"line {given.line}: {', '.join(missing)} is missing")


def _known(given: _Mapping, name: str, value: str, known: Mapping[str, Any]) -> None:
    if value not in known:
        line = given.lines.get(name, given.line)
        raise ValueError(f"line {line}: there is no {name} {value!r}; there are {', '.join(known) or 'none'}")


def _duration(given: _Mapping, name: str) -> timedelta:
    try:
        return duration(given.get(name, "0s"))
    except ValueError as error:
        raise ValueError(f"line {given.lines[name]}: {error}") from error
