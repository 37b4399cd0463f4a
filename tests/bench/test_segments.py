"""The suite of rules at a small scale: the product and the queries written by hand find the same people."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from regulars.app.boot import House
from regulars_bench.benches.segments import BARS
from regulars_bench.contract import Setup
from regulars_bench.generate import making
from regulars_bench.segments import measuring
from regulars_bench.segments.suite import CASES


def test_all_rules_find_whom_the_queries_by_hand_find(house: House, tmp_path: Path) -> None:
    setup = Setup(tmp_path, "ci", lambda words: None)
    making.folder_of(setup).mkdir()
    making.ensure(house, setup)
    asked = measuring.asked(house, setup)
    assert [one.case.name for one in asked if not one.case.equal] == []
    empty = [one.case.name for one in asked if one.people == 0]
    assert len(empty) <= 4, f"equal for want of people: {empty}"


def test_forty_rules_in_four_classes() -> None:
    assert len({case.name for case in CASES}) == len(CASES) == 40
    assert Counter(case.class_ for case in CASES) == {"bitmap": 6, "state": 14, "arrays": 8, "scan": 12}
    assert set(BARS) == {case.class_ for case in CASES}
