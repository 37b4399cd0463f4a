"""The cohort engine: takes the cohort due first, lets its node deal with all of it, in one transaction."""

from __future__ import annotations

from datetime import timedelta

import structlog

from regulars.channels import api as channels
from regulars.core.clock import ManualClock
from regulars.core.ctx import Ctx
from regulars.core.errors import RegularsError, Unavailable
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.infra.lake import LakeError
from regulars.journeys import store, store_engine, store_journeys
from regulars.journeys.contract import Counts, Run
from regulars.journeys.graph import Graph
from regulars.journeys.ordering import order_keys
from regulars.journeys.step import CohortStep, Standing
from regulars.workspace import api as workspace

log = structlog.get_logger()

TRY_AGAIN = timedelta(minutes=10)
"""After so long, for what a person must mend."""
LAKE_AGAIN = timedelta(minutes=1)
"""After so long, for a question that the lake refused: no room, too busy, facts on the move."""


def advance(ctx: Ctx) -> bool:
    """Move the cohort due first by one node, in the caller's transaction; False when none is due.

    ctx.brand_id 0 = any brand. Nothing is remembered outside the transaction, so a rollback at any point is
    followed by the same step.
    """
    row = store_engine.claim_cohort(ctx)
    if row is None:
        return False
    run = Run(**{name: row[name] for name in _RUN_COLUMNS}, id=row["run_id"])
    graph = Graph.read(row["graph"])
    key = row["node_key"]
    step = CohortStep(
        under_run(ctx, run), run, graph, Standing(row["id"], key, row["via"], row["waited"], row["due_at"])
    )
    try:
        with ctx.tx.transaction():
            graph.kind(key)().step(step, graph.config(key))
    except Unavailable:
        raise  # a store is away: no other cohort would fare better, and the job tries again within seconds
    except RegularsError as error:
        # What one node cannot do now must not keep everybody else's cohorts waiting.
        log.warning("journey_step_failed", run=run.id, node=key, reason=error.message)
        again = LAKE_AGAIN if isinstance(error, LakeError) else TRY_AGAIN
        store_engine.put_off(ctx, row["id"], ctx.now + again)
    return True


_RUN_COLUMNS = (
    "brand_id", "version_id", "campaign_id", "journey_id", "visit", "origin", "replay_at", "started_at",
)  # fmt: skip


def under_run(ctx: Ctx, run: Run) -> Ctx:
    """Return the Ctx of the run's brand; a replay's business time stands at its own instant."""
    brand = workspace.brand(ctx.tx, run.brand_id)
    ctx = ctx.for_brand(run.brand_id, brand.zone, brand.currency)
    if run.replay_at is None:
        return ctx
    return ctx.at(ManualClock(run.replay_at, ctx.clock.system_now()))


def close_drained(ctx: Ctx) -> int:
    """End the runs in which nobody waits any more; return how many."""
    closed = 0
    for row in store_engine.open_runs(ctx):
        own = ctx.for_brand(row["brand_id"])
        if counts(own, row["id"]).waiting == 0:
            at = ctx.clock.system_now()
            store_engine.end_run(own, row["id"], "done", at)
            if row["campaign_id"]:
                store.end_campaign(own, row["campaign_id"], "done", at)
            if row["journey_id"]:
                store_journeys.end_when_through(own, row["journey_id"])
            closed += 1
    return closed


def counts(ctx: Ctx, run_id: int) -> Counts:
    """Return where the people of a run are.

    Who was handed over to channels is counted there and nowhere else, wherever their cohort stands.
    """
    waiting = exited = held_out = 0
    for row in store_engine.cohort_counts(ctx, run_id):
        if row["via"] == "messaged":
            continue
        if row["state"] == "waiting":
            waiting += row["people"]
        elif row["via"] == "held_out":
            held_out += row["people"]
        else:
            exited += row["people"]
    tallies = [channels.tally(ctx, key) for key in order_keys(ctx, run_id)]
    reasons: dict[str, int] = {}
    for tally in tallies:
        for reason, people in tally.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + people
    return Counts(
        entered=store_engine.entered(ctx, run_id),
        waiting=waiting + sum(t.pending for t in tallies),
        exited=exited,
        sent=sum(t.sent for t in tallies),
        suppressed=sum(t.suppressed for t in tallies),
        failed=sum(t.failed for t in tallies),
        unknown=sum(t.unknown for t in tallies),
        held_out=held_out,
        reasons=reasons,
    )


def advance_due(db: Database, make_ctx: MakeCtx, *, limit: int = 10_000) -> int:
    """Move every due cohort, one transaction a step, then end the runs that are through; return the steps made."""
    steps = 0
    while steps < limit:
        with db.tx() as tx:
            if not advance(make_ctx(tx, 0)):
                break
        steps += 1
    with db.tx() as tx:
        close_drained(make_ctx(tx, 0))
    return steps


def drain(db: Database, make_ctx: MakeCtx) -> None:
    """Advance and send until nothing is due now: what workers do, for the CLI, the demo and tests."""
    while advance_due(db, make_ctx) + channels.send_due(db, make_ctx).requests:
        pass


@jobs.long_job("journeys.advance")
def advance_job(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, object]) -> None:
    """Move what is due (worker)."""
    del brand_id, payload
    advance_due(db, make_ctx)


jobs.cron("* * * * *", "journeys.advance")
