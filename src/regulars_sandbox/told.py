"""What the sandbox did, to be held against what a client made of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regulars_sandbox.app import Sandbox


def facts(house: Sandbox) -> dict[str, Any]:
    """Return counts by platform, and people: as many as can be told apart by the names that were told together."""
    named = [ids for stand in house.stands.values() for ids in stand.named()]
    return {"people": people(named), **{key: told for key, one in house.stands.items() if (told := one.facts())}}


def people(named: Iterable[tuple[str, ...]]) -> int:
    """Return how many people there are when names told together are one person's."""
    above: dict[str, str] = {}

    def first(name: str) -> str:
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for names in named:
        for name in names:
            above[first(name)] = first(names[0])
    return sum(first(name) == name for name in list(above))
