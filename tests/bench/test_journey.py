"""The bench of journeys at its smallest: four waves, kills in the middle, everybody told each thing once."""

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


def test_everybody_of_a_journey_is_told_each_thing_once_whatever_dies(setup: Setup) -> None:
    found = running.find("journey").run(setup).figures
    assert [name for name, figure in found.items() if not figure.ok] == []
    assert found["killed_messages"].value == found["measured_messages"].value > 0
    assert found["kills"].value > 0
