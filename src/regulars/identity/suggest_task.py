"""Looking for customers who probably are one, as a long task over what the house knows of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.core.errors import Conflict
from regulars.identity import suggesting
from regulars.workspace import api as workspace
from regulars.workspace.api import Task
from regulars.workspace.contract import Operation

KIND = "suggest"
STEPS = 2
LEAST = 0.8

Records = Callable[[Ctx], pa.Table]
"""Gives what is known of the brand's people: uid, and fields of text to compare."""

_sources: list[Records] = []


def register_records(source: Records) -> None:
    """Let a room above say what it knows of people; the last one registered counts."""
    _sources[:] = [source]


def start(ctx: Ctx) -> Operation:
    """Let a worker look for pairs. Needs people.merge. Raises BadInput (no splink), Conflict while it is looked for."""
    ctx.require("people.merge")
    if not suggesting.is_installed():
        raise suggesting.missing()
    last = workspace.last_operation(ctx, KIND)
    if last is not None and last.state == "running":
        raise Conflict("Likely duplicates are being looked for already.", "Wait until that has ended, or cancel it.")
    return workspace.ask(ctx, KIND, "", total=STEPS, key=str(ctx.brand_id))


def last(ctx: Ctx) -> Operation | None:
    """Return the search that is under way or ended last. Needs people.merge."""
    ctx.require("people.merge")
    return workspace.last_operation(ctx, KIND)


def cancel(ctx: Ctx) -> None:
    """Stop the search between two steps, if one is under way. Needs people.merge."""
    task = last(ctx)
    if task is not None and task.state == "running":
        workspace.cancel(ctx, task.id)


def look(task: Task) -> None:
    """Do a search; safe to run again."""
    task.step(0)
    with task.ctx() as ctx:
        records = _sources[0](ctx)
    task.step(1)
    with task.ctx() as ctx:
        written = suggesting.suggest_people(ctx, records, LEAST)
        figures: dict[str, Any] = {"suggestions": written, "people": records.num_rows}
        workspace.audit(ctx, "people.suggested", "review_item", "people", after={**figures, "least": LEAST})
        workspace.progress(ctx, task.id, STEPS)
        workspace.finish(ctx, task.id, figures)
