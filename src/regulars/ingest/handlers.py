"""What ingest does in the background."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, NotFound
from regulars.core.text import Text
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.ingest import api, api_sources, api_wizard
from regulars.workspace import api as workspace


@jobs.long_job(api.IMPORT_JOB)
def import_upload(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Import an uploaded file. A wrong mapping or file fails once and for all; other errors are tried again."""
    with tempfile.TemporaryDirectory(prefix="regulars-import-") as folder:
        try:
            api.run_uploaded(db, make_ctx, brand_id, payload, Path(folder))
        except (BadInput, NotFound):
            # The task already says what is wrong, and trying again would say it again.
            # Anything else passes: a store that is away, a lock that a killed worker still holds.
            return


workspace.long_task(api_wizard.KIND, job=api.CHECK_JOB, unit="rows", ended=api_wizard.ended)(api_wizard.run)


@jobs.job("ingest.forget_messages")
def forget_messages(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Let go of message ids that are too old to come again."""
    api.forget_messages(ctx)


@jobs.job("ingest.forget_uploads")
def forget_uploads(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Delete uploads that were never imported, or only tried."""
    api.forget_uploads(ctx)


@jobs.job("ingest.wake_sources")
def wake_sources(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Let the sources be read whose time has come."""
    api_sources.wake(ctx)


@jobs.long_job(api_sources.READ_JOB)
def read_stream(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Read a stream of a source up to now; a long history goes on with the next minute."""
    named = payload.get("page", "")
    api_sources.read(db, make_ctx, brand_id, payload["source_id"], payload["stream"], page=named)


@jobs.job("ingest.compare_sources")
def compare_sources(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Hold yesterday's orders of every source against the platform's own count."""
    api_sources.ask_comparisons(ctx)


@jobs.long_job(api_sources.COMPARE_JOB)
def compare_orders(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Hold yesterday's orders of a source against the platform's own count."""
    api_sources.compare(db, make_ctx, brand_id, payload["source_id"])


def sources_in_trouble(ctx: Ctx) -> tuple[int, list[workspace.Waiting]]:
    """Return how many sources have a stream that could not be read for a while."""
    return api_sources.in_trouble(ctx), []


def rows_to_fix(ctx: Ctx) -> tuple[int, list[workspace.Waiting]]:
    """Return how many rows wait to be corrected."""
    if ctx.scope.stores is not None:
        return 0, []  # they name no store
    counts = api.quarantine_counts(ctx)
    return counts.get("open", 0) + counts.get("fixed", 0), []


workspace.register_need(
    "rows_to_fix", "ingest.read", rows_to_fix, told=workspace.Told(Text("待修正的行", "Rows to fix"))
)
workspace.register_need(
    "sources_in_trouble", "ingest.read", sources_in_trouble,
    told=workspace.Told(Text("数据源异常", "Sources in trouble"), names=True),
)  # fmt: skip
jobs.cron("* * * * *", "ingest.wake_sources")
jobs.cron("20 22 * * *", "ingest.compare_sources")
jobs.cron("40 3 * * *", "ingest.forget_messages")
jobs.cron("50 3 * * *", "ingest.forget_uploads")
