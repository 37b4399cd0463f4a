"""The benches of the front door at their smallest: nothing lost, nothing doubled, though processes are killed."""

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


def test_messages_arrive_once_though_web_and_worker_are_killed(setup: Setup) -> None:
    found = running.find("ingest").run(setup)
    assert {name: found.figures[name].value for name in ("lost", "doubled", "parked")} == {
        "lost": 0, "doubled": 0, "parked": 0,
    }  # fmt: skip


def test_a_file_of_orders_is_in_whole_and_once(setup: Setup) -> None:
    found = running.find("import").run(setup)
    assert found.data["lines"] == 5_000
    assert found.data["orders"] >= 2_000
