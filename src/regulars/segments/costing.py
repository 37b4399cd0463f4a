"""What a count costs, said before it runs: rows to be read, and seconds at the rates that counts had so far."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from regulars.core.ctx import Ctx
from regulars.core.errors import Unavailable
from regulars.core.ids import new_id
from regulars.core.rule.lake import Path
from regulars.segments import store_costing
from regulars.segments.answering import ToTake
from regulars.segments.contract import Cost, PartCost

START: dict[Path, float] = {"bitmap": 20e6, "state": 20e6, "arrays": 5e6, "scan": 5e6}
"""Rows a second, assumed until this process has counted; what it has seen takes their place within a few counts."""

LEARN_FROM_ROWS = 200_000
"""A shorter reading tells of the statement's beginning and end, not of its rows."""

NEW_SHARE = 0.3
"""Weight of the newest count in the rate."""

HEAVY_AT_ONCE = 4
"""Counts over the bound that one process runs; each holds one of its threads and connections."""


@dataclass(frozen=True, slots=True)
class CountLimits:
    """asks_from_s: estimated seconds over which a count is only made when asked for.

    memory_mib, at_most_s: what each statement of a count may use.
    """

    asks_from_s: float = 3.0
    memory_mib: int = 4096
    at_most_s: float = 300.0


class Rates:
    """Rows a second by path: an exponential moving average of the counts seen. Safe among threads."""

    def __init__(self) -> None:
        self._rates = dict(START)
        self._lock = threading.Lock()

    def seconds(self, path: Path, rows: int) -> float:
        """Return how long reading so many rows is expected to take."""
        return rows / self._rates[path]

    def learn(self, cost: Cost, seconds: float) -> None:
        """Take a finished count into the rates. cost: as estimated before. seconds: that it took, > 0.

        Of a count by several paths only the whole time is known, so the rates of all of them move by the same factor.
        """
        if cost.rows < LEARN_FROM_ROWS:
            return
        with self._lock:
            expected = sum(self.seconds(part.path, part.rows) for part in cost.parts)
            paths: set[Path] = {part.path for part in cost.parts if part.rows}
            for path in paths:
                self._rates[path] *= 1 + NEW_SHARE * (expected / seconds - 1)


rates = Rates()
_heavy = threading.BoundedSemaphore(HEAVY_AT_ONCE)
_limits = CountLimits()


def wire(limits: CountLimits) -> None:
    """Set the limits of this process's counts."""
    global _limits
    _limits = limits


def cost_of(ctx: Ctx, parts: list[ToTake]) -> Cost:
    """Return what taking these parts costs; asks the lake for its plans, reads no rows."""
    found = tuple(_cost_of_part(ctx, part) for part in parts)
    seconds = sum(part.seconds for part in found)
    return Cost(found, sum(part.rows for part in found), round(seconds, 6), too_long(seconds))


def too_long(seconds: float) -> bool:
    """Tell whether a count of so many estimated seconds is only made when asked for."""
    return seconds > _limits.asks_from_s


def _cost_of_part(ctx: Ctx, part: ToTake) -> PartCost:
    if part.people is None:
        return PartCost(part.path, kept=True, rows=0, seconds=0.0)
    rows = store_costing.rows_to_read(ctx, part.people, part.parameters)
    return PartCost(part.path, kept=False, rows=rows, seconds=round(rates.seconds(part.path, rows), 6))


@contextmanager
def heavy(cost: Cost) -> Generator[None]:
    """Hold a place for a count while it runs. Raises Unavailable when too many heavy ones run already."""
    if not cost.over:
        yield
        return
    if not _heavy.acquire(blocking=False):
        raise Unavailable(
            f"{HEAVY_AT_ONCE} heavy counts are running already.", "Wait until one has ended, then count again."
        )
    try:
        yield
    finally:
        _heavy.release()


def bounded(ctx: Ctx, key: str = "") -> Ctx:
    """Return the context with the limits of a count. key: by which its actor can cancel it; "" = nobody can."""
    query_id = _query_id(ctx, key or str(new_id()))
    lake = ctx.lake.bounded(query_id, memory_mib=_limits.memory_mib, seconds=_limits.at_most_s)
    return replace(ctx, lake=lake)


def cancel(ctx: Ctx, key: str) -> bool:
    """End the actor's count of a key; tell whether one ran."""
    return ctx.lake.cancel(_query_id(ctx, key))


def _query_id(ctx: Ctx, key: str) -> str:
    return f"count:{ctx.actor.kind}:{ctx.actor.id}:{key}"
