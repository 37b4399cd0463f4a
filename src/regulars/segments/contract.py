"""The nouns of the segments room, as others see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from regulars.core.errors import Conflict, NotFound
from regulars.core.rule import Rule
from regulars.core.rule.lake import Path
from regulars.core.text import Text

Kind = Literal["dynamic", "static"]
State = Literal["ready", "refreshing", "failed"]
SetOp = Literal["union", "intersect", "subtract"]

ListSort = Literal["newest", "name", "refreshed"]

EVENT_PEOPLE = 4_000
"""Most people one segment.changed event, or one page of members, names."""


TAG_KEY = "tag:"
"""Begins the key of a segment that holds the people of a tag's value."""


class SegmentNotFound(NotFound):
    """There is no such segment in this brand."""

    code = "segment.not_found"


class SegmentInUse(Conflict):
    """Other segments are built on this one."""

    code = "segment.in_use"


@dataclass(frozen=True, slots=True)
class Segment:
    """A named group of people.

    dynamic: follows its rule. static: frozen when made. version: of its membership; versions of a segment only
    grow. people: in it at that version (as far as the asker's scope reaches). as_of_on: business day its windows
    count back from. made_from: where a static segment came from, e.g. {"from": "rule"}. error: why the last
    refresh failed; the membership is then still that of `version`.
    """

    id: int
    brand_id: int
    key: str | None
    name: str
    kind: Kind
    rule: Rule | None
    made_from: Mapping[str, Any]
    description: str
    owner: str
    state: State
    version: int
    people: int
    as_of_on: date | None
    refreshed_at: datetime | None
    error: str
    created_at: datetime

    @property
    def of_tag(self) -> bool:
        """Whether it holds the people of a tag's value: the tag is what people change and look for."""
        return self.key is not None and self.key.startswith(TAG_KEY)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which segments of a list. q: letters of the name, upper and lower case alike. failed: whose last refresh failed.

    sort: newest; name: from A; refreshed: the latest first, those never refreshed last.
    """

    q: str = ""
    kind: Kind | None = None
    failed: bool = False
    sort: ListSort = "newest"


@dataclass(frozen=True, slots=True)
class PartCost:
    """What one part of a rule costs to count. path: how it is answered. kept: nothing has to be read for it."""

    path: Path
    kept: bool
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What an exact count costs, said before it runs.

    rows: that would be read. seconds: estimated from them, at the rates of the counts that this process has run.
    over: so long that it is only made when asked for. parts: of the rule, then of everybody beside it.
    """

    parts: tuple[PartCost, ...]
    rows: int
    seconds: float
    over: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """How many people a rule finds.

    people: exact, or when `estimate` the best guess from 1/16 of all people with [low, high] as its 95 % interval
    (Wilson). of_people: everybody on record. path: how it was answered ("bitmap", "state", "arrays", "scan").
    cost: of the exact count, as it was before this one.
    """

    people: int
    estimate: bool
    low: int
    high: int
    of_people: int
    path: str
    seconds: float
    sentence: Text
    cost: Cost


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a segment, as lists show them. label: masked. rfm: scores 1 to 5, 0 without a purchase."""

    uid: int
    label: str
    anonymous: bool
    purchase_number: int
    ladder_step: int
    net_fen: int
    first_order_on: date | None
    last_order_on: date | None
    region: str
    favourite_category: str
    rfm: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Diff:
    """What one refresh changed. whole: everybody was evaluated, not only the people touched.

    drift: of a weekly check, which evaluates everybody: how many people were in or out wrongly; else None.
    """

    version: int
    at: datetime
    as_of_on: date
    whole: bool
    joined: int
    left: int
    people: int
    path: str
    drift: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition of a rule for one person. found: what is known or was measured, JSON-safe; None = nothing."""

    ok: bool
    condition: Text
    path: str
    found: object


@dataclass(frozen=True, slots=True)
class Why:
    """Whether a person is in a segment, and why.

    member: by the stored membership. matches: by the rule right now; None for a static segment.
    """

    member: bool
    matches: bool | None
    reasons: tuple[Reason, ...]
