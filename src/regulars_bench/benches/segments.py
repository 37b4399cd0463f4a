"""Counting segments: forty rules, each beside its query by hand."""

from __future__ import annotations

from statistics import median
from typing import ClassVar

from regulars.app.boot import House
from regulars_bench import home, running
from regulars_bench.contract import Bench, Figure, Result, Scale, Setup
from regulars_bench.generate import making
from regulars_bench.segments import measuring, store_raw
from regulars_bench.segments.measuring import Asked

BARS = {"bitmap": 50, "state": 200, "arrays": 400, "scan": 1_000}
"""p95 warm of each class, ms; at `max` twice as long but for the last, at `ci` nothing is held to a time."""


class SegmentsBench(Bench):
    """Forty rules as operators write them, cold and warm, beside hand-written queries over the raw tables."""

    key: ClassVar[str] = "segments"
    title: ClassVar[str] = "Counting segments: 40 rules beside hand-written queries"

    def run(self, setup: Setup) -> Result:
        """Measure; people that are missing are made first."""
        folder = making.folder_of(setup)
        folder.mkdir(parents=True, exist_ok=True)
        with home.opened(folder) as house:
            counts = making.ensure(house, setup)
            asked = measuring.asked(house, setup)
            size = running.folder_bytes(folder)
            return Result(
                {name: counts[name] for name in ("people", "events", "orders", "lines")} | {"bytes": size},
                [one.case for one in asked],
                _figures(asked, setup.scale) | _sizes(house, counts, size),
                home.versions(house),
            )


def _bar(class_: str, scale: Scale) -> str:
    if scale == "ci":
        return ""
    return f"<= {BARS[class_] * (2 if scale == 'max' and class_ != 'scan' else 1)}"


def _figures(asked: list[Asked], scale: Scale) -> dict[str, Figure]:
    cases = [one.case for one in asked]
    warm: dict[str, list[float]] = {}
    for one in asked:
        warm.setdefault(one.case.class_, []).extend(one.warm)
    figures = {
        f"{name}_p95_ms": Figure(round(measuring.high(times), 1), "ms", _bar(name, scale))
        for name, times in warm.items()
    }
    return figures | {
        "median_ratio_warm": Figure(
            round(median(c.ratio for c in cases), 1), "times", "" if scale == "ci" else ">= 10"
        ),
        "median_ratio_cold": Figure(
            round(median(c.cold_ratio for c in cases), 1), "times", "" if scale == "ci" else ">= 4"
        ),
        "cases_equal": Figure(sum(c.equal for c in cases), "cases", f">= {len(cases)}"),
    }


def _sizes(house: House, counts: dict[str, int], size: int) -> dict[str, Figure]:
    tables = store_raw.table_bytes(house.lake)
    events = tables["events"] + tables.get("timeline", 0) + tables.get("user_day", 0)
    return {
        "bytes_per_event": Figure(round(events / counts["events"], 1), "bytes"),
        "data_directory": Figure(round(size / running.GIB, 2), "GiB"),
    }
