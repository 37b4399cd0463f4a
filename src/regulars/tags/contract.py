"""The nouns of the tags room, as others see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from regulars.core.errors import NotFound

Origin = Literal["rule", "computed", "imported", "manual"]
State = Literal["ready", "refreshing", "failed"]


class TagNotFound(NotFound):
    """There is no such tag in this brand."""

    code = "tag.not_found"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tags of a list. q: letters of the name, upper and lower case alike. folder: in it or below, "" = all."""

    q: str = ""
    folder: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a tag. segment_id: of the live segment that holds its people. people: as far as the scope reaches."""

    no: int
    label: str
    segment_id: int
    people: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A named value about a person, and where it comes from.

    definition: as it was given, see `definition.Definition`. A person has one value at most. state, error,
    refreshed_at, as_of_on: of the values' segments; failed when one of them is, refreshed when the oldest of them was.
    """

    id: int
    folder: str
    name: str
    origin: Origin
    description: str
    owner: str
    definition: Mapping[str, Any]
    values: tuple[Value, ...]
    state: State
    error: str
    as_of_on: date | None
    refreshed_at: datetime | None
    created_at: datetime

    @property
    def people(self) -> int:
        """How many people have a value."""
        return sum(value.people for value in self.values)


@dataclass(frozen=True, slots=True)
class PersonTag:
    """A tag as one person has it. since: when it became so, None when that is not on record."""

    tag_id: int
    folder: str
    name: str
    origin: Origin
    no: int
    label: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What setting a value on a segment would do. same: have it already. other: have another value, which is lost."""

    people: int
    same: int
    other: int


@dataclass(frozen=True, slots=True)
class Received:
    """A value that came in for an imported tag. no: of the tag's value it belongs to, None = listed by none."""

    value: str
    people: int
    no: int | None
