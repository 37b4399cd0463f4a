"""The lake compiler: the cheapest path that can answer, the same answer on every path, values never in the text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.core.rule_catalog import LINE, ORDER, PAGE_VIEWED, PERSON, catalog
from tests.core.rule_people import BRAND_ID, TODAY, fill_lake, people
from tests.core.rule_strategies import did_over_arrays

from regulars.core.rule import FieldCatalog, LakeBinding, compile_lake, compile_live, parse
from regulars.core.rule.window import LAST_DAY

CATALOG = catalog()
WITHOUT_ARRAYS = FieldCatalog(PERSON, replace(ORDER, arrays=None), LINE, PAGE_VIEWED)
BOUGHT: dict[str, Any] = {"op": "did", "relation": "order", "window": {"kind": "last_days", "days": 90}}
IN_1, IN_2 = ({"op": "in_segment", "segment_id": number} for number in (1, 2))
OFTEN = {"op": "count_within", "relation": "order", "window": {"kind": "ever"}, "days": 7, "value": 3}
REGION = {"op": "eq", "field": "person.region", "value": "north"}


def path(json: dict[str, Any], **bind: Any) -> str:
    return compile_lake(parse(json, CATALOG), CATALOG, today=TODAY, bind=LakeBinding(**bind)).path


@pytest.mark.parametrize(
    ("json", "expected"),
    [
        ({"op": "and", "rules": [IN_1, {"op": "not", "rule": IN_2}]}, "bitmap"),
        (REGION, "state"),
        ({"op": "everyone"}, "state"),
        ({"op": "or", "rules": [IN_1, REGION]}, "state"),
        (BOUGHT, "state"),
        (BOUGHT | {"measure": "sum", "of": "order.net_fen", "value": 500}, "state"),
        (BOUGHT | {"where": {"op": "everyone"}}, "state"),
        (BOUGHT | {"window": {"kind": "last_days", "days": 91}}, "arrays"),
        (BOUGHT | {"measure": "days"}, "arrays"),
        (BOUGHT | {"measure": "max", "of": "order.net_fen"}, "arrays"),
        (BOUGHT | {"window": {"kind": "ever"}}, "arrays"),
        (BOUGHT | {"measure": "sum", "of": "order.gross_fen"}, "scan"),
        (BOUGHT | {"where": {"op": "eq", "field": "order.shop", "value": "A"}}, "scan"),
        (BOUGHT | {"relation": "line"}, "scan"),
        (OFTEN, "arrays"),
        (OFTEN | {"measure": "sum", "of": "order.net_fen"}, "arrays"),
        (OFTEN | {"measure": "sum", "of": "order.gross_fen"}, "scan"),
        (OFTEN | {"relation": "line"}, "scan"),
        ({"op": "near", "field": "person.cell", "lat": 30.27, "lon": 120.15, "km": 3}, "state"),
        ({"op": "and", "rules": [IN_1, REGION, BOUGHT, BOUGHT | {"relation": "event:page.viewed"}]}, "scan"),
    ],
)
def test_the_cheapest_path_is_taken_and_told(json: dict[str, Any], expected: str) -> None:
    assert path(json) == expected


def test_each_leaf_tells_its_own_path() -> None:
    rule = parse({"op": "and", "rules": [{"op": "not", "rule": IN_1}, REGION, BOUGHT | {"relation": "line"}]}, CATALOG)
    leaves = compile_lake(rule, CATALOG, today=TODAY).leaves
    assert [(leaf.at, leaf.path) for leaf in leaves] == [
        ("$.rules[0].rule", "bitmap"),
        ("$.rules[1]", "state"),
        ("$.rules[2]", "scan"),
    ]


def test_window_columns_of_another_day_are_not_used() -> None:
    assert path(BOUGHT, state_on=TODAY) == "state"
    assert path(BOUGHT, state_on=TODAY - timedelta(days=1)) == "arrays"


def test_values_are_bound_never_written() -> None:
    evil = "'); DROP TABLE user_state; -- \\' 100%"
    rule = parse({"op": "in", "field": "person.region", "values": [evil]}, CATALOG)
    compiled = compile_lake(rule, CATALOG, today=TODAY, bind=LakeBinding(brand_id=BRAND_ID))
    assert "DROP" not in compiled.sql
    assert [evil] in compiled.parameters.values()
    assert compiled.parameters["brand_id"] == BRAND_ID
    assert compiled.parameters["as_of"] == LAST_DAY
    condition, parameters = compile_live(rule, CATALOG, today=TODAY, prefix="gate_")
    assert "DROP" not in condition.as_string()
    assert all(name.startswith("gate_") for name in parameters)


@pytest.fixture
def filled(lake: Any) -> Any:
    fill_lake(lake, people(seed=7))
    return lake


def uids(
    lake: Any, json: dict[str, Any], of: FieldCatalog = CATALOG, *, source: str | None = None, **bind: Any
) -> set[int]:
    binding = LakeBinding(brand_id=BRAND_ID, **bind)
    compiled = compile_lake(parse(json, of), of, today=TODAY, person_source=source, bind=binding)
    return {row["uid"] for row in lake.rows(compiled.sql, compiled.parameters)}


def test_columns_arrays_and_scan_answer_alike(filled: Any) -> None:
    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(did_over_arrays())
    def alike(json: dict[str, Any]) -> None:
        by_scan = uids(filled, json, WITHOUT_ARRAYS)
        assert uids(filled, json) == by_scan
        assert uids(filled, json, state_on=date(2000, 1, 1)) == by_scan

    alike()


def test_rows_after_as_of_are_not_known_yet(filled: Any) -> None:
    leaf = BOUGHT | {"where": {"op": "known", "field": "order.day"}, "window": {"kind": "ever"}}
    crowd = people(seed=7)
    early = {p.uid for p in crowd if any(row["day"] < date(2011, 11, 1) for row in p.relations["order"])}
    assert uids(filled, leaf, as_of=date(2011, 11, 1)) == early
    assert early < uids(filled, leaf)


def test_a_segment_is_read_at_the_version_asked_for(filled: Any) -> None:
    crowd = people(seed=7)
    inside = {p.uid for p in crowd if 1 in p.inside}
    assert uids(filled, IN_1) == inside
    assert uids(filled, IN_1, versions={1: 1}) == {p.uid for p in crowd} - inside
    assert uids(filled, IN_1, versions={1: 9}) == set()


def test_people_come_from_the_source_given(filled: Any) -> None:
    source = "SELECT * FROM user_state WHERE brand_id = {brand_id:UInt16} AND uid < 10"
    assert uids(filled, {"op": "not", "rule": IN_1}, source=source) == {
        p.uid for p in people(seed=7) if 1 not in p.inside and p.uid < 10
    }
