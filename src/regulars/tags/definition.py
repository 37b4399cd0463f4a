"""What each origin of tags is made of, and the rule that each of its values comes to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator

from regulars.core.errors import BadInput
from regulars.core.rule import Rule, check, fields, parse
from regulars.core.rule.ast import Did, Group, Has, Measure, Not
from regulars.core.rule.window import Window

MOST_VALUES = 20
"""Of a tag: each value is a live segment, which every event of its people tests."""
FACTS = "person.tags"

RuleJson = dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Value(_Part):
    """no: 0 = new; the number of a value stays when it is renamed and is never given to another."""

    no: Annotated[int, Field(ge=0)] = 0
    label: Annotated[str, Field(min_length=1, max_length=40)]

    @field_validator("label")
    @classmethod
    def _trimmed(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("a value needs a name")
        return value.strip()


class RuleValue(_Value):
    """A value and its condition. Of several that hold the first counts."""

    rule: RuleJson


class Band(_Value):
    """A value from `low` on, up to the next band's; null: whatever lies below. Units of the measure, money in fen."""

    low: int | None


class Match(_Value):
    """A value and how it is written where it comes from; several writings may be one value."""

    match: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(min_length=1, max_length=20)
    ]


class _Definition(_Part):
    next_no: Annotated[int, Field(ge=1)] = 1


class ByRule(_Definition):
    """Each value has a condition of its own."""

    origin: Literal["rule"] = "rule"
    values: Annotated[tuple[RuleValue, ...], Field(min_length=1, max_length=MOST_VALUES)]


class Computed(_Definition):
    """A measure of a relation's rows over a window, put into bands."""

    origin: Literal["computed"] = "computed"
    relation: str
    where: RuleJson | None = None
    window: Window
    measure: Measure = "count"
    of: str | None = None
    values: Annotated[tuple[Band, ...], Field(min_length=1, max_length=MOST_VALUES)]

    @model_validator(mode="after")
    def _ascending(self) -> Computed:
        lows = [band.low for band in self.values]
        rest = [low for low in lows[1:] if low is not None]
        known = rest if lows[0] is None else [lows[0], *rest]
        if len(rest) != len(lows) - 1 or any(b <= a for a, b in pairwise(known)):
            raise ValueError("each band must begin above the one before")
        return self


class Imported(_Definition):
    """An attribute that comes with identify messages or in a column of a file."""

    origin: Literal["imported"] = "imported"
    attribute: Annotated[str, Field(pattern=r"^\S.{0,98}\S$|^\S$")]
    values: Annotated[tuple[Match, ...], Field(min_length=1, max_length=MOST_VALUES)]

    @model_validator(mode="after")
    def _once(self) -> Imported:
        written = [one for value in self.values for one in value.match]
        if len(set(written)) < len(written):
            raise ValueError("one writing cannot stand for two values")
        return self


class Manual(_Definition):
    """Values that people set."""

    origin: Literal["manual"] = "manual"
    values: Annotated[tuple[_Value, ...], Field(min_length=1, max_length=MOST_VALUES)]


Definition = Annotated[ByRule | Computed | Imported | Manual, Field(discriminator="origin")]
_read: TypeAdapter[ByRule | Computed | Imported | Manual] = TypeAdapter(Definition)


def read(json: object) -> ByRule | Computed | Imported | Manual:
    """Read a definition from decoded JSON. Raises BadInput naming the part."""
    try:
        found = _read.validate_python(json)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"][1:]) or "definition"
        said = first["msg"].removeprefix("Value error, ")
        raise BadInput(f"{where}: {said}.", "Correct this part of the tag.", code="tag.malformed") from error
    labels = [value.label.lower() for value in found.values]
    if len(set(labels)) < len(labels):
        raise BadInput("Two values of the tag have the same name.", "Give each its own.", code="tag.value_twice")
    return found


def dump(definition: ByRule | Computed | Imported | Manual) -> dict[str, Any]:
    """Write a definition as JSON; `read` of it gives the same."""
    return _read.dump_python(definition, mode="json")


def numbered(
    new: ByRule | Computed | Imported | Manual, old: ByRule | Computed | Imported | Manual | None
) -> ByRule | Computed | Imported | Manual:
    """Give new values numbers that no value of the tag ever had. Raises BadInput for a number it does not have."""
    known = {value.no for value in old.values} if old else set[int]()
    following = old.next_no if old else 1
    values: list[_Value] = []
    for value in new.values:
        if value.no and value.no not in known:
            raise BadInput(f"The tag has no value {value.no}.", "Open the tag again.", code="tag.unknown_value")
        known.discard(value.no)
        values.append(value if value.no else value.model_copy(update={"no": following}))
        following += not value.no
    return new.model_copy(update={"values": tuple(values), "next_no": following})


def rules_of(tag_id: int, definition: ByRule | Computed | Imported | Manual) -> dict[int, Rule]:
    """Return the rule of each value by its number; no two hold for one person. Raises BadInput."""
    match definition:
        case ByRule():
            return _first_that_holds(definition)
        case Computed():
            return _bands(definition)
        case Imported():
            return {v.no: _any([_has(tag_id, written) for written in v.match]) for v in definition.values}
        case Manual():
            return {v.no: _has(tag_id, str(v.no)) for v in definition.values}


def _first_that_holds(definition: ByRule) -> dict[int, Rule]:
    found: dict[int, Rule] = {}
    before: list[Rule] = []
    for value in definition.values:
        rule = parse(value.rule)
        found[value.no] = Group(op="and", rules=(rule, Not(rule=_any(before)))) if before else rule
        before.append(rule)
    return found


def _any(rules: Sequence[Rule]) -> Rule:
    return rules[0] if len(rules) == 1 else Group(op="or", rules=tuple(rules))


def _has(tag_id: int, value: str) -> Has:
    return Has(field=FACTS, value=f"{tag_id}:{value}")


def _bands(definition: Computed) -> dict[int, Rule]:
    lows = [band.low for band in definition.values]
    found: dict[int, Rule] = {}
    for band, following in zip(definition.values, [*lows[1:], None], strict=True):
        ends = ([_from(definition, band.low)] if band.low is not None else []) + (
            [Not(rule=_from(definition, following))] if following is not None else []
        )
        if not ends:
            raise BadInput("One band that begins nowhere holds everybody.", "Give it a beginning, or add a band.")
        found[band.no] = ends[0] if len(ends) == 1 else Group(op="and", rules=tuple(ends))
    return found


def _from(definition: Computed, low: int) -> Did:
    rule = Did(
        relation=definition.relation,
        where=parse(definition.where) if definition.where else None,
        window=definition.window,
        measure=definition.measure,
        of=definition.of,
        compare="ge",
        value=low,
    )
    check(rule, fields)
    return rule
