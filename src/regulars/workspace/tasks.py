"""Long tasks: asked for in a transaction, done by a worker in steps that commit, ended once and in words.

A kind of task is a decorated function (`long_task`); what all have in common lies here: who asked, progress,
cancelling, the ways it can end, and the end of one that no attempt could do.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from regulars.core.ctx import Actor, Ctx
from regulars.core.errors import NotFound, RegularsError, Unavailable
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.infra.lake import QuestionCancelled
from regulars.workspace import store
from regulars.workspace.contract import Operation, OperationState


class TaskCancelled(RegularsError):
    """Somebody asked a long task to stop; nothing more of it is done."""

    code, status = "task.cancelled", 409


# --- the record -------------------------------------------------------------------------------------------
def start_operation(
    ctx: Ctx, kind: str, title: str, *, total: int = 0, unit: str = "", payload: dict[str, Any] | None = None
) -> Operation:
    """Begin a long task's record; the caller commits, so that it is seen."""
    return store.add_operation(
        ctx,
        {
            "brand_id": ctx.brand_id,
            "kind": kind,
            "title": title,
            "total": total,
            "unit": unit,
            "payload": payload or {},
            "actor": ctx.actor.name,
            "now": ctx.clock.system_now(),
        },
    )


def operation(ctx: Ctx, operation_id: int) -> Operation:
    """Return a long task of the brand. Raises NotFound."""
    found = store.operation(ctx.tx, operation_id)
    if found is None or (ctx.brand_id and found.brand_id != ctx.brand_id):
        raise NotFound(f"There is no task {operation_id}.", "It may belong to another brand.")
    return found


def operations(ctx: Ctx, limit: int = 50) -> list[Operation]:
    """Return the newest long tasks of the brand."""
    return store.operations(ctx.tx, ctx.brand_id, limit)


def last_operation(ctx: Ctx, kind: str) -> Operation | None:
    """Return the brand's newest long task of a kind."""
    return store.last_operation(ctx.tx, ctx.brand_id, kind)


def progress(ctx: Ctx, operation_id: int, done: int, total: int | None = None, message: str | None = None) -> None:
    """Say how far a long task is."""
    store.update_operation(ctx, operation_id, {"done": done, "total": total, "message": message, "state": "running"})


def finish(ctx: Ctx, operation_id: int, result: dict[str, Any], *, state: str = "done") -> None:
    """End a long task with its result (JSON-safe)."""
    store.update_operation(ctx, operation_id, {"state": state, "result": result, "ended": True})


def fail(ctx: Ctx, operation_id: int, message: str, result: dict[str, Any] | None = None) -> None:
    """End a long task with what went wrong, in words. result: what else is to be told of it (JSON-safe)."""
    store.update_operation(ctx, operation_id, {"state": "failed", "message": message, "result": result, "ended": True})


def cancel_requested(ctx: Ctx, operation_id: int) -> bool:
    """Tell whether somebody asked the task to stop."""
    found = store.operation(ctx.tx, operation_id)
    return found is not None and found.cancel_requested


# --- asking and doing -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Task:
    """A long task as the function sees that does it. It must be safe to be done again from its start."""

    db: Database
    make_ctx: MakeCtx
    brand_id: int
    operation: Operation

    @property
    def id(self) -> int:
        """The number of its record."""
        return self.operation.id

    @property
    def payload(self) -> dict[str, Any]:
        """What was asked, and under "asker" who did, see `ask`."""
        return self.operation.payload

    @contextmanager
    def ctx(self) -> Generator[Ctx]:
        """Open a transaction that commits at the end, as whoever asked and within their stores."""
        asker = self.operation.payload["asker"]
        stores = asker["stores"]
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx, self.brand_id)
            reach = replace(ctx.scope, stores=frozenset[str](stores) if stores is not None else None)
            yield replace(ctx, actor=Actor(**asker["actor"]), scope=reach)

    def step(self, done: int, total: int | None = None) -> None:
        """Say how far it is, in a transaction of its own. Raises TaskCancelled when somebody asked to stop."""
        with self.ctx() as ctx:
            if cancel_requested(ctx, self.id):
                raise TaskCancelled("The task was cancelled.", "Ask again when you need it.")
            progress(ctx, self.id, done, total)


Ended = Callable[[Ctx, Operation, OperationState, str], None]
"""Told that a task ended otherwise than done, and why, in words; in the transaction that ends it."""


@dataclass(frozen=True, slots=True)
class _Kind:
    job: str
    queue: str
    unit: str
    work: Callable[[Task], None]
    ended: Ended | None

    def end(self, ctx: Ctx, of: Operation, state: OperationState, why: RegularsError | str = "") -> None:
        known = isinstance(why, RegularsError)
        words = why.message if known else why
        if state == "failed":
            fail(ctx, of.id, words, {"code": why.code, "hint": why.hint} if known else {"code": "", "hint": ""})
        else:
            finish(ctx, of.id, {}, state=state)
        if self.ended is not None:
            self.ended(ctx, of, state, words)

    def run(self, db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
        """Do a task that was asked for. What is wrong with it is told; a store that is away passes on."""
        with db.tx() as tx:
            of = operation(make_ctx(tx, brand_id), payload["operation_id"])
        if of.state != "running":
            return
        task = Task(db, make_ctx, brand_id, of)
        try:
            self.work(task)
        except (TaskCancelled, QuestionCancelled):
            with task.ctx() as ctx:
                self.end(ctx, of, "cancelled")
        except Unavailable:
            raise
        except RegularsError as error:
            with task.ctx() as ctx:
                self.end(ctx, of, "failed", error)

    def give_up(self, ctx: Ctx, payload: dict[str, Any], why: str) -> None:
        """End a task that no attempt could do, so that it can be asked for again."""
        of = operation(ctx, payload["operation_id"])
        if of.state == "running":
            self.end(ctx, of, "failed", why)


_kinds: dict[str, _Kind] = {}


def long_task(
    kind: str, *, job: str, queue: str = "long", unit: str = "steps", ended: Ended | None = None
) -> Callable[[Callable[[Task], None]], Callable[[Task], None]]:
    """Name a function that does a kind of long task (decorator); it ends its task by `finish` beside its last effect.

    job: name of the job that carries it. unit: what its steps are counted in. ended: see `Ended`.
    """

    def register(work: Callable[[Task], None]) -> Callable[[Task], None]:
        one = _kinds[kind] = _Kind(job, queue, unit, work, ended)
        jobs.long_job(job)(one.run)
        jobs.given_up(job)(one.give_up)
        return work

    return register


def ask(
    ctx: Ctx,
    kind: str,
    title: str,
    *,
    total: int = 0,
    payload: dict[str, Any] | None = None,
    key: str = "",
) -> Operation:
    """Let a worker do a long task; the caller commits. key: at most one of the kind and key waits at a time."""
    found = _kinds[kind]
    stores = None if ctx.scope.stores is None else sorted(ctx.scope.stores)
    asked = (payload or {}) | {"asker": {"actor": asdict(ctx.actor), "stores": stores}}
    of = start_operation(ctx, kind, title, total=total, unit=found.unit, payload=asked)
    jobs.enqueue(ctx, found.job, {"operation_id": of.id}, key=key, queue=found.queue)
    return of
