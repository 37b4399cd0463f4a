"""Sequences, runs of days, birthdays and places in single cases: what ties, deadlines and edges mean."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Any

import pytest
from tests.core.rule_catalog import PAGE, catalog
from tests.core.test_rule_meaning import Somebody

from regulars.core.events.person import PersonIdentified
from regulars.core.rule import explain, matches, parse
from regulars.core.rule.place import EARTH_KM, cell_of, cells_within
from regulars.core.rule.window import month_days

CATALOG = catalog()
TODAY = date(2011, 12, 10)
MONDAY = datetime(2011, 12, 5, 9, tzinfo=UTC)
VIEWED: dict[str, Any] = {"relation": PAGE}
ORDERED: dict[str, Any] = {"relation": "order", "within_hours": 24}


def row(at: datetime) -> dict[str, Any]:
    return {"day": at.date(), "at": at}


def sequence(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"op": "sequence", "steps": list(steps), "window": {"kind": "last_days", "days": 30}}


def reached(json: dict[str, Any], today: date = TODAY, **rows: list[datetime]) -> tuple[bool, object]:
    """Whether the rule holds and how many steps came. rows: instants by relation."""
    relations = {{"views": PAGE}.get(name, name): [row(at) for at in instants] for name, instants in rows.items()}
    (outcome,) = explain(parse(json, CATALOG), Somebody(relations=relations), today, CATALOG)
    assert outcome.ok == matches(parse(json, CATALOG), Somebody(relations=relations), today, CATALOG).ok
    return outcome.ok, outcome.found


MS, HOUR = timedelta(milliseconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("after", "holds"), [(-HOUR, False), (0 * MS, False), (MS, True), (24 * HOUR, True), (24 * HOUR + MS, False)]
)
def test_later_is_strictly_later_and_a_deadline_is_in_time(after: timedelta, holds: bool) -> None:
    assert reached(sequence(VIEWED, ORDERED), views=[MONDAY], order=[MONDAY + after]) == (holds, 2 if holds else 1)


def test_a_row_does_not_follow_itself() -> None:
    twice = sequence(VIEWED, VIEWED | {"within_hours": 24})
    assert reached(twice, views=[MONDAY]) == (False, 1)
    assert reached(twice, views=[MONDAY, MONDAY]) == (False, 1)
    assert reached(twice, views=[MONDAY, MONDAY + MS]) == (True, 2)


def test_any_chain_will_do_and_each_step_counts_from_the_one_before() -> None:
    three = sequence(VIEWED, VIEWED | {"within_hours": 2}, ORDERED | {"within_hours": 1})
    views = [MONDAY, MONDAY + 2 * HOUR, MONDAY + 5 * HOUR]
    assert reached(three, views=views, order=[MONDAY + 3 * HOUR]) == (True, 3)
    assert reached(three, views=views, order=[MONDAY + 6 * HOUR]) == (False, 2)


def test_the_window_is_of_the_first_step() -> None:
    first = MONDAY - timedelta(days=24)  # the first of the last 30 days is 2011-11-11
    week = sequence(VIEWED, ORDERED | {"within_hours": 168})
    assert reached(week, views=[first], order=[first + 100 * HOUR])[0]
    assert reached(week, views=[first - timedelta(days=1)], order=[first + HOUR]) == (False, 0)


@pytest.mark.parametrize(("today", "holds"), [(5, False), (6, False), (7, True), (8, True)])
def test_what_did_not_come_is_judged_when_its_days_are_over(today: int, holds: bool) -> None:
    for hours in (1, 24):
        alone = sequence(VIEWED, ORDERED | {"within_hours": hours, "absent": True})
        assert reached(alone, date(2011, 12, today), views=[MONDAY]) == (holds, 2 if holds else 1)


def test_one_chain_without_the_last_step_is_enough() -> None:
    alone = sequence(VIEWED, ORDERED | {"absent": True})
    assert not reached(alone, views=[MONDAY], order=[MONDAY + HOUR])[0]
    assert reached(alone, views=[MONDAY], order=[MONDAY, MONDAY + 25 * HOUR])[0]  # at the same instant is not after
    assert reached(alone, views=[MONDAY - 48 * HOUR, MONDAY], order=[MONDAY + HOUR])[0]


def test_the_most_inside_a_run_of_days() -> None:
    days = [MONDAY, MONDAY, MONDAY + timedelta(days=2), MONDAY - timedelta(days=8)]
    leaf = {"op": "count_within", "relation": "order", "window": {"kind": "last_days", "days": 30}, "value": 3}
    assert reached(leaf | {"days": 3}, order=days) == (True, 3)
    assert reached(leaf | {"days": 2}, order=days) == (False, 2)
    assert reached(leaf | {"days": 30, "measure": "days"}, order=days) == (True, 3)
    assert reached(leaf | {"days": 30}) == (False, 0)


def test_a_run_begins_with_a_row_so_earlier_losses_are_left_out() -> None:
    rows = [
        {"day": date(2011, 12, 1), "line.amount_fen": -500},
        {"day": date(2011, 12, 3), "line.amount_fen": 700},
        {"day": date(2011, 12, 3), "line.amount_fen": None},
        {"day": date(2011, 12, 5), "line.amount_fen": 100},
    ]
    leaf = {"op": "count_within", "relation": "line", "window": {"kind": "ever"}, "measure": "sum"}
    rule = parse(leaf | {"of": "line.amount_fen", "days": 3, "value": 800}, CATALOG)
    (outcome,) = explain(rule, Somebody(relations={"line": rows}), TODAY, CATALOG)
    assert (outcome.ok, outcome.found) == (True, 800)


@pytest.mark.parametrize(
    ("today", "days", "expected"),
    [
        ("2011-12-30", 3, [1230, 1231, 101, 102]),
        ("2011-02-28", 0, [228, 229]),
        ("2012-02-28", 0, [228]),
        ("2012-02-28", 2, [228, 229, 301]),
        ("2011-02-27", 2, [227, 228, 229, 301]),
        ("2011-03-01", 0, [301]),
    ],
)
def test_birthdays_run_across_new_year_and_29_february_is_kept(today: str, days: int, expected: list[int]) -> None:
    assert month_days(date.fromisoformat(today), days) == expected
    rule = parse({"op": "birthday_within", "field": "person.birth_md", "days": days}, CATALOG)
    for month_day in (0, 101, 227, 228, 229, 301, 1231):
        somebody = Somebody({"person.birth_md": month_day})
        assert matches(rule, somebody, date.fromisoformat(today), CATALOG).ok == (month_day in expected)


def kilometres(lat: float, lon: float, cell: str) -> float:
    """Great-circle distance by the haversine formula."""
    other_lat, other_lon = (float(part) for part in cell.split(","))
    up, along = radians(other_lat - lat) / 2, radians(other_lon - lon) / 2
    return 2 * EARTH_KM * asin(sqrt(sin(up) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(along) ** 2))


@pytest.mark.parametrize("point", [(30.274, 120.155), (-0.001, 0.001), (0.0, 179.999), (-79.99, -180.0), (80, 10)])
@pytest.mark.parametrize("km", [1, 3, 50])
def test_cells_are_those_whose_centre_is_near(point: tuple[float, float], km: int) -> None:
    lat, lon = point
    cells = cells_within(lat, lon, km)
    assert all(kilometres(lat, lon, cell) <= km + 1e-9 for cell in cells)
    assert cell_of(lat, lon) in cells
    square = range(-60, 61)
    around = {cell_of(lat + y / 100, (lon + x / 100 + 540) % 360 - 180) for y in square for x in square}
    assert {cell for cell in around if kilometres(lat, lon, cell) <= km - 1e-9} <= cells


def test_a_cell_is_written_one_way() -> None:
    assert cell_of(30.2749, 120.1) == "30.27,120.10"
    assert cell_of(-0.004, -0.05) == "0.00,-0.05"


def test_a_person_s_place_is_kept_in_the_form_that_is_compared() -> None:
    assert PersonIdentified(cell=" 30.27491, 120.1 ").cell == cell_of(30.27491, 120.1)
    assert PersonIdentified().cell == ""
    for wrong in ("Hangzhou", "91,0", "1,2,3", "nan,0"):
        with pytest.raises(ValueError, match="cell"):
            PersonIdentified(cell=wrong)
    assert len(cells_within(30.27, 120.15, 50)) < 8_000
