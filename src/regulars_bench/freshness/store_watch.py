"""What the log and the lake say of the messages of a run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from regulars.core.ctx import Ctx
from regulars.infra.lake import LakeClient

_LOOKED_BACK = 30_000
"""A transaction that commits late has numbers this much below the newest, at most."""

_COMPACTED = ("user_state_delta", "segment_diff", "touched")
_BY_MONTH = ("events", "user_day")


def newest(ctx: Ctx) -> int:
    """Return the number of the log's newest event."""
    row = ctx.tx.execute("select coalesce(max(seq), 0) as seq from event_log").fetchone()
    return row["seq"] if row else 0


def changes(ctx: Ctx, after: int, seen: Collection[int]) -> list[dict[str, Any]]:
    """Return seq and props of changes of segments that came after a number, but those seen."""
    return ctx.tx.execute(
        "select seq, props from event_log where type = 'segment.changed' and seq > greatest(%(after)s,"
        " (select max(seq) from event_log) - %(back)s) and not seq = any(%(seen)s)",
        {"after": after, "back": _LOOKED_BACK, "seen": list(seen)},
    ).fetchall()


def people(ctx: Ctx, run: int) -> dict[str, int]:
    """Return the uid of each person of a run, by the id of the message that made them known."""
    rows = ctx.tx.execute(
        "select l.source_id, s.suid from event_log l join event_subject s using (seq)"
        " where l.source = 'http' and l.source_id like %(like)s",
        {"like": f"fresh-{run}-hello-%"},
    ).fetchall()
    return {row["source_id"]: row["suid"] for row in rows}


def agree(ctx: Ctx) -> None:
    """Let PostgreSQL know whose the made-up people's numbers are: they were written into the lake alone."""
    table = ctx.lake.arrow("SELECT suid, uid FROM uid_alias FINAL WHERE uid != suid")
    ctx.tx.execute("create temporary table made_up (suid bigint, uid bigint) on commit drop")
    with ctx.tx.cursor() as cursor, cursor.copy("copy made_up from stdin") as copy:
        for suid, uid in zip(table.column("suid").to_pylist(), table.column("uid").to_pylist(), strict=True):
            copy.write_row((suid, uid))
    ctx.tx.execute("insert into uid_alias (suid, uid) select suid, uid from made_up on conflict do nothing")


def arrived(ctx: Ctx, run: int) -> dict[str, int]:
    """Return the rows of a run's messages in the lake, and how many different ones they are."""
    return ctx.lake.rows(
        "SELECT count() AS rows, uniqExact(source_id) AS sent FROM events WHERE source = 'http'"
        " AND startsWith(source_id, {start:String})",
        {"start": f"fresh-{run}-"},
    )[0]


def compact(lake: LakeClient, month: int) -> None:
    """Merge parts: of the small tables all, of the large ones those of a month (e.g. 202611)."""
    for table in _COMPACTED:
        lake.command(f"OPTIMIZE TABLE {table}")
    for table in _BY_MONTH:
        lake.command(f"OPTIMIZE TABLE {table} PARTITION {{month:UInt32}}", {"month": month})
