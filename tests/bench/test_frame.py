"""The frame of the benches: what it refuses, and the shape of what it reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from regulars.core.errors import BadInput, NotFound, Unavailable
from regulars_bench import report, running
from regulars_bench.contract import Bench, Case, Figure, Result, Setup


class Counting(Bench):
    key: ClassVar[str] = "counting"
    title: ClassVar[str] = "Counting"

    def run(self, setup: Setup) -> Result:
        case = Case("a", "state", cold_p50_ms=5, p50_ms=2, p95_ms=3, raw_p50_ms=20, equal=True, path="state")
        return Result({"people": 1}, [case], {"rate": Figure(9, "rows/s", ">= 10")}, {"engine": "1"})


@pytest.fixture
def found(tmp_path: Path):
    return running.run(Counting(), Setup(tmp_path, "ci", lambda words: None))


def test_the_shape_of_a_report(found) -> None:
    assert set(found) == {
        "bench", "title", "scale", "machine", "versions", "data", "cases", "figures", "peak_memory_mib",
    }  # fmt: skip
    assert set(found["machine"]) == {"cpu", "cores", "memory_gib"}
    assert found["cases"] == [
        {"name": "a", "class": "state", "cold_p50_ms": 5, "p50_ms": 2, "p95_ms": 3, "raw_p50_ms": 20, "ratio": 10.0,
         "cold_ratio": 4.0, "equal": True, "path": "state"}
    ]  # fmt: skip
    assert found["figures"] == {"rate": {"value": 9, "unit": "rows/s", "bar": ">= 10", "ok": False}}
    assert found["peak_memory_mib"] > 0
    json.dumps(found)


def test_a_page_keeps_one_section_a_bench_and_scale(found, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Benchmarks\n\nWords.\n")
    report.into_page(found, page)
    report.into_page(found | {"scale": "1m"}, page)
    report.into_page(found | {"peak_memory_mib": 123456}, page)
    text = page.read_text()
    assert text.startswith("# Benchmarks\n\nWords.\n")
    assert text.count("### Counting: `ci`") == text.count("### Counting: `1m`") == 1
    assert "123,456 MiB" in text


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="no bench 'x'"):
        running.find("x")
    with pytest.raises(BadInput, match="no scale '3m'"):
        running.scale_of("3m")


def test_a_machine_too_small_is_told_what_is_needed(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(Unavailable, match="needs 1000000 GiB of disk"):
        running.refuse_too_small(Setup(tmp_path, "ci", said.append), (10**6, 1))
    assert "needs 1000000 GiB of disk" in said[0]
