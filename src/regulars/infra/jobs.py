"""Jobs and cron: rooms name functions, the worker runs them under a lease."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from cronsim import CronSim
from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.core.errors import NotFound, RegularsError
from regulars.infra import lease
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx

log = structlog.get_logger()

Run = Callable[[Ctx, dict[str, Any]], None]
_jobs: dict[str, Run] = {}
_long_jobs: dict[str, Callable[[Database, MakeCtx, int, dict[str, Any]], None]] = {}
_last_words: dict[str, Callable[[Ctx, dict[str, Any], str], None]] = {}
_cron: dict[str, tuple[str, str]] = {}
HEARTBEAT_S = lease.LEASE.total_seconds() / 4


def job(name: str) -> Callable[[Run], Run]:
    """Name a function as a job (decorator): it runs in one transaction with its acknowledgement."""

    def register(function: Run) -> Run:
        _jobs[name] = function
        return function

    return register


def long_job(
    name: str,
) -> Callable[
    [Callable[[Database, MakeCtx, int, dict[str, Any]], None]],
    Callable[[Database, MakeCtx, int, dict[str, Any]], None],
]:
    """Name a function that commits in steps (imports, senders); it must be safe to run again from the start."""

    def register(
        function: Callable[[Database, MakeCtx, int, dict[str, Any]], None],
    ) -> Callable[[Database, MakeCtx, int, dict[str, Any]], None]:
        _long_jobs[name] = function
        return function

    return register


def given_up(
    name: str,
) -> Callable[[Callable[[Ctx, dict[str, Any], str], None]], Callable[[Ctx, dict[str, Any], str], None]]:
    """Name what is to be done when the last attempt of a job has failed (decorator): called with why, in words."""

    def register(function: Callable[[Ctx, dict[str, Any], str], None]) -> Callable[[Ctx, dict[str, Any], str], None]:
        _last_words[name] = function
        return function

    return register


def cron(expression: str, name: str, *, queue: str = "default") -> None:
    """Run the job `name` for the group at these system times (UTC, five fields)."""
    _cron[name] = expression, queue


def enqueue(
    ctx: Ctx,
    name: str,
    payload: dict[str, Any],
    *,
    key: str = "",
    run_at: datetime | None = None,
    queue: str = "default",
) -> int:
    """Put a job into the caller's transaction; return its id. key: at most one waiting job of this name and key.

    Raises NotFound for an unknown name. Returns 0 when the key is already waiting.
    """
    if name not in _jobs and name not in _long_jobs:
        raise NotFound(f"There is no job {name!r}.", f"Known: {', '.join(sorted({*_jobs, *_long_jobs}))}.")
    row = ctx.tx.execute(
        "insert into job (queue, name, key, brand_id, payload, run_at)"
        " values (%(queue)s, %(name)s, %(key)s, %(brand_id)s, %(payload)s, %(run_at)s)"
        " on conflict (name, key) where key <> '' and state in ('ready', 'leased') do nothing returning id",
        {
            "queue": queue,
            "name": name,
            "key": key,
            "brand_id": ctx.brand_id,
            "payload": Jsonb(payload),
            "run_at": run_at or ctx.clock.system_now(),
        },
    ).fetchone()
    return row["id"] if row else 0


def ended(ctx: Ctx, name: str, before: datetime) -> list[dict[str, Any]]:
    """Return the payloads of the jobs of a name that ended, well or not, before a system time."""
    rows = ctx.tx.execute(
        "select payload from job where name = %(name)s and state in ('done', 'dead') and finished_at < %(before)s",
        {"name": name, "before": before},
    )
    return [row["payload"] for row in rows]


def tick(db: Database, make_ctx: MakeCtx) -> None:
    """Enqueue the cron jobs that are due; one winner among many workers."""
    for name, (expression, queue) in _cron.items():
        with db.tx() as tx:
            ctx = make_ctx(tx, 0)
            now = ctx.clock.system_now()
            following = next(CronSim(expression, now))
            row = tx.execute(
                "insert into schedule (name, next_at) values (%(name)s, %(next)s)"
                " on conflict (name) do update set next_at = excluded.next_at where schedule.next_at <= %(now)s"
                " returning (xmax = 0) as fresh",
                {"name": name, "next": following, "now": now},
            ).fetchone()
            if row and not row["fresh"]:
                enqueue(ctx, name, {}, key="cron", queue=queue)


def run_due(db: Database, make_ctx: MakeCtx, *, owner: str, queue: str = "default", limit: int = 1) -> int:
    """Lease and run due jobs; return how many were taken. A failure is kept with the job and tried again later."""
    with db.tx() as tx:
        now = make_ctx(tx, 0).clock.system_now()
        for one in lease.bury(tx, now):
            _give_up(
                make_ctx(tx, one.brand_id), one, "The process that did it ended each time. The server's log says why."
            )
        taken = lease.claim(tx, queue=queue, owner=owner, now=now, limit=limit)
    for one in taken:
        with _kept_alive(db, make_ctx, one):
            _run(db, make_ctx, one)
    return len(taken)


def _run(db: Database, make_ctx: MakeCtx, one: lease.Leased) -> None:
    try:
        if one.name in _long_jobs:
            _long_jobs[one.name](db, make_ctx, one.brand_id, one.payload)
        with db.tx() as tx:
            ctx = make_ctx(tx, one.brand_id)
            if one.name in _jobs:
                _jobs[one.name](ctx, one.payload)
            if not lease.acknowledge(tx, one, ctx.clock.system_now()):
                tx.rollback()
                log.warning("lease_lost", job=one.name, id=one.id)
    except Exception as error:
        known = isinstance(error, RegularsError)
        log.warning("job_failed", job=one.name, id=one.id, error=str(error) if known else type(error).__name__)
        with db.tx() as tx:
            ctx = make_ctx(tx, one.brand_id)
            if lease.refuse(tx, one, f"{type(error).__name__}: {error}", ctx.clock.system_now()):
                _give_up(
                    ctx, one, error.message if known else "Something unexpected failed. The server's log says what."
                )


def _give_up(ctx: Ctx, one: lease.Leased, why: str) -> None:
    if one.name not in _last_words:
        return
    try:
        with ctx.tx.transaction():
            _last_words[one.name](ctx, one.payload, why)
    except Exception:  # or it would keep the job alive, and its queue from going on
        log.exception("giving_up_failed", job=one.name, id=one.id)


class _kept_alive:
    """Extend a job's lease while it runs."""

    def __init__(self, db: Database, make_ctx: MakeCtx, one: lease.Leased) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, args=(db, make_ctx, one), daemon=True)

    def _beat(self, db: Database, make_ctx: MakeCtx, one: lease.Leased) -> None:
        while not self._stop.wait(HEARTBEAT_S):
            with db.tx() as tx:
                lease.heartbeat(tx, [one], make_ctx(tx, 0).clock.system_now())

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
