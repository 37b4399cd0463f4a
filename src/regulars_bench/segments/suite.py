"""The suite: forty cases, always the same."""

from __future__ import annotations

from regulars_bench.segments import on_events, on_orders, on_segments, on_state
from regulars_bench.segments.asking import Case

CASES: tuple[Case, ...] = (*on_segments.CASES, *on_state.CASES, *on_orders.CASES, *on_events.CASES)
