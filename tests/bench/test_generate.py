"""The made-up people: the same every time, resumable, and with the habits of real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.app.boot import House
from regulars_bench.contract import Setup
from regulars_bench.generate import making, world

CHECKSUM = (
    "SELECT (SELECT sum(cityHash64(* EXCEPT (recorded_at, page, campaign_id))) FROM events) AS events,"
    " (SELECT sum(cityHash64(*)) FROM order_lines) AS lines,"
    " (SELECT sum(cityHash64(*)) FROM person_attributes) AS attributes"
)
MADE = {"events": 4995237402954696002, "lines": 3314200479903192369, "attributes": 16216582039066687767}


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    found = Setup(tmp_path, "ci", lambda words: None)
    making.folder_of(found).mkdir()
    return found


def test_the_same_people_every_time(house: House, setup: Setup) -> None:
    counts = making.ensure(house, setup)
    assert counts["orders"] == 5_000
    assert counts["people"] == house.lake.rows("SELECT uniqExact(uid) AS n FROM user_state FINAL")[0]["n"] == 5_000
    assert house.lake.rows(CHECKSUM)[0] == MADE

    # A run that was killed before it noted its last steps makes them again: nothing is there twice.
    manifest = making.Manifest(making.folder_of(setup))
    done = manifest.content["done"][:-2]
    manifest.write(done=done)
    del manifest.content["counts"]
    manifest.write()
    assert making.ensure(house, setup) == counts
    assert house.lake.rows(CHECKSUM)[0] == MADE


def test_sale_days_and_their_weight() -> None:
    (year,) = world.periods(at_once=True)
    months = world.periods(at_once=False)
    assert 24 <= len(months) <= 25
    assert year.share == (0.0, 1.0)
    november = next(p for p in reversed(months) if len(set(p.days)) == 14)
    eleventh = (world.TODAY - world.date(1970, 1, 1)).days - 4
    assert november.days.count(eleventh) > 0.3 * len(november.days)
    assert [p.numbers(1000)[1] for p in months[:-1]] == [p.numbers(1000)[0] for p in months[1:]]


def test_steps_have_names_of_their_own() -> None:
    names = [step.name for step in making.steps(world.SIZES["1m"])]
    assert len(names) == len(set(names)) > 50
