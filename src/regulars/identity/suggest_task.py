"""Looking for customers who probably are one, as a long task over what the house knows of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Actor, Ctx
from regulars.core.errors import Conflict, RegularsError, Unavailable
from regulars.identity import suggesting
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.workspace import api as workspace
from regulars.workspace.contract import Operation

JOB, KIND = "identity.suggest", "suggest"
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
    task = workspace.start_operation(ctx, KIND, "", total=STEPS, unit="steps", payload={"actor": asdict(ctx.actor)})
    jobs.enqueue(ctx, JOB, {"operation_id": task.id}, key=str(ctx.brand_id), queue="long")
    return task


def last(ctx: Ctx) -> Operation | None:
    """Return the search that is under way or ended last. Needs people.merge."""
    ctx.require("people.merge")
    return workspace.last_operation(ctx, KIND)


def cancel(ctx: Ctx) -> None:
    """Stop the search between two steps, if one is under way. Needs people.merge."""
    task = last(ctx)
    if task is not None and task.state == "running":
        workspace.cancel(ctx, task.id)


class _Cancelled(Exception):
    """Somebody asked to stop; nothing was suggested."""


def run(db: Database, make_ctx: MakeCtx, brand_id: int, task_id: int) -> None:
    """Do a search; safe to run again. What is wrong with the records is told; a store that is away passes on."""

    def step(done: int) -> None:
        with db.tx() as tx:
            ctx = make_ctx(tx, brand_id)
            if workspace.cancel_requested(ctx, task_id):
                raise _Cancelled
            workspace.progress(ctx, task_id, done)

    with db.tx() as tx:
        task = workspace.operation(make_ctx(tx, brand_id), task_id)
    if task.state != "running":
        return
    try:
        step(0)
        with db.tx() as tx:
            records = _sources[0](make_ctx(tx, brand_id))
        step(1)
        with db.tx() as tx:
            ctx = replace(make_ctx(tx, brand_id), actor=Actor(**task.payload["actor"]))
            written = suggesting.suggest_people(ctx, records, LEAST)
            figures: dict[str, Any] = {"suggestions": written, "people": records.num_rows}
            workspace.audit(ctx, "people.suggested", "review_item", "people", after={**figures, "least": LEAST})
            workspace.progress(ctx, task_id, STEPS)
            workspace.finish(ctx, task_id, figures)
    except _Cancelled:
        with db.tx() as tx:
            workspace.finish(make_ctx(tx, brand_id), task_id, {}, state="cancelled")
    except Unavailable:
        raise
    except RegularsError as error:
        with db.tx() as tx:
            give_up(make_ctx(tx, brand_id), task_id, f"{error.message} {error.hint}", code=error.code)


def give_up(ctx: Ctx, task_id: int, why: str, *, code: str = "") -> None:
    """End a search that cannot be done. why: in words."""
    workspace.fail(ctx, task_id, why, {"code": code})
