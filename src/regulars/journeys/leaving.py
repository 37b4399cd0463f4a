"""How people leave a run before its end: a mark that counts wherever they stand, and messages taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from regulars.channels import api as channels
from regulars.core.ctx import Ctx
from regulars.core.events.journey import JourneyEnded
from regulars.infra import event_log
from regulars.journeys import store_engine, store_entering, store_journeys
from regulars.journeys.contract import Chunk
from regulars.journeys.ordering import order_keys

TAKEN_OVER = "taken_over"
"""A journey of a higher priority has taken them."""


def leave(ctx: Ctx, run_id: int, uids: Sequence[int], reason: str) -> int:
    """Let people leave a run before anything more is sent to them; return how many are newly marked."""
    marked = store_engine.mark_exits(ctx, run_id, uids, reason)
    for key in order_keys(ctx, run_id):
        channels.withdraw(ctx, key, uids, f"exited.{reason}")
    store_entering.release(ctx, run_id, uids)
    return marked


def tell_ended(ctx: Ctx, journey_id: int, node_key: str, chunks: Iterable[Chunk]) -> None:
    """Tell journeys that begin where this one ends whose way is over; nothing when there is none."""
    if store_journeys.listening(ctx, {JourneyEnded.type}):
        for chunk in chunks:
            told = {"journey_id": journey_id, "node": node_key, "uids": list(chunk.uids)}
            event_log.emit(ctx, JourneyEnded.type, "journeys", f"ended:{chunk.id}", told)
