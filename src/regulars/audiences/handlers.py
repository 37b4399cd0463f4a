"""What audience packages do in the background."""

from __future__ import annotations

from typing import Any

from regulars.audiences import api, api_targets, making
from regulars.core.ctx import Ctx
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.workspace import api as workspace

workspace.long_task(api.TASK, job="audiences.prepare", unit="people", ended=api.ended)(api.run)
workspace.long_task(making.PUSH, job="audiences.push", unit="lines", ended=api_targets.ended)(api_targets.run)


@jobs.job("audiences.expire")
def expire(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Delete files that have stood as long as agreed."""
    api.expire(ctx)


jobs.cron("20 * * * *", "audiences.expire")


@jobs.job("audiences.renew")
def renew(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Prepare the packages that are due to be renewed."""
    api_targets.renew(ctx)


jobs.cron("35 * * * *", "audiences.renew")


@jobs.long_job("audiences.poll")
def poll(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Ask platforms what came of uploads."""
    del brand_id, payload
    api_targets.poll(db, make_ctx)


jobs.cron("*/5 * * * *", "audiences.poll", queue="sources")
