"""Tests a few people for many rules at once, each distinct part of the rules once.

Parts that count rows share one reading of each relation; every other part is a column over the person rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.rule import Counted, FieldCatalog, LakeBinding, Rule, fields
from regulars.core.rule.catalog import PERSON
from regulars.core.rule.lake import Path
from regulars.core.rule.parts import Part, SegmentPart, Signed, Taking, Together, dearest
from regulars.identity import api as identity
from regulars.profiles import api as profiles
from regulars.segments import logic, store_lake
from regulars.segments.store_lake import Column, Membership

PEOPLE_AT_ONCE = 5_000
"""How many are put aside at once: bounds memory."""

VALUES_AT_ONCE = 20_000
"""Characters of bound values that fit, with their names, into one statement's address line."""


@dataclass(slots=True)
class Tested:
    """What was found of the people asked about. known: those on record. holds: by key of a part. inside: by segment."""

    known: set[int]
    holds: dict[str, set[int]]
    inside: dict[int, set[int]]


class Testing:
    """Rules to be tested together. rules: by segment id; may be built on each other and on further segments."""

    def __init__(self, ctx: Ctx, rules: Mapping[int, Rule], bind: LakeBinding) -> None:
        self._ctx = ctx
        taking = Taking(_catalog(), today=ctx.today, bind=bind)
        self._roots = {segment_id: taking.apart(rule) for segment_id, rule in rules.items()}
        self._parts = {
            part.key: part for root in self._roots.values() for part in root.parts() if isinstance(part, Part)
        }
        self._columns: dict[str, Column] = {}
        self._counted: dict[str, Counted] = {}
        for number, (key, part) in enumerate(self._parts.items()):
            counted = taking.counted(part, f"k{number}_")
            if counted is None:
                self._columns[key] = _column(taking, part, f"k{number}")
            else:
                self._counted[key] = counted

    def ask(self, uids: Collection[int], memberships: Sequence[Membership]) -> Tested:
        """Ask about these people. memberships: of the segments tested and of all that they are built on.

        Only within `profiles.alone_aside`.
        """
        tested = Tested(set(), {key: set() for key in self._parts}, {m.segment_id: set() for m in memberships})
        asked = {key: fields.relation(key).lake_source for part in self._parts.values() for key in part.relations}
        for page in logic.pages(sorted(uids), PEOPLE_AT_ONCE):
            suids = identity.suids_of(self._ctx, page)
            profiles.put_aside(self._ctx, {uid: suids.get(uid) or [uid] for uid in page}, asked)
            self._ask(tested)
            for segment_id, members in store_lake.inside_aside(self._ctx, memberships).items():
                tested.inside[segment_id] |= members
        return tested

    def _ask(self, tested: Tested) -> None:
        states = profiles.aside_source(PERSON)
        for keys in _statements({key: column.values for key, column in self._columns.items()}):
            known, holding = store_lake.holding(self._ctx, states, [self._columns[key] for key in keys])
            tested.known |= known
            _add(tested, keys, holding)
        if self._counted:
            for keys in _statements({key: leaf.parameters for key, leaf in self._counted.items()}):
                _add(tested, keys, store_lake.counting(self._ctx, [self._counted[key] for key in keys]))

    def members(self, segment_id: int, tested: Tested) -> set[int]:
        """Return who of those asked about the segment's rule holds for, by the memberships in `tested`."""
        return self._people(self._roots[segment_id], tested) & tested.known

    def built_on(self, segment_id: int) -> set[int]:
        """Return the segments that the rule asks about."""
        return {part.segment_id for part in self._roots[segment_id].parts() if isinstance(part, SegmentPart)}

    def path(self, segment_id: int) -> Path:
        """Return how the rule was answered: by its dearest part."""
        return dearest([part.path for part in self._roots[segment_id].parts() if isinstance(part, Part)], "bitmap")

    def _people(self, signed: Signed, tested: Tested) -> set[int]:
        node = signed.node
        if isinstance(node, Together):
            each = [self._people(part, tested) for part in node.parts]
            found = reduce(set[int].__and__ if node.op == "and" else set[int].__or__, each)
        elif isinstance(node, SegmentPart):
            found = tested.inside.get(node.segment_id, set[int]())
        else:
            found = tested.holds[node.key]
        return tested.known - found if signed.others else found


def _catalog() -> FieldCatalog:
    """Return the catalogue, each relation with just the rows of the people put aside."""
    made = FieldCatalog()
    for relation in fields.relations():
        made.register(replace(relation, lake_source=profiles.aside_source(relation.key), by_day=None))
        made.register(*fields.fields_of(relation.key))
    return made


def _column(taking: Taking, part: Part, name: str) -> Column:
    if part.kind == "person":
        condition, values = taking.condition(part, f"{name}_")
        return Column(condition, values)
    people, values = taking.people(part, f"{name}_")
    return Column(store_lake.uid_among(people), values)


def _add(tested: Tested, keys: Sequence[str], found: Sequence[set[int]]) -> None:
    for key, people in zip(keys, found, strict=True):
        tested.holds[key] |= people


def _statements(values: Mapping[str, Mapping[str, Any]]) -> Iterator[list[str]]:
    """Yield the keys of what is asked together, by the size of their bound values; at least one statement."""
    keys, size = list[str](), 0
    for key, own in values.items():
        more = _size(own)
        if keys and size + more > VALUES_AT_ONCE:
            yield keys
            keys, size = [], 0
        keys.append(key)
        size += more
    yield keys


def _size(values: Mapping[str, Any]) -> int:
    return sum(len(name) + len(str(value)) for name, value in values.items())
