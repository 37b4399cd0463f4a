"""One way to hand work to exactly one worker: batch claim, heartbeat, fenced acknowledgement, dead letter."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from regulars.infra.db import Connection

LEASE = timedelta(seconds=float(os.environ.get("REGULARS_LEASE_S", "60")))
"""How long a worker that is not heard of keeps its work. Shorter (REGULARS_LEASE_S) is for tests that kill workers."""
MAX_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Leased:
    """A job held by `owner` until its lease ends; acknowledging is refused to anybody else."""

    id: int
    name: str
    brand_id: int
    payload: dict[str, Any]
    attempts: int
    owner: str


def bury(tx: Connection, now: datetime) -> list[Leased]:
    """Put jobs whose worker died on the last attempt to the dead letters and return them."""
    rows = tx.execute(
        "update job set state = 'dead', lease_owner = null, finished_at = %(now)s,"
        " error = coalesce(error, 'The worker died on every attempt.')"
        " where state = 'leased' and lease_until < %(now)s and attempts >= %(max)s"
        " returning id, name, brand_id, payload, attempts",
        {"now": now, "max": MAX_ATTEMPTS},
    ).fetchall()
    return [Leased(r["id"], r["name"], r["brand_id"], r["payload"], r["attempts"], "") for r in rows]


def claim(tx: Connection, *, queue: str, owner: str, now: datetime, limit: int = 1) -> list[Leased]:
    """Lease due jobs, also those whose lease ran out and may be tried again."""
    rows = tx.execute(
        "update job set state = 'leased', lease_owner = %(owner)s, lease_until = %(until)s, attempts = attempts + 1"
        " where id in (select id from job where queue = %(queue)s"
        "   and ((state = 'ready' and run_at <= %(now)s) or (state = 'leased' and lease_until < %(now)s"
        "   and attempts < %(max)s))"
        "   order by run_at, id limit %(limit)s for update skip locked)"
        " returning id, name, brand_id, payload, attempts",
        {"owner": owner, "until": now + LEASE, "now": now, "queue": queue, "limit": limit, "max": MAX_ATTEMPTS},
    ).fetchall()
    return [Leased(r["id"], r["name"], r["brand_id"], r["payload"], r["attempts"], owner) for r in rows]


def heartbeat(tx: Connection, jobs: Sequence[Leased], now: datetime) -> int:
    """Extend the leases still held; return how many are."""
    return tx.execute(
        "update job set lease_until = %(until)s where id = any(%(ids)s) and lease_owner = any(%(owners)s)"
        " and state = 'leased'",
        {"until": now + LEASE, "ids": [j.id for j in jobs], "owners": [j.owner for j in jobs]},
    ).rowcount


def acknowledge(tx: Connection, job: Leased, now: datetime) -> bool:
    """Mark the job done in the transaction of its effects; False when the lease was lost (then roll back)."""
    return (
        tx.execute(
            "update job set state = 'done', finished_at = %(now)s, lease_owner = null"
            " where id = %(id)s and lease_owner = %(owner)s and attempts = %(attempts)s and state = 'leased'",
            {"id": job.id, "owner": job.owner, "attempts": job.attempts, "now": now},
        ).rowcount
        == 1
    )


def refuse(tx: Connection, job: Leased, error: str, now: datetime) -> bool:
    """Give the job back after a failure, later each time; tell whether this was the last attempt: a dead letter."""
    dead = job.attempts >= MAX_ATTEMPTS
    refused = tx.execute(
        "update job set state = %(state)s, run_at = %(run_at)s, error = %(error)s, lease_owner = null,"
        " finished_at = %(finished)s where id = %(id)s and lease_owner = %(owner)s and attempts = %(attempts)s",
        {
            "state": "dead" if dead else "ready",
            "run_at": now + timedelta(seconds=min(600, 2**job.attempts)),
            "error": error[:1000],
            "finished": now if dead else None,
            "id": job.id,
            "owner": job.owner,
            "attempts": job.attempts,
        },
    ).rowcount
    return dead and refused == 1
