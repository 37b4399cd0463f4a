"""Rules as JSON: what is taken, what is refused and how it is said, and what can be read off a rule."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.rule_catalog import PAGE, catalog

from regulars.core.errors import BadInput
from regulars.core.rule import (
    Field,
    FieldCatalog,
    Relation,
    condition_hash,
    dump,
    fields,
    json_schema,
    parse,
    references,
    require_live,
)
from regulars.core.text import Text

CATALOG = catalog()
KNOWN = {"op": "known", "field": "person.region"}
BOUGHT = {"op": "did", "relation": "order", "window": {"kind": "last_days", "days": 90}}
NEAR = {"op": "near", "field": "person.cell", "lat": 30.27, "lon": 120.15, "km": 3}
ORDERED: dict[str, Any] = {"relation": "order", "within_hours": 24}
VIEWED_THEN: dict[str, Any] = {"op": "sequence", "window": {"kind": "ever"}}
OFTEN = {"op": "count_within", "relation": "order", "window": {"kind": "ever"}, "days": 7, "value": 3}


def steps(*later: dict[str, Any]) -> dict[str, Any]:
    return VIEWED_THEN | {"steps": [{"relation": PAGE}, *later]}


def bad(json: object) -> BadInput:
    with pytest.raises(BadInput) as error:
        parse(json, CATALOG)
    return error.value


@pytest.mark.parametrize(
    ("json", "path", "words"),
    [
        (["x"], "$", "must be an object"),
        (None, "$", "must be an object"),
        ({}, "$", "op must be one of and, or, not"),
        ({"op": "nope"}, "$", "op must be one of"),
        ({"op": "and", "rules": []}, "$.rules", "at least 1"),
        ({"op": "and", "rules": [KNOWN, {"op": "nope"}]}, "$.rules[1]", "op must be one of"),
        ({"op": "not", "rule": KNOWN, "more": 1}, "$", "not permitted"),
        ({"op": "not", "rule": {"op": "known"}}, "$.rule.field", "required"),
        ({"op": "known", "field": "person.nope"}, "$.field", "'person.nope'"),
        ({"op": "known", "field": "order.shop"}, "$.field", "belongs to 'order'"),
        ({"op": "gt", "field": "person.region", "value": "a"}, "$.op", "does not suit 'person.region'"),
        ({"op": "has", "field": "person.region", "value": "a"}, "$.op", "type text"),
        ({"op": "in", "field": "person.member", "values": [True]}, "$.op", "type bool"),
        ({"op": "eq", "field": "person.net_fen", "value": 1.5}, "$.value", "a whole number, text"),
        ({"op": "eq", "field": "person.net_fen", "value": "5"}, "$.value", "minor units"),
        ({"op": "eq", "field": "person.net_fen", "value": True}, "$.value", "minor units"),
        ({"op": "eq", "field": "person.net_fen", "value": 2**60}, "$.value", "at most"),
        ({"op": "eq", "field": "person.member", "value": 1}, "$.value", "true or false"),
        ({"op": "eq", "field": "person.region", "value": "a\x00"}, "$.value", "NUL"),
        ({"op": "eq", "field": "person.region", "value": "\ud800"}, "$.value", "broken"),
        ({"op": "eq", "field": "person.region", "value": "x" * 1001}, "$.value", "1000 characters"),
        ({"op": "eq", "field": "person.ladder_step", "value": 12}, "$.value", "not a value of"),
        ({"op": "in", "field": "person.purchase_number", "values": [1, "2"]}, "$.values[1]", "a whole number"),
        ({"op": "le", "field": "person.last_order_on", "value": "2011-2-1"}, "$.value", "YYYY-MM-DD"),
        ({"op": "le", "field": "person.last_order_on", "value": "20110201"}, "$.value", "YYYY-MM-DD"),
        ({"op": "le", "field": "person.last_order_on", "value": "1900-01-01"}, "$.value", "between"),
        ({"op": "between", "field": "person.net_fen", "low": 5, "high": 5}, "$", "empty"),
        ({"op": "within_days", "field": "person.last_order_on", "days": 0}, "$.days", "greater than"),
        ({"op": "within_days", "field": "person.last_order_on", "days": True}, "$.days", "integer"),
        ({"op": "contains", "field": "person.region", "value": ""}, "$.value", "at least 1"),
        (BOUGHT | {"window": {"kind": "weeks"}}, "$.window", "last_days"),
        (BOUGHT | {"window": {"kind": "last_days"}}, "$.window.days", "required"),
        (BOUGHT | {"window": {"kind": "between", "start": 5, "end": "2011-01-01"}}, "$.window.start", "YYYY-MM-DD"),
        (BOUGHT | {"window": {"kind": "between", "start": "2011-01-01", "end": "2011-01-01"}}, "$.window", "empty"),
        (BOUGHT | {"relation": "visit"}, "$.relation", "'visit'"),
        (BOUGHT | {"relation": "person"}, "$.relation", "about the person"),
        (BOUGHT | {"measure": "sum"}, "$.of", "needs a number field"),
        (BOUGHT | {"measure": "sum", "of": "order.shop"}, "$.of", "type text"),
        (BOUGHT | {"measure": "sum", "of": "line.quantity"}, "$.of", "belongs to 'line'"),
        (BOUGHT | {"of": "order.net_fen"}, "$.of", "measures no field"),
        (BOUGHT | {"where": KNOWN}, "$.where.field", "belongs to 'person'"),
        (BOUGHT | {"where": BOUGHT}, "$.where", "cannot stand inside 'where'"),
        (BOUGHT | {"where": {"op": "not", "rule": {"op": "in_segment", "segment_id": 1}}}, "$.where.rule", "inside"),
        ({"op": "in_segment", "segment_id": "1"}, "$.segment_id", "integer"),
        ({"op": "birthday_within", "field": "person.birth_md", "days": 61}, "$.days", "less than or equal to 60"),
        ({"op": "birthday_within", "field": "person.last_order_on", "days": 7}, "$.op", "type date"),
        ({"op": "eq", "field": "person.birth_md", "value": 517}, "$.op", "type month_day"),
        (NEAR | {"km": 51}, "$.km", "less than or equal to 50"),
        (NEAR | {"lat": 80.5}, "$.lat", "less than or equal to 80"),
        (NEAR | {"lat": float("nan")}, "$.lat", "finite"),
        (NEAR | {"lon": "120"}, "$.lon", "number"),
        (NEAR | {"field": "person.city"}, "$.op", "type text"),
        (VIEWED_THEN | {"steps": [{"relation": PAGE}]}, "$.steps", "at least 2"),
        (VIEWED_THEN | {"steps": [{"relation": PAGE}] * 6}, "$.steps", "at most 5"),
        (steps({"relation": "order"}), "$.steps[1].within_hours", "needs the hours"),
        (steps({"relation": "visit", "within_hours": 1}), "$.steps[1].relation", "'visit'"),
        (steps({"relation": "order", "within_hours": 0}), "$.steps[1].within_hours", "greater than or equal to 1"),
        (steps(ORDERED | {"absent": True}, ORDERED), "$.steps[1].absent", "only the last"),
        (steps(ORDERED | {"where": KNOWN}), "$.steps[1].where.field", "belongs to 'person'"),
        (steps(ORDERED | {"where": BOUGHT}), "$.steps[1].where", "cannot stand inside 'where'"),
        (OFTEN | {"value": 0}, "$.value", "greater than or equal to 1"),
        (OFTEN | {"days": 0}, "$.days", "greater than or equal to 1"),
        (OFTEN | {"measure": "max", "of": "order.net_fen"}, "$.measure", "'count', 'days' or 'sum'"),
        (OFTEN | {"measure": "sum"}, "$.of", "needs a number field"),
        (OFTEN | {"relation": "person"}, "$.relation", "about the person"),
    ],
)
def test_what_is_wrong_is_named(json: object, path: str, words: str) -> None:
    error = bad(json)
    assert error.message.startswith(f"{path}: "), error.message
    assert words in error.message
    assert "\n" not in error.message


def test_errors_say_what_is_allowed() -> None:
    assert "person.purchase_number" in bad({"op": "known", "field": "person.nope"}).hint
    assert (
        bad({"op": "gt", "field": "person.region", "value": "a"}).hint
        == "Allowed: eq, ne, in, contains, starts, known."
    )
    assert "order.net_fen" in bad(BOUGHT | {"measure": "sum"}).hint


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = KNOWN
    for _ in range(depth - 1):
        rule = {"op": "not", "rule": rule}
    return rule


def test_depth_and_size_are_limited() -> None:
    assert parse(nested(8), CATALOG)
    assert "more than 8 levels" in bad(nested(9)).message
    assert "more than 8 levels" in bad(nested(50_000)).message
    assert parse({"op": "or", "rules": [KNOWN] * 100}, CATALOG)
    assert "more than 100 conditions" in bad({"op": "or", "rules": [KNOWN] * 101}).message
    assert "more than 100 conditions" in bad({"op": "or", "rules": [KNOWN] * 100_000}).message
    listed = {"op": "in", "field": "person.region", "values": ["华" * 30 + f"{n:03}" for n in range(1_000)]}
    assert parse(listed, CATALOG)
    assert "longer than 100000 bytes" in bad({"op": "or", "rules": [listed, listed]}).message
    assert "at most 1000" in bad(listed | {"values": ["x"] * 1_001}).message
    inside = BOUGHT | {"where": {"op": "or", "rules": [{"op": "known", "field": "order.shop"}] * 99}}
    assert parse(inside, CATALOG)
    assert "more than 100 conditions" in bad({"op": "and", "rules": [inside, KNOWN]}).message


def test_dump_gives_back_what_was_read() -> None:
    window = {"kind": "between", "start": "2011-01-01", "end": "2011-02-01"}
    json = BOUGHT | {"where": None, "window": window, "measure": "count", "of": None, "compare": "ge", "value": 2}
    assert dump(parse(json, CATALOG)) == json
    assert dump(parse(BOUGHT, CATALOG)) == json | {"window": BOUGHT["window"], "value": 1}


def test_schema_describes_every_operator() -> None:
    schema = json_schema()
    operators = set(schema["discriminator"]["mapping"])
    assert {"and", "or", "not", "eq", "did", "in_segment", "everyone", "within_days", "starts"} <= operators


def test_references_find_what_a_rule_depends_on() -> None:
    views = {"op": "did", "relation": PAGE, "window": {"kind": "ever"}, "measure": "sum", "of": f"{PAGE}.seconds"}
    where = {"op": "eq", "field": f"{PAGE}.item_id", "value": "A"}
    rule = parse(
        {
            "op": "or",
            "rules": [KNOWN, {"op": "not", "rule": {"op": "in_segment", "segment_id": 7}}, views | {"where": where}],
        },
        CATALOG,
    )
    found = references(rule)
    assert found.fields == {"person.region", f"{PAGE}.seconds", f"{PAGE}.item_id"}
    assert found.relations == {PAGE}
    assert found.event_types == {"page.viewed"}
    assert found.segments == {7}
    assert not found.day_bound
    assert references(parse(BOUGHT, CATALOG)).day_bound
    aged = {"op": "older_than_days", "field": "person.last_order_on", "days": 3}
    assert references(parse(aged, CATALOG)).day_bound


def test_references_of_leaves_about_rows_in_time() -> None:
    where = {"op": "eq", "field": "order.shop", "value": "A"}
    found = references(parse(steps(ORDERED | {"where": where}), CATALOG))
    assert (found.relations, found.event_types, found.fields) == ({PAGE, "order"}, {"page.viewed"}, {"order.shop"})
    assert not found.day_bound
    assert references(parse(steps(ORDERED | {"absent": True}), CATALOG)).day_bound
    often = references(parse(OFTEN | {"where": where, "measure": "sum", "of": "order.net_fen"}, CATALOG))
    assert (often.relations, often.fields) == ({"order"}, {"order.shop", "order.net_fen"})
    assert references(parse({"op": "birthday_within", "field": "person.birth_md", "days": 7}, CATALOG)).day_bound
    near = parse(NEAR | {"lat": 30}, CATALOG)
    assert parse(dump(near), CATALOG) == near
    assert condition_hash(near) == condition_hash(parse(NEAR | {"lat": 30.0}, CATALOG))


def test_conditions_of_steps_are_limited_and_hashed_like_others() -> None:
    either = [{"op": "eq", "field": "order.shop", "value": shop} for shop in ("A", "B")]
    one, other = ({"op": "or", "rules": list(rules)} for rules in (either, reversed(either)))
    hashed = [condition_hash(parse(steps(ORDERED | {"where": where}), CATALOG)) for where in (one, other)]
    assert hashed[0] == hashed[1]
    many = {"op": "or", "rules": either * 50}
    assert "more than 100 conditions" in bad(steps(ORDERED | {"where": many})).message


def test_the_hash_is_of_the_condition_not_of_its_spelling() -> None:
    def of(json: object, *parts: str | int) -> str:
        return condition_hash(parse(json, CATALOG), *parts)

    other = {"op": "in", "field": "person.purchase_number", "values": [1, 2]}
    again = {"op": "in", "field": "person.purchase_number", "values": [2, 1, 2]}
    assert of({"op": "and", "rules": [KNOWN, other]}) == of({"op": "and", "rules": [again, KNOWN, KNOWN]})
    assert of({"op": "and", "rules": [KNOWN]}) == of(KNOWN)
    assert of({"op": "and", "rules": [KNOWN, other]}) != of({"op": "or", "rules": [KNOWN, other]})
    assert of({"op": "not", "rule": KNOWN}) != of(KNOWN)
    assert of(KNOWN, 1, "2011-12-10") != of(KNOWN, 2, "2011-12-10")
    assert len(of(KNOWN)) == 32


def test_a_gate_must_be_live() -> None:
    require_live(parse(KNOWN, CATALOG), CATALOG)
    for json, words in [
        ({"op": "ge", "field": "person.orders_30d", "value": 1}, "'person.orders_30d'"),
        (BOUGHT, "'did' over 'order'"),
        (steps(ORDERED), "'sequence'"),
        (OFTEN, "'count_within'"),
        ({"op": "in_segment", "segment_id": 1}, "'in_segment'"),
    ]:
        with pytest.raises(BadInput, match=r"(only known|counted) in the lake") as error:
            require_live(parse({"op": "and", "rules": [KNOWN, json]}, CATALOG), CATALOG)
        assert error.value.message.startswith("$.rules[1]: ")
        assert words in error.value.message
        assert "person.region" in error.value.hint


def test_the_catalogue_refuses_two_meanings_of_a_key() -> None:
    label = Text("客户", "Customer")
    one = Field("person.a", "person", "int", label, "a")
    made = FieldCatalog(Relation("person", label, "SELECT 1 AS uid", (one,)))
    made.register(one)
    with pytest.raises(TypeError, match=r"person\.a"):
        made.register(Field("person.a", "person", "int", label, "b"))
    with pytest.raises(TypeError, match="visit"):
        made.register(Field("visit.a", "visit", "int", label, "a"))
    with pytest.raises(TypeError, match="must be named"):
        made.register(Field("a", "person", "int", label, "a"))
    assert isinstance(fields, FieldCatalog)


def test_the_catalogue_describes_itself_to_the_builder() -> None:
    json = CATALOG.json()
    person = json["relations"][0]
    assert (person["key"], person["label"]) == ("person", {"zh": "客户", "en": "Customer"})
    region = next(field for field in person["fields"] if field["key"] == "person.region")
    assert region == {
        "key": "person.region",
        "label": {"zh": "地区", "en": "region"},
        "type": "text",
        "unit": None,
        "options": None,
        "live": True,
        "operators": ["eq", "ne", "in", "contains", "starts", "known"],
    }
    assert [entry["measure"] for entry in json["operators"]["measures"]] == ["count", "days", "sum", "min", "max"]
