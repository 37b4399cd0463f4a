"""What a rule listens to: what must happen to a person before its answer can change for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.core.rule import Rule, fields, matches, references
from regulars.profiles.contract import SEEN, STATE
from regulars.segments import logic

EVERYTHING = "*"
"""Touched of somebody who is not who they were: every rule listens."""

_LAST_SEEN = "person.last_event_on"
_ROWS_OF_STATE = frozenset({"order", "line"})

Touched = Mapping[int, AbstractSet[str]]
"""uid -> what was touched of the person: STATE, SEEN, "event:<type>" (profiles.touched_by), or EVERYTHING."""


def listens_to(rule: Rule, today: date) -> frozenset[str]:
    """Return what the rule listens to; segments it is built on apart.

    Nobody is on record before they are first seen: a rule that holds for somebody of whom nothing is known listens
    to SEEN, because a first visit brings such a person.
    """
    asked = references(rule)
    found = {relation for relation in asked.relations if relation not in _ROWS_OF_STATE}
    own = {key for key in asked.fields if key.startswith("person.")}
    if own - {_LAST_SEEN} or asked.relations & _ROWS_OF_STATE:
        found.add(STATE)
    if _LAST_SEEN in own or any(matches(rule, _Stranger(known), today).ok for known in (False, True)):
        found.add(SEEN)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Stranger:
    """Somebody of whom nothing is known but whether a name is."""

    known: bool

    def field(self, key: str) -> object | None:
        if key == "person.anonymous":
            return not self.known
        return {"int": 0, "money": 0, "bool": False}.get(fields.get(key).type)

    def rows(self, relation: str) -> Sequence[Mapping[str, Any]]:
        return ()

    def segments(self) -> Collection[int]:
        return ()


def to_test(rules: Mapping[int, Rule], touched: Touched, today: date) -> dict[int, set[int]]:
    """Return segment id -> the people whose membership may have changed, none empty.

    A segment built on another comes with nobody of its own when only the other's people can move it.
    """
    groups: dict[frozenset[str], set[int]] = {}
    for uid, kinds in touched.items():
        groups.setdefault(frozenset(kinds), set()).add(uid)
    found: dict[int, set[int]] = {}
    for level in logic.levels(rules):
        for segment_id in level:
            heard = listens_to(rules[segment_id], today) | {EVERYTHING}
            people = _union(uids for kinds, uids in groups.items() if kinds & heard)
            if people or logic.built_on(rules[segment_id]) & found.keys():
                found[segment_id] = people
    return found


def _union(sets: Iterable[set[int]]) -> set[int]:
    return set[int]().union(*sets)
