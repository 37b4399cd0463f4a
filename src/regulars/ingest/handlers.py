"""What ingest does in the background."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, NotFound
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.ingest import api


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


@jobs.job("ingest.forget_messages")
def forget_messages(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Let go of message ids that are too old to come again."""
    api.forget_messages(ctx)


@jobs.job("ingest.forget_uploads")
def forget_uploads(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Delete uploads that were never imported."""
    api.forget_uploads(ctx)


jobs.cron("40 3 * * *", "ingest.forget_messages")
jobs.cron("50 3 * * *", "ingest.forget_uploads")
