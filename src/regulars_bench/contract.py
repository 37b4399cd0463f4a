"""What a bench is given and what it returns; one JSON shape for all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

Scale = Literal["ci", "1m", "10m", "max"]
"""ci: a few thousand people, for correctness only. max: as many events as the free disk safely holds."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question asked of the product and, beside it, of the raw tables by a hand-written query, in milliseconds.

    cold: with constants not asked before. p50, p95: asked again (warm). ratio: raw_p50_ms / p50_ms; cold_ratio:
    raw_p50_ms / cold_p50_ms. equal: both found the same people. path: how the product answered.
    """

    name: str
    class_: str
    cold_p50_ms: float
    p50_ms: float
    p95_ms: float
    raw_p50_ms: float
    equal: bool
    path: str

    @property
    def ratio(self) -> float:
        """How many times faster than the hand-written query, warm."""
        return self.raw_p50_ms / self.p50_ms if self.p50_ms else 0.0

    @property
    def cold_ratio(self) -> float:
        """How many times faster than the hand-written query, cold."""
        return self.raw_p50_ms / self.cold_p50_ms if self.cold_p50_ms else 0.0

    def json(self) -> dict[str, Any]:
        """Return the case JSON-safe."""
        shown = asdict(self)
        shown["class"] = shown.pop("class_")
        return shown | {"ratio": round(self.ratio, 2), "cold_ratio": round(self.cold_ratio, 2)}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its unit. bar: what it must reach ("<= 120", ">= 20000"), "" = only told. ok: it does."""

    value: float
    unit: str
    bar: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether the bar is reached; without a bar always."""
        if not self.bar:
            return True
        sign, _, limit = self.bar.partition(" ")
        return self.value <= float(limit) if sign == "<=" else self.value >= float(limit)

    def json(self) -> dict[str, Any]:
        """Return the figure JSON-safe."""
        return asdict(self) | {"ok": self.ok}


@dataclass(frozen=True, slots=True)
class Setup:
    """What a bench is run with. home: keeps its data between runs. cases: only these, empty = all. say: progress."""

    home: Path
    scale: Scale
    say: Callable[[str], None]
    cases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """What a bench found. data: people, events, orders, bytes as far as they apply. versions: of engines it ran on."""

    data: dict[str, int]
    cases: list[Case] = field(default_factory=list[Case])
    figures: dict[str, Figure] = field(default_factory=dict[str, Figure])
    versions: dict[str, str] = field(default_factory=dict[str, str])


class Bench(ABC):
    """A benchmark. Deriving from this in a module of `benches` is all it takes to be offered."""

    key: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def run(self, setup: Setup) -> Result:
        """Measure; data that is missing under `setup.home` is made first."""
