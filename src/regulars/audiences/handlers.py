"""What audience packages do in the background."""

from __future__ import annotations

from typing import Any

from regulars.audiences import api
from regulars.core.ctx import Ctx
from regulars.infra import jobs
from regulars.workspace import api as workspace

workspace.long_task(api.TASK, job="audiences.prepare", unit="people", ended=api.ended)(api.run)


@jobs.job("audiences.expire")
def expire(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Delete files that have stood as long as agreed."""
    api.expire(ctx)


jobs.cron("20 * * * *", "audiences.expire")
