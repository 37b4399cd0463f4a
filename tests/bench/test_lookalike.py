"""The look-alike bench at a small scale."""

from __future__ import annotations

from pathlib import Path

from regulars.app.boot import House
from regulars_bench.benches import lookalike
from regulars_bench.contract import Setup
from regulars_bench.generate import making


def test_it_finds_people_and_can_be_run_again(house: House, tmp_path: Path) -> None:
    setup = Setup(tmp_path, "ci", lambda words: None)
    making.folder_of(setup).mkdir()
    making.ensure(house, setup)
    first, again = lookalike.measured(house, "ci"), lookalike.measured(house, "ci")
    assert first["found"] == again["found"]
    assert first["found"].value > 0
    assert first["auc"].value > 0.5
