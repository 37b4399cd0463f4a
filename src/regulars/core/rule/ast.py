"""The Rule: one typed JSON tree for segments, gates, branches and automations (ADR-0001)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, StrictStr
from pydantic import Field as Spec

from regulars.core.rule.window import MAX_DAYS, DayCount, Window

MAX_DEPTH = 8
MAX_LEAVES = 100
MAX_VALUES = 1_000
MAX_TEXT = 1_000
MAX_BYTES = 100_000
"""Of a rule as JSON: its values travel to the lake in the address of a request."""

MAX_STEPS = 5
MAX_HOURS = 8_784
"""Between two steps of a sequence: 366 days."""

MAX_LATITUDE = 80
"""Towards the poles a ring of cells has no bound."""

MAX_INT = 2**53 - 1
"""Whole numbers every engine and JavaScript hold exactly."""

Scalar = StrictBool | StrictInt | StrictStr
"""A value as JSON has it: days are text YYYY-MM-DD, money is minor units."""

CompareOp = Literal["eq", "ne", "lt", "le", "gt", "ge"]
Measure = Literal["count", "days", "sum", "min", "max"]
Amount = Literal["count", "days", "sum"]
FieldKey = Annotated[str, Spec(min_length=1, max_length=200)]


class _Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Group(_Node):
    """All ("and") or at least one ("or") of the rules hold."""

    op: Literal["and", "or"]
    rules: Annotated[tuple[Rule, ...], Spec(min_length=1)]


class Not(_Node):
    """The rule does not hold: the complement, so people with missing values are in it."""

    op: Literal["not"] = "not"
    rule: Rule


class Compare(_Node):
    """A field against one value. A missing value makes it false, also for `ne`."""

    op: CompareOp
    field: FieldKey
    value: Scalar


class In(_Node):
    """The field is one of the values."""

    op: Literal["in"] = "in"
    field: FieldKey
    values: Annotated[tuple[Scalar, ...], Spec(min_length=1, max_length=MAX_VALUES)]


class Has(_Node):
    """The set holds the value."""

    op: Literal["has"] = "has"
    field: FieldKey
    value: StrictStr


class Between(_Node):
    """low <= field < high."""

    op: Literal["between"] = "between"
    field: FieldKey
    low: Scalar
    high: Scalar


class Known(_Node):
    """The field has a value; a set is known when it is not empty."""

    op: Literal["known"] = "known"
    field: FieldKey


class TextMatch(_Node):
    """The text contains, or starts with, the value; letters in upper and lower case differ."""

    op: Literal["contains", "starts"]
    field: FieldKey
    value: Annotated[StrictStr, Spec(min_length=1)]


class WithinDays(_Node):
    """today - days < date <= today."""

    op: Literal["within_days"] = "within_days"
    field: FieldKey
    days: DayCount


class OlderThanDays(_Node):
    """date <= today - days."""

    op: Literal["older_than_days"] = "older_than_days"
    field: FieldKey
    days: Annotated[StrictInt, Spec(ge=0, le=MAX_DAYS)]


class BirthdayWithin(_Node):
    """The birthday is kept today or on one of the `days` days after it.

    One of 29 February is kept on the 28th in years without it.
    """

    op: Literal["birthday_within"] = "birthday_within"
    field: FieldKey
    days: Annotated[StrictInt, Spec(ge=0, le=60)]


class Near(_Node):
    """The centre of the cell lies within `km` of the point. lat, lon: degrees, WGS 84."""

    op: Literal["near"] = "near"
    field: FieldKey
    lat: Annotated[StrictFloat, Spec(ge=-MAX_LATITUDE, le=MAX_LATITUDE, allow_inf_nan=False)]
    lon: Annotated[StrictFloat, Spec(ge=-180, le=180, allow_inf_nan=False)]
    km: Annotated[StrictInt, Spec(ge=1, le=50)]


class Did(_Node):
    """What a person did: rows of a relation in a window, measured and compared.

    count: rows; days: distinct business days; sum, min, max: of a number field, missing values left out.
    No rows count and sum 0; their min and max are missing, so the comparison is false.
    """

    op: Literal["did"] = "did"
    relation: Annotated[str, Spec(min_length=1, max_length=100)]
    where: Rule | None = None
    window: Window
    measure: Measure = "count"
    of: FieldKey | None = None
    compare: CompareOp = "ge"
    value: StrictInt = 1


class Step(_Node):
    """One step of a sequence: a row of the relation that satisfies `where`.

    within_hours: at most so long after the step before; None for the first. absent: no such row came in that time.
    """

    relation: Annotated[str, Spec(min_length=1, max_length=100)]
    where: Rule | None = None
    within_hours: Annotated[StrictInt, Spec(ge=1, le=MAX_HOURS)] | None = None
    absent: StrictBool = False


class StepSequence(_Node):
    """Rows in order of time: each at a later instant than the one before, and soon enough after it.

    Two rows at the same instant are in no order. window: of the first step's business day. A last step that is
    `absent` is judged once the days on which it could still come are over: the business day of the step before,
    plus within_hours in whole days (rounded up), lies before today.
    """

    op: Literal["sequence"] = "sequence"
    steps: Annotated[tuple[Step, ...], Spec(min_length=2, max_length=MAX_STEPS)]
    window: Window


class CountWithin(_Node):
    """At least `value` inside some `days` business days in a row, which begin with the day of a row that counts.

    count: rows; days: distinct business days; sum: of a number field, missing values left out. Only rows in the
    window count.
    """

    op: Literal["count_within"] = "count_within"
    relation: Annotated[str, Spec(min_length=1, max_length=100)]
    where: Rule | None = None
    window: Window
    days: DayCount
    measure: Amount = "count"
    of: FieldKey | None = None
    value: Annotated[StrictInt, Spec(ge=1, le=MAX_INT)]


class InSegment(_Node):
    """The person is in the segment's newest membership."""

    op: Literal["in_segment"] = "in_segment"
    segment_id: Annotated[StrictInt, Spec(ge=1, le=2**32 - 1)]


