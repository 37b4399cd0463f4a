"""What rules listen to, and who has to be tested for which segment."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from regulars.core.rule import parse
from regulars.profiles import api as profiles
from regulars.profiles.contract import SEEN, STATE, touched_by
from regulars.segments.listening import EVERYTHING, listens_to, to_test

assert profiles  # fills the catalogue
TODAY = date(2011, 12, 10)
LAST = {"kind": "last_days", "days": 30}
BOUGHT = {"op": "ge", "field": "person.purchase_number", "value": 2}
LATELY = {"op": "within_days", "field": "person.last_event_on", "days": 7}
VIEWED = {"op": "did", "relation": "event:page.viewed", "window": LAST}
CARTED = {"op": "did", "relation": "event:cart.added", "window": LAST}
TEA = {"op": "did", "relation": "line", "window": LAST, "where": {"op": "eq", "field": "line.category", "value": "tea"}}
ORDERED = {"op": "did", "relation": "order", "window": LAST}


def inside(segment_id: int) -> dict[str, Any]:
    return {"op": "in_segment", "segment_id": segment_id}


def none(rule: dict[str, Any]) -> dict[str, Any]:
    return {"op": "not", "rule": rule}


@pytest.mark.parametrize(
    ("rule", "heard"),
    [
        (BOUGHT, {STATE}),
        (TEA, {STATE}),
        (ORDERED, {STATE}),
        (LATELY, {SEEN}),
        (VIEWED, {"event:page.viewed"}),
        ({"op": "and", "rules": [VIEWED, none(CARTED)]}, {"event:page.viewed", "event:cart.added"}),
        ({"op": "and", "rules": [VIEWED, BOUGHT]}, {"event:page.viewed", STATE}),
        # these hold for somebody who was just seen for the first time
        (none(BOUGHT), {STATE, SEEN}),
        (none(VIEWED), {"event:page.viewed", SEEN}),
        ({"op": "eq", "field": "person.purchase_number", "value": 0}, {STATE, SEEN}),
        ({"op": "eq", "field": "person.anonymous", "value": True}, {STATE, SEEN}),
        ({"op": "eq", "field": "person.anonymous", "value": False}, {STATE, SEEN}),
        ({"op": "everyone"}, {SEEN}),
        (none(inside(7)), {SEEN}),
        (inside(7), set()),
        # no score is not the score 0
        ({"op": "le", "field": "person.rfm_r", "value": 2}, {STATE}),
    ],
)
def test_what_rules_listen_to(rule: dict[str, Any], heard: set[str]) -> None:
    assert listens_to(parse(rule), TODAY) == heard


def test_what_events_touch() -> None:
    assert touched_by("order.placed") == {STATE, SEEN, "event:order.placed"}
    assert touched_by("page.viewed") == {SEEN, "event:page.viewed"}
    assert touched_by("message.sent") == {"event:message.sent"}
    assert touched_by("message.clicked") == {SEEN, "event:message.clicked"}


def test_only_segments_that_listen_are_tested_with_those_built_on_them() -> None:
    rules = {1: parse(BOUGHT), 2: parse(VIEWED), 3: parse(inside(2)), 4: parse(inside(1)), 5: parse(inside(3))}
    seen = touched_by("page.viewed")
    assert to_test(rules, {10: seen, 11: seen}, TODAY) == {2: {10, 11}, 3: set(), 5: set()}
    assert to_test(rules, {10: touched_by("message.sent")}, TODAY) == {}
    everybody = {key: {12} for key in rules}
    assert to_test(rules, {12: {EVERYTHING}}, TODAY) == everybody
