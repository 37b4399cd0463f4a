"""Counting while typing, reasons, and files that may leave the house."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.segments.rows import Order, write_orders, write_states

from regulars.core.ctx import Ctx, Scope
from regulars.core.errors import BadInput, Forbidden
from regulars.core.rule import fields, parse
from regulars.core.sheet import safe_cell
from regulars.segments import api, logic, refresh, store_lake
from regulars.segments.contract import Wanted

TODAY = date(2011, 12, 10)
TWICE: dict[str, Any] = {"op": "ge", "field": "person.purchase_number", "value": 2}


def day(days_ago: int) -> date:
    return TODAY - timedelta(days=days_ago)


def fill(ctx: Ctx, *orders: Order) -> None:
    write_orders(ctx, orders)
    write_states(ctx, orders, TODAY)


# --- preview --------------------------------------------------------------------------------------------
def test_a_preview_counts_and_says_how(ctx: Ctx) -> None:
    fill(ctx, Order(1, day(1)), Order(2, day(1)), Order(2, day(2)), Order(3, day(50)))
    found = api.preview(ctx, parse(TWICE))
    assert (found.people, found.low, found.high, found.of_people, found.estimate) == (1, 1, 1, 3, False)
    assert found.path == "state"
    assert 0 < found.seconds < 30
    assert "2" in found.sentence.zh
    assert "2" in found.sentence.en
    assert api.preview(ctx, parse(TWICE), as_of=day(1)).people == 0  # the second purchase was not yet known


def test_a_preview_keeps_nothing(ctx: Ctx) -> None:
    fill(ctx, Order(1, day(1)))
    api.preview(ctx, parse({"op": "everyone"}))
    assert api.total(ctx, Wanted()) == 0
    assert ctx.lake.rows("SELECT count() AS n FROM segment_version")[0]["n"] == 0


def test_the_sample_is_a_sixteenth_and_the_same_one_each_time(ctx: Ctx) -> None:
    fill(ctx, *(Order(uid, day(uid % 90)) for uid in range(1, 6_001)))
    rule = parse({"op": "within_days", "field": "person.last_order_on", "days": 30})
    whole = set(api.evaluate(ctx, rule))
    part = refresh.compiled(ctx, rule, refresh.Asking(sampled=True))
    everyone = refresh.compiled(ctx, parse({"op": "everyone"}), refresh.Asking(sampled=True))
    sample = set(store_lake.found(ctx, part, scoped=True).to_pylist())
    assert sample < whole
    assert sample == set(store_lake.found(ctx, part, scoped=True).to_pylist())
    sampled = store_lake.count_found(ctx, everyone)
    assert 6_000 / 16 * 0.7 < sampled < 6_000 / 16 * 1.3
    guess, low, high = logic.estimate(len(sample), sampled, 6_000)
    assert low <= len(whole) <= high
    assert low <= guess <= high


def test_the_interval_is_wilsons() -> None:
    # 10 of 100: Wilson gives 0.05523 to 0.17437 (Newcombe 1998, method 3)
    assert logic.estimate(10, 100, 1_600) == (160, 88, 279)
    assert logic.estimate(0, 100, 1_600)[:2] == (0, 0)
    assert logic.estimate(100, 100, 1_600)[2] == 1_600
    assert logic.estimate(0, 0, 7) == (0, 0, 7)
    assert logic.estimate(3, 5, 5) == (3, 3, 3)  # everybody was asked


# --- why ------------------------------------------------------------------------------------------------
def test_why_names_each_condition_and_what_is_known(ctx: Ctx) -> None:
    orders = [Order(1, day(1), 700), Order(1, day(2), 300), Order(2, day(50))]
    fill(ctx, *orders)
    base = api.create(ctx, name="Twice", rule=parse(TWICE)).id
    rule = {"op": "and", "rules": [
        {"op": "in_segment", "segment_id": base},
        {"op": "older_than_days", "field": "person.last_order_on", "days": 10},
        {"op": "not", "rule": {"op": "eq", "field": "person.region", "value": "France"}}]}  # fmt: skip
    segment_id = api.create(ctx, name="Base", rule=parse(rule)).id
    found = api.why(ctx, segment_id, 1)
    assert (found.member, found.matches) == (False, False)
    assert [r.ok for r in found.reasons] == [True, False, False]
    assert [r.found for r in found.reasons] == [True, day(1).isoformat(), None]
    assert "Twice" in found.reasons[0].condition.en
    assert api.why(ctx, base, 1).matches is True
    fixed = api.create_static(ctx, name="Fixed", uids=[2]).id
    why = api.why(ctx, fixed, 2)
    assert (why.member, why.matches, why.reasons) == (True, None, ())


# --- file -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＠x"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_numbers_and_plain_text_stay_as_they_are() -> None:
    assert [safe_cell(v) for v in (-5, Decimal("-1.50"), 2.5, "a=b", "", None)] == [
        "-5",
        "-1.50",
        "2.5",
        "a=b",
        "",
        "",
    ]


def test_a_file_of_members(ctx: Ctx) -> None:
    fill(ctx, Order(1, day(1), 1_234), Order(2, day(3), 5, 9))
    formula = "ALTER TABLE user_state_delta UPDATE region = '=HYPERLINK(1)' WHERE uid = 2 SETTINGS mutations_sync = 1"
    ctx.lake.command(formula)
    segment_id = api.create(ctx, name="All", rule=parse({"op": "everyone"})).id
    text = "".join(api.rows_as_csv(ctx, segment_id, "Ann · 2011-12-10", "en"))
    assert text.startswith("\ufeff")
    mark, header, first, second = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert mark == ["Ann · 2011-12-10"]
    assert header[:5] == ["number", "customer", "purchases", "net spend", "currency"]
    assert first[:7] == ["1", "#1", "1", "12.34", "GBP", "2011-12-09", "2011-12-09"]
    assert second[:7] == ["2", "#2", "0", "-0.04", "GBP", "", ""]
    assert second[7] == "'=HYPERLINK(1)"


def test_a_file_needs_its_own_permission(ctx: Ctx) -> None:
    segment_id = api.create(ctx, name="All", rule=parse({"op": "everyone"})).id
    reader = replace(ctx, scope=Scope(frozenset({"segments.read"})))
    with pytest.raises(Forbidden, match=r"segments\.export"):
        api.rows_as_csv(reader, segment_id, "", "en")


# --- pure parts -----------------------------------------------------------------------------------------
def rule(*ids: int) -> Any:
    return parse({"op": "or", "rules": [{"op": "in_segment", "segment_id": i} for i in ids]})


def test_layers_stand_on_what_they_are_built_on() -> None:
    assert fields.get("person.purchase_number")
    rules = {4: rule(2, 3), 3: rule(1), 2: rule(1), 1: parse(TWICE), 9: None}
    assert logic.levels(rules) == [[1, 9], [2, 3], [4]]
    assert logic.dependents(1, rules) == [2, 3, 4]
    assert logic.dependents(3, rules) == [4]
    with pytest.raises(ValueError, match="built on each other"):
        logic.levels({1: rule(2), 2: rule(1)})


def test_cycles_are_refused_however_long() -> None:
    logic.refuse_cycle(4, rule(2, 3), {2: rule(1), 3: rule(1), 1: None})
    with pytest.raises(BadInput, match="built on itself"):
        logic.refuse_cycle(1, rule(3), {3: rule(2), 2: rule(1), 1: None})
    with pytest.raises(BadInput, match="built on itself"):
        logic.refuse_cycle(1, rule(1), {})


def test_numbers_of_people_are_checked() -> None:
    assert logic.checked_uids([5, 3, 5]) == [3, 5]
    for bad in (0, -1, 2**32):
        with pytest.raises(BadInput):
            logic.checked_uids([1, bad])


def test_the_arrow_of_members_is_of_the_lakes_type(ctx: Ctx) -> None:
    fill(ctx, Order(2**32 - 1, day(1)))
    segment_id = api.create(ctx, name="All", rule=parse({"op": "everyone"})).id
    uids = store_lake.uids(ctx, refresh.membership(ctx, api.get(ctx, segment_id)))
    assert (uids.type, uids.to_pylist()) == (pa.uint32(), [2**32 - 1])
