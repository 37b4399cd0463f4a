"""Files from the command line, with a progress bar."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from regulars.app.boot import House
from regulars.ingest import api as ingest


def preview(house: House, brand_id: int, file: Path, mapping: Path) -> dict[str, Any]:
    """Return what the mapping makes of the beginning of the file; nothing is written."""
    with house.ctx(brand_id) as ctx:
        found = ingest.preview(ctx, file, ingest.read_mapping(mapping))
    return asdict(found)


def run(house: House, brand_id: int, file: Path, mapping: Path, *, console: Console | None) -> dict[str, Any]:
    """Import a file and return the report. console: where a progress bar is drawn; None = nowhere."""
    parsed = ingest.read_mapping(mapping)
    if console is None:
        return asdict(ingest.run_import(house.db, house.make_ctx, file, parsed, brand_id=brand_id))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(file.name, total=None, rate="")

        def show(done: int, total: int, rate_per_s: float, left_s: float | None) -> None:
            bar.update(task, completed=done, total=total, rate=f"{rate_per_s:,.0f} rows/s")

        report = ingest.run_import(house.db, house.make_ctx, file, parsed, brand_id=brand_id, progress=show)
    return asdict(report)
