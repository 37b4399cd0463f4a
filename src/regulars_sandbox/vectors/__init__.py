"""Test vectors that the platforms, or long-used clients of theirs, have published: one TOML file a platform.

[[vector]] name, given (a table of texts), expected (text), source (where it is published).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Vector:
    """An input and what must come of it. source: where it was published."""

    platform: str
    name: str
    given: Mapping[str, str]
    expected: str
    source: str


def read() -> list[Vector]:
    """Return all vectors, by platform and in the order of their files."""
    found: list[Vector] = []
    for file in sorted(resources.files(__name__).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            platform = file.name.removesuffix(".toml")
            found += [Vector(platform, **one) for one in tomllib.loads(file.read_text("utf-8"))["vector"]]
    return found