class Everyone(_Node):
    """Everybody on record."""

    op: Literal["everyone"] = "everyone"


FieldLeaf = Compare | In | Has | Between | Known | TextMatch | WithinDays | OlderThanDays | BirthdayWithin | Near
RowsLeaf = Did | StepSequence | CountWithin
Leaf = FieldLeaf | RowsLeaf | InSegment | Everyone
Rule = Annotated[
    Group
    | Not
    | Compare
    | In
    | Has
    | Between
    | Known
    | TextMatch
    | WithinDays
    | OlderThanDays
    | BirthdayWithin
    | Near
    | Did
    | StepSequence
    | CountWithin
    | InSegment
    | Everyone,
    Spec(discriminator="op"),
]

for _cls in (Group, Not, Did, Step, StepSequence, CountWithin):
    _cls.model_rebuild()


def children(rule: Rule, path: str = "$") -> tuple[tuple[str, Rule], ...]:
    """Return (path, rule) of the rules directly under a group or not; none for leaves, also not `where`."""
    if isinstance(rule, Group):
        return tuple((f"{path}.rules[{i}]", child) for i, child in enumerate(rule.rules))
    if isinstance(rule, Not):
        return ((f"{path}.rule", rule.rule),)
    return ()


def leaves(rule: Rule, path: str = "$") -> Iterator[tuple[str, Leaf]]:
    """Yield (path, leaf) in order; a leaf about rows is one leaf, each `where` belongs to it."""
    if isinstance(rule, Group | Not):
        for at, child in children(rule, path):
            yield from leaves(child, at)
    else:
        yield path, rule


def wheres(leaf: Leaf, path: str = "$") -> tuple[tuple[str, str, Rule | None], ...]:
    """Return (path, relation, where) of each relation a leaf reads rows of; none for other leaves."""
    if isinstance(leaf, StepSequence):
        return tuple((f"{path}.steps[{i}]", step.relation, step.where) for i, step in enumerate(leaf.steps))
    return ((path, leaf.relation, leaf.where),) if isinstance(leaf, Did | CountWithin) else ()
