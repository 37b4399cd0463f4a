"""Every client survives every failure: nothing is lost from sight, nothing is done twice, as docs/platforms.md shows.

The table there is what this run produces; `make faults` writes it anew.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.conformance import faults_table
from tests.conformance.faults import Count, Scene
from tests.conformance.ways import WAYS

from regulars.app.boot import load_rooms
from regulars.channels import api as channels
from regulars.channels.contract import PlatformChannel
from regulars.platforms import api as platforms
from regulars_sandbox.faults import KINDS

load_rooms()
WRITES_TO = os.environ.get("REGULARS_FAULTS_TO", "")


@pytest.fixture
def scene(db, make_ctx, clock, outside) -> Scene:
    clock.at = clock.system_at = clock.system_at.replace(hour=15)  # nobody is rung up at noon
    return Scene(db, make_ctx, clock, outside)


@pytest.mark.parametrize("work", WAYS)
def test_nothing_is_lost_and_nothing_is_done_twice(scene: Scene, work: str, tmp_path: Path) -> None:
    way = WAYS[work]
    way.begin(scene)
    came: dict[str, Count] = {}
    for fault in way.faults:
        came[fault] = way.under(fault)
        assert scene.struck(), f"{fault} never struck"
    told = {fault: asdict(count) | {"outcome": count.outcome()} for fault, count in came.items()}
    folder = Path(WRITES_TO) if WRITES_TO else tmp_path
    text = json.dumps({"work": work, "platform": way.platform, "faults": told}, ensure_ascii=False, indent=1)
    (folder / f"{work.replace(' ', '-')}.json").write_text(text, encoding="utf-8")
    assert {fault: one for fault, one in told.items() if one["outcome"].isupper()} == {}
    outcomes = {fault: one["outcome"] for fault, one in told.items()}
    for language in faults_table.PAGES if not WRITES_TO else ():
        row = faults_table.line(work, outcomes, language)
        assert row in faults_table.committed(language).splitlines(), "run: make faults"


def test_every_platform_channel_and_fault_is_tried() -> None:
    assert {one.key for one in platforms.platform_kinds()} <= {way.platform for way in WAYS.values()}
    sent = {getattr(way, "channel", "") for way in WAYS.values()}
    assert {one.key for one in channels.channel_kinds() if issubclass(one, PlatformChannel)} <= sent
    assert {fault for way in WAYS.values() for fault in way.faults} == set(KINDS)


@pytest.mark.parametrize("language", faults_table.PAGES)
def test_the_table_has_a_row_for_each_kind_of_work_and_no_other(language: str) -> None:
    rows = [row.split("|")[1].strip() for row in faults_table.committed(language).splitlines()[2:]]
    assert rows == [titles[0 if language == "en" else 1] for titles in faults_table.TITLES.values()]
    assert list(faults_table.TITLES) == list(WAYS)


def test_an_outcome_that_must_not_be_is_called_so() -> None:
    for count, outcome in (
        (Count(3, 2, 2), "LOST"),
        (Count(3, 3, 3, twice=1), "TWICE"),
        (Count(3, 2, 3), "WRONG"),
        (Count(3, 3, 2, unknown=1), "listed"),
        (Count(3, 1, 0, refused=3), "WRONG"),
    ):
        assert count.outcome() == outcome
