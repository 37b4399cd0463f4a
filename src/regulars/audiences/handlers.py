"""What audience packages do in the background."""

from __future__ import annotations

from typing import Any

from regulars.audiences import api
from regulars.core.ctx import Ctx
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx


@jobs.long_job(api.PREPARE_JOB)
def prepare(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Make the files of a delivery."""
    api.run(db, make_ctx, brand_id, payload)


@jobs.given_up(api.PREPARE_JOB)
def give_up(ctx: Ctx, payload: dict[str, Any], why: str) -> None:
    """End a delivery that could not be made at any attempt, so that another can be asked for."""
    api.give_up(ctx, payload, why)


@jobs.job("audiences.expire")
def expire(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Delete files that have stood as long as agreed."""
    api.expire(ctx)


jobs.cron("20 * * * *", "audiences.expire")
