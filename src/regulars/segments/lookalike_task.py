"""A look-alike as a long task: asked for, followed, cancelled, and found again after a reload."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from regulars.core.ctx import Actor, Ctx
from regulars.core.errors import NotFound, RegularsError, Unavailable
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.infra.lake import QuestionCancelled
from regulars.segments import api, costing, lookalike
from regulars.segments.lookalike import STEPS, Asked
from regulars.workspace import api as workspace
from regulars.workspace.contract import Operation

JOB, KIND = "segments.lookalike", "lookalike"


def ask(ctx: Ctx, segment_id: int, asked: Asked, *, name: str = "") -> Operation:
    """Let a worker find the people most like a segment's, and keep them as a static segment if it has a name.

    Raises SegmentNotFound, BadInput, Conflict for a taken name; what only the search shows fails the task.
    """
    seeds = api.get(ctx, segment_id)
    asked.check()
    if name:
        api.check_name(ctx, name)
    stores = None if ctx.scope.stores is None else sorted(ctx.scope.stores)
    task = workspace.start_operation(
        ctx,
        KIND,
        name or seeds.name,
        total=STEPS + bool(name),
        unit="steps",
        payload={
            "segment_id": segment_id,
            "asked": asdict(asked),
            "name": name,
            "stores": stores,
            "actor": asdict(ctx.actor),
        },
    )
    jobs.enqueue(ctx, JOB, {"operation_id": task.id}, queue="asked")
    return task


def get(ctx: Ctx, segment_id: int, task_id: int) -> Operation:
    """Return a task that the actor asked for: what was found may be narrowed to the actor's stores. Raises NotFound."""
    task = workspace.operation(ctx, task_id)
    own = task.payload.get("actor", {})
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


@dataclass(frozen=True, slots=True)
class _Task:
    db: Database
    make_ctx: MakeCtx
    brand_id: int
    of: Operation

    @contextmanager
    def ctx(self) -> Generator[Ctx]:
        """Open a transaction that commits at the end, as whoever asked."""
        stores, actor = self.of.payload["stores"], Actor(**self.of.payload["actor"])
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx, self.brand_id)
            reach = frozenset[str](stores) if stores is not None else None
            yield replace(ctx, actor=actor, scope=replace(ctx.scope, stores=reach))

    def step(self, done: int) -> None:
        with self.ctx() as ctx:
            if workspace.cancel_requested(ctx, self.of.id):
                raise QuestionCancelled("The look-alike was cancelled.", "Ask again when you need it.")
            workspace.progress(ctx, self.of.id, done)

    def end(self) -> None:
        name = self.of.payload["name"]
        self.step(0)
        with self.ctx() as ctx:
            bounded = costing.bounded(ctx, _key(self.of.id))
            seeds = api.get(bounded, self.of.payload["segment_id"])
            found = lookalike.find(bounded, seeds, Asked(**self.of.payload["asked"]), self.step)
        with self.ctx() as ctx:
            kept: dict[str, Any] = {}
            if name:
                made = api.keep_lookalike(ctx, found, name=name)
                kept = {"segment_id": made.id, "people": made.people}
                workspace.audit(
                    ctx, "segment.created", "segment", made.id,
                    after={"name": name, "kind": "static", "like": seeds.id, **self.of.payload["asked"]},
                )  # fmt: skip
                workspace.progress(ctx, self.of.id, STEPS + 1)
            workspace.finish(ctx, self.of.id, {"told": found.told, **kept})


def run(db: Database, make_ctx: MakeCtx, brand_id: int, task_id: int) -> None:
    """Do a task; safe to run again. What is wrong with the question is told; a store that is away passes on."""
    with db.tx() as tx:
        of = workspace.operation(make_ctx(tx, brand_id), task_id)
    if of.state != "running":
        return
    task = _Task(db, make_ctx, brand_id, of)
    try:
        task.end()
    except QuestionCancelled:
        with task.ctx() as ctx:
            workspace.finish(ctx, task_id, {}, state="cancelled")
    except Unavailable:
        raise
    except RegularsError as error:
        with task.ctx() as ctx:
            give_up(ctx, task_id, error.message, code=error.code, hint=error.hint)


def give_up(ctx: Ctx, task_id: int, why: str, *, code: str = "", hint: str = "") -> None:
    """End a task that cannot be done. why, hint: in words."""
    workspace.fail(ctx, task_id, why, {"code": code, "hint": hint})
