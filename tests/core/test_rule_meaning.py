"""What ADR-0001 says, in single cases that can be read, and why somebody is in or out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from tests.core.rule_catalog import catalog

from regulars.core.rule import explain, matches, parse

CATALOG = catalog()
TODAY = date(2011, 12, 10)


@dataclass
class Somebody:
    values: Mapping[str, Any] = field(default_factory=dict)
    relations: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    inside: frozenset[int] = frozenset()

    def field(self, key: str) -> object | None:
        return self.values.get(key)

    def rows(self, relation: str) -> Sequence[Mapping[str, Any]]:
        return self.relations.get(relation, ())

    def segments(self) -> frozenset[int]:
        return self.inside


def holds(json: dict[str, Any], somebody: Somebody) -> bool:
    return matches(parse(json, CATALOG), somebody, TODAY, CATALOG).ok


def test_a_missing_value_makes_every_comparison_false_and_not_is_the_complement() -> None:
    nobody, unknown = Somebody(), Somebody({"person.region": "", "person.consents": ()})
    for op in ("eq", "ne"):
        leaf = {"op": op, "field": "person.region", "value": "north"}
        for somebody in (nobody, unknown):
            assert not holds(leaf, somebody)
            assert holds({"op": "not", "rule": leaf}, somebody)
    for key in ("person.region", "person.consents"):
        assert not holds({"op": "known", "field": key}, unknown)


@pytest.mark.parametrize(("day", "inside"), [(9, False), (10, False), (11, True), (40, True), (41, False)])
def test_the_last_thirty_days_are_today_and_the_twenty_nine_before(day: int, inside: bool) -> None:
    on = date.fromordinal(date(2011, 10, 31).toordinal() + day)  # 11: 2011-11-11, 40: today
    rows = {"order": [{"day": on, "order.net_fen": 100}]}
    window = {"kind": "last_days", "days": 30}
    assert holds({"op": "did", "relation": "order", "window": window}, Somebody(relations=rows)) is inside
    within = {"op": "within_days", "field": "person.last_order_on", "days": 30}
    assert holds(within, Somebody({"person.last_order_on": on})) is inside
    older = {"op": "older_than_days", "field": "person.last_order_on", "days": 30}
    assert holds(older, Somebody({"person.last_order_on": on})) is (not inside and on <= TODAY)


def test_ranges_are_half_open() -> None:
    leaf = {"op": "between", "field": "person.net_fen", "low": 100, "high": 200}
    assert [holds(leaf, Somebody({"person.net_fen": fen})) for fen in (99, 100, 199, 200)] == [False, True, True, False]
    window = {"kind": "between", "start": "2011-01-01", "end": "2011-02-01"}
    for day, inside in [(date(2010, 12, 31), False), (date(2011, 1, 1), True), (date(2011, 2, 1), False)]:
        rows = {"order": [{"day": day}]}
        assert holds({"op": "did", "relation": "order", "window": window}, Somebody(relations=rows)) is inside


def test_no_rows_count_zero_and_have_no_smallest() -> None:
    def did(measure: str, compare: str, value: int) -> dict[str, Any]:
        of = "order.net_fen" if measure in {"sum", "min", "max"} else None
        leaf = {"op": "did", "relation": "order", "window": {"kind": "ever"}, "measure": measure}
        return leaf | {"of": of, "compare": compare, "value": value}

    nobody = Somebody()
    for measure in ("count", "days", "sum"):
        assert holds(did(measure, "eq", 0), nobody)
        assert holds(did(measure, "lt", 5), nobody)
    for measure in ("min", "max"):
        assert not any(holds(did(measure, compare, 0), nobody) for compare in ("eq", "ne", "lt", "le", "gt", "ge"))


def test_missing_values_are_left_out_of_sums() -> None:
    row = {"day": TODAY}
    rows = {"line": [row | {"line.amount_fen": None}, row | {"line.amount_fen": 0}, row | {"line.amount_fen": 70}]}
    leaf = {"op": "did", "relation": "line", "window": {"kind": "ever"}, "of": "line.amount_fen", "compare": "eq"}
    assert holds(leaf | {"measure": "sum", "value": 70}, Somebody(relations=rows))
    assert holds(leaf | {"measure": "min", "value": 70}, Somebody(relations=rows))  # 0 stands for missing here


def test_a_no_names_the_leaves_that_stand_in_the_way() -> None:
    region = {"op": "eq", "field": "person.region", "value": "north"}
    often = {"op": "ge", "field": "person.purchase_number", "value": 3}
    member = {"op": "eq", "field": "person.member", "value": True}
    inside = {"op": "in_segment", "segment_id": 4}
    rule = parse(
        {"op": "and", "rules": [region, {"op": "or", "rules": [often, inside]}, {"op": "not", "rule": member}]}, CATALOG
    )
    somebody = Somebody({"person.region": "north", "person.purchase_number": 2, "person.member": True})
    verdict = matches(rule, somebody, TODAY, CATALOG)
    assert verdict.reasons == (
        "$.rules[1].rules[0] person.purchase_number.ge",
        "$.rules[1].rules[1] segment.4",
        "$.rules[2].rule person.member.eq",
    )
    outcomes = explain(rule, somebody, TODAY, CATALOG)
    assert [(outcome.path, outcome.ok, outcome.found) for outcome in outcomes] == [
        ("$.rules[0]", True, "north"),
        ("$.rules[1].rules[0]", False, 2),
        ("$.rules[1].rules[1]", False, False),
        ("$.rules[2].rule", True, True),
    ]
    assert matches(
        rule, Somebody({**somebody.values, "person.purchase_number": 3, "person.member": False}), TODAY, CATALOG
    ).ok


def test_a_no_over_rows_says_what_was_counted() -> None:
    leaf = {"op": "did", "relation": "order", "window": {"kind": "last_days", "days": 90}, "value": 2}
    rule = parse(leaf | {"where": {"op": "eq", "field": "order.shop", "value": "A"}}, CATALOG)
    rows = [{"day": TODAY, "order.shop": "A"}, {"day": TODAY, "order.shop": "B"}]
    (outcome,) = explain(rule, Somebody(relations={"order": rows}), TODAY, CATALOG)
    assert (outcome.ok, outcome.found) == (False, 1)
