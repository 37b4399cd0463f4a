"""What becomes of uploaded files that are never imported."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

from regulars.core.clock import ManualClock
from regulars.core.ctx import Ctx
from regulars.infra import jobs
from regulars.infra.files import FileStore, set_files
from regulars.ingest import api, api_wizard, handlers
from regulars.ingest.draft import draft_mapping
from regulars.workspace import api as workspace


def test_an_upload_whose_import_ended_goes_after_a_week(ctx: Ctx, clock: ManualClock, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    set_files(files)
    for state, days in (("done", 8), ("dead", 8), ("done", 6), ("ready", 30)):
        kept = files.put("rows.csv", BytesIO(b"a,b\n1,2\n"))
        job = jobs.enqueue(ctx, api.IMPORT_JOB, {"file_id": str(kept.id)}, key=str(kept.id))
        ended = clock.system_now() - timedelta(days=days)
        ctx.tx.execute(
            "update job set state = %(state)s, finished_at = %(at)s where id = %(id)s",
            {"state": state, "at": ended, "id": job},
        )
    handlers.forget_uploads(ctx, {})
    assert len(list(files.root.iterdir())) == 2
    handlers.forget_uploads(ctx, {})
    assert len(list(files.root.iterdir())) == 2


def test_a_trial_whose_worker_died_at_its_end_leaves_no_file_for_ever(
    ctx: Ctx, clock: ManualClock, tmp_path: Path
) -> None:
    files = FileStore(tmp_path / "files")
    set_files(files)
    rows = tmp_path / "rows.csv"
    rows.write_text("order,at,qty,amount\nT1,2024-03-01 10:00:00,1,9.90\n")
    task = api_wizard.ask(ctx, rows, "rows.csv", draft_mapping(rows, "rows.csv"))
    workspace.finish(ctx, task.id, {})
    for days, left in ((6, 1), (8, 0)):
        ended = clock.system_now() - timedelta(days=days)
        ctx.tx.execute("update job set state = 'done', finished_at = %(at)s", {"at": ended})
        handlers.forget_uploads(ctx, {})
        assert len(list(files.root.iterdir())) == left
