"""The door of look-alikes: made at once, or as a long task that is followed, cancelled, found after a reload."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import NotFound
from regulars.segments import api, costing, lookalike
from regulars.segments.contract import Segment
from regulars.segments.lookalike import STEPS, Asked
from regulars.workspace import api as workspace
from regulars.workspace.api import Task
from regulars.workspace.contract import Operation

__all__ = ["KIND", "Asked", "ask", "cancel", "create", "find", "get"]

KIND = "lookalike"


def create(ctx: Ctx, segment_id: int, asked: Asked, *, name: str) -> Segment:
    """Make a static segment of the people most like those of another segment, none of whom is in it.

    How it was made stands in `made_from`: segment_id, the model value by value, and how seeds that were left out
    fared (docs/audiences.md). Raises SegmentNotFound, Conflict for a taken name, BadInput when there are fewer than
    50 seeds or more than half of all people are.
    """
    seeds = api.get(ctx, segment_id)
    api.check_name(ctx, name)
    return _keep(ctx, lookalike.find(costing.bounded(ctx), seeds, asked), name)


def _keep(ctx: Ctx, found: lookalike.Alike, name: str) -> Segment:
    made = api.add_static(ctx, name, "", found.told)
    lookalike.keep(costing.bounded(ctx), made, found)
    return api.get(ctx, made.id)


def ask(ctx: Ctx, segment_id: int, asked: Asked, *, name: str = "") -> Operation:
    """Let a worker find the people most like a segment's, and keep them as a static segment if it has a name.

    Raises SegmentNotFound, BadInput, Conflict for a taken name; what only the search shows fails the task.
    """
    seeds = api.get(ctx, segment_id)
    asked.check()
    if name:
        api.check_name(ctx, name)
    return workspace.ask(
        ctx,
        KIND,
        name or seeds.name,
        total=STEPS + bool(name),
        payload={"segment_id": segment_id, "asked": asdict(asked), "name": name},
    )


def get(ctx: Ctx, segment_id: int, task_id: int) -> Operation:
    """Return a task that the actor asked for: what was found may be narrowed to the actor's stores. Raises NotFound."""
    task = workspace.operation(ctx, task_id)
    own = task.payload.get("asker", {}).get("actor", {})
    asker = (task.kind, task.payload.get("segment_id"), own.get("kind"), own.get("id"))
    if asker != (KIND, segment_id, ctx.actor.kind, ctx.actor.id):
        raise NotFound(f"There is no task {task_id} of yours for this segment.", "Ask again.")
    return task


def cancel(ctx: Ctx, segment_id: int, task_id: int) -> None:
    """Stop a task of the actor's, also in the middle of a statement; one that has ended stays. Raises NotFound."""
    if get(ctx, segment_id, task_id).state == "running":
        workspace.cancel(ctx, task_id)
        costing.cancel(ctx, _key(task_id))


def _key(task_id: int) -> str:
    return f"lookalike-{task_id}"


def find(task: Task) -> None:
    """Find the people and keep them; safe to run again."""
    asked, name = Asked(**task.payload["asked"]), task.payload["name"]
    task.step(0)
    with task.ctx() as ctx:
        bounded = costing.bounded(ctx, _key(task.id))
        seeds = api.get(bounded, task.payload["segment_id"])
        found = lookalike.find(bounded, seeds, asked, task.step)
    with task.ctx() as ctx:
        kept: dict[str, Any] = {}
        if name:
            made = _keep(ctx, found, name)
            kept = {"segment_id": made.id, "people": made.people}
            workspace.audit(
                ctx, "segment.created", "segment", made.id,
                after={"name": name, "kind": "static", "like": seeds.id, **task.payload["asked"]},
            )  # fmt: skip
            workspace.progress(ctx, task.id, STEPS + 1)
        workspace.finish(ctx, task.id, {"told": found.told, **kept})
