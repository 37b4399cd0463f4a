"""Pure decisions: intervals, which segments a rule is built on, in which order to refresh, safe cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from math import ceil, floor, sqrt
from typing import TypeVar

from regulars.core.errors import BadInput
from regulars.core.rule import Rule, references
from regulars.core.rule.ast import Group, InSegment, Not

Z_95 = 1.959963984540054
SAMPLE_SHARE = 16
"""A preview that samples reads one person in so many."""

T = TypeVar("T")


def estimate(hits: int, sampled: int, of_people: int) -> tuple[int, int, int]:
    """Return (best guess, low, high) of how many of all people match, at 95 %.

    hits of `sampled` people match, 0 <= hits <= sampled <= of_people. The interval holds what was seen for sure:
    low >= hits and high <= of_people - (sampled - hits).
    Source: Wilson (1927) score interval, without correction for a finite population (so rather too wide).
    """
    if sampled == 0:
        return 0, 0, of_people
    p, z2 = hits / sampled, Z_95 * Z_95
    centre = (p + z2 / (2 * sampled)) / (1 + z2 / sampled)
    half = Z_95 * sqrt(p * (1 - p) / sampled + z2 / (4 * sampled * sampled)) / (1 + z2 / sampled)
    low = max(hits, floor((centre - half) * of_people))
    high = min(of_people - (sampled - hits), ceil((centre + half) * of_people))
    return min(max(round(p * of_people), low), high), low, high


def built_on(rule: Rule | None) -> frozenset[int]:
    """Return the ids of the segments a rule asks about."""
    return frozenset() if rule is None else references(rule).segments


def refuse_cycle(segment_id: int, rule: Rule | None, rules: Mapping[int, Rule | None]) -> None:
    """Raise BadInput when the segment would, directly or through others, be built on itself.

    rules: of all live segments; the one being saved may be absent or still have its old rule.
    """
    seen: set[int] = set()
    waiting = list(built_on(rule))
    while waiting:
        other = waiting.pop()
        if other == segment_id:
            raise BadInput(
                "A segment cannot be built on itself, also not by way of other segments.",
                "Take the condition that leads back to this segment out.",
                code="segment.cycle",
            )
        if other not in seen:
            seen.add(other)
            waiting += built_on(rules.get(other))


def levels(rules: Mapping[int, Rule | None]) -> list[list[int]]:
    """Return the segment ids so layered that each stands above all it is built on. rules: free of cycles."""
    left = {segment_id: built_on(rule) & rules.keys() for segment_id, rule in rules.items()}
    layered: list[list[int]] = []
    while left:
        free = sorted(segment_id for segment_id, needs in left.items() if not needs & left.keys())
        if not free:
            raise ValueError(f"These segments are built on each other: {sorted(left)}.")
        layered.append(free)
        for segment_id in free:
            del left[segment_id]
    return layered


def dependents(segment_id: int, rules: Mapping[int, Rule | None]) -> list[int]:
    """Return the segments built on this one, directly or not, each after those it is built on."""
    reached = {segment_id}
    for level in levels(rules):
        reached |= {other for other in level if built_on(rules[other]) & reached}
    return [other for level in levels(rules) for other in level if other in reached and other != segment_id]


def inlined(rule: Rule, rules: Mapping[int, Rule | None]) -> Rule:
    """Return the rule with each dynamic segment it asks about replaced by that segment's rule.

    Needed where the stored membership is of the wrong day. Static segments have no rule and stay as they are.
    """
    if isinstance(rule, InSegment):
        inner = rules.get(rule.segment_id)
        return inlined(inner, rules) if inner is not None else rule
    if isinstance(rule, Group):
        return Group(op=rule.op, rules=tuple(inlined(child, rules) for child in rule.rules))
    if isinstance(rule, Not):
        return Not(rule=inlined(rule.rule, rules))
    return rule


def pages(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` items, none empty."""
    iterator = iter(items)
    while page := list(islice(iterator, size)):
        yield page


def checked_uids(uids: Iterable[int]) -> list[int]:
    """Return the distinct uids, ascending. Raises BadInput for numbers that cannot be a person's."""
    distinct = set(uids)
    bad = sorted(uid for uid in distinct if not 0 < uid < 2**32)
    if bad:
        raise BadInput(f"{bad[0]} cannot be a customer's number.", "Take the numbers from a customer list.")
    return sorted(distinct)
