"""Under which keys channels knows what a run sends."""

from __future__ import annotations

from regulars.core.ctx import Ctx
from regulars.journeys import store_engine
from regulars.journeys.graph import Graph
from regulars.journeys.nodes.message import order_key


def orders(ctx: Ctx, run_id: int) -> list[tuple[str, str]]:
    """Return (node, key under which channels knows what it sends) of the messages of a run, of all its versions."""
    return [
        (key, order_key(run_id, version_id, key, turn))
        for version_id, stored in store_engine.graphs_of(ctx, run_id)
        for key, turns in Graph.read(stored).messages().items()
        for turn in range(turns)
    ]


def order_keys(ctx: Ctx, run_id: int) -> list[str]:
    """Return the keys under which channels knows what a run sends."""
    return [key for _, key in orders(ctx, run_id)]
