"""The bench of live segments at its smallest: every change arrives, and memberships are what their rules say."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars_bench import running
from regulars_bench.contract import Setup


@pytest.fixture
def setup() -> Iterator[Setup]:
    # Not below pytest's own folder: that is closed to the user PostgreSQL runs as when the tests run as root.
    home = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    home.chmod(0o755)
    yield Setup(home, "ci", lambda words: None)
    shutil.rmtree(home, ignore_errors=True)


def test_live_segments_follow_and_nothing_is_lost(setup: Setup) -> None:
    found = running.find("freshness").run(setup).figures
    assert {name: found[name].value for name in ("lost", "doubled", "drift")} == {"lost": 0, "doubled": 0, "drift": 0}
    assert found["changes"].value > 0
    assert found["counts_meanwhile"].value > 0
