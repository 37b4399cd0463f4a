"""Find a bench, make sure the machine can take it, run it, and put what it found into the one JSON shape."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from regulars.core.errors import BadInput, NotFound, Unavailable
from regulars_bench import benches
from regulars_bench.contract import Bench, Scale, Setup
from regulars_bench.memory import PeakMemory

GIB = 1 << 30

NEEDS: Mapping[Scale, tuple[int, int]] = {"ci": (1, 2), "1m": (8, 6), "10m": (44, 14), "max": (44, 14)}
"""GiB of free disk (data already made counts as free) and of free memory; with room for merges of parts.

max makes as many events as there is room for, but no fewer than 10m.
"""


def known() -> dict[str, Bench]:
    """Return every bench by its key, found by scanning the folder."""
    found: dict[str, Bench] = {}
    for module in pkgutil.iter_modules(benches.__path__, f"{benches.__name__}."):
        for _, cls in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(cls, Bench) and cls.__module__ == module.name:
                found[cls.key] = cls()
    return dict(sorted(found.items()))


def find(name: str) -> Bench:
    """Return the bench of that key. Raises NotFound naming the known ones."""
    offered = known()
    if name not in offered:
        raise NotFound(f"There is no bench {name!r}.", f"There are: {', '.join(offered)}.")
    return offered[name]


def run(bench: Bench, setup: Setup) -> dict[str, Any]:
    """Run a bench and return its report.

    Shape: {bench, title, scale, machine{cpu, cores, memory_gib}, versions, data, cases[...], figures{name: {...}},
    peak_memory_mib}. Raises Unavailable when the machine is too small.
    """
    setup.home.mkdir(parents=True, exist_ok=True)
    refuse_too_small(setup, NEEDS[setup.scale])
    with PeakMemory(setup.home) as peak:
        found = bench.run(setup)
    return {
        "bench": bench.key,
        "title": bench.title,
        "scale": setup.scale,
        "machine": machine(),
        "versions": _versions() | found.versions,
        "data": found.data,
        "cases": [case.json() for case in found.cases],
        "figures": {key: figure.json() for key, figure in found.figures.items()},
        "peak_memory_mib": peak.mib,
    }


def scale_of(text: str) -> Scale:
    """Return the scale of that name. Raises BadInput naming the known ones."""
    for scale in NEEDS:
        if scale == text:
            return scale
    raise BadInput(f"There is no scale {text!r}.", f"Scales: {', '.join(NEEDS)}.")


def refuse_too_small(setup: Setup, needs: tuple[int, int]) -> None:
    """Say what the scale needs (GiB of disk, of memory). Raises Unavailable when there is less."""
    disk, memory = needs
    free_disk = shutil.disk_usage(setup.home).free + folder_bytes(setup.home)
    free_memory = _free_memory()
    setup.say(
        f"Scale {setup.scale} needs {disk} GiB of disk and {memory} GiB of memory;"
        f" here are {free_disk / GIB:.0f} and {free_memory / GIB:.0f} GiB."
    )
    for what, needed, free in (("disk", disk, free_disk), ("memory", memory, free_memory)):
        if free < needed * GIB:
            raise Unavailable(
                f"Scale {setup.scale} needs {needed} GiB of {what}; {free / GIB:.1f} GiB are free.",
                "Choose a smaller --scale, or a --home on another disk.",
            )


def folder_bytes(folder: Path) -> int:
    """Return what the files below a folder take on the disk; files that go meanwhile do not count."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def machine() -> dict[str, Any]:
    """Return cpu (model), cores and memory_gib of this machine."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB, 1),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _free_memory() -> int:
    info = Path("/proc/meminfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("MemAvailable"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("regulars", "chdb", "pyarrow"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a store by URL needs no chDB here
            continue
    return found
