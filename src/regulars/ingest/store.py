"""SQL of ingest."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.infra.db import Connection, text_array

Row = dict[str, Any]
OPEN_STATES = ["open", "fixed"]


@dataclass(frozen=True, slots=True)
class NewQuarantine:
    """A row to be kept for fixing. reasons: JSON-safe; payload: encrypted."""

    source: str
    row_no: int
    ordinal: int | None
    document_hash: str
    reasons: list[dict[str, Any]]
    payload: bytes


def open_job(tx: Connection, job: Row) -> tuple[Row, bool]:
    """Find or begin the import of this file with this mapping; return it and whether it is new."""
    row = tx.execute(
        "insert into import_job (brand_id, operation_id, file_name, file_hash, mapping_hash, mapping, source_columns,"
        " source_details, target, started_at, updated_at) values (%(brand_id)s, %(operation_id)s, %(file_name)s,"
        " %(file_hash)s, %(mapping_hash)s, %(mapping)s, %(source_columns)s, %(source_details)s, %(target)s, %(now)s,"
        " %(now)s) on conflict (brand_id, file_hash, mapping_hash) do nothing returning *",
        job,
    ).fetchone()
    if row:
        return row, True
    found = tx.execute(
        "select * from import_job where brand_id = %(brand_id)s and file_hash = %(file_hash)s"
        " and mapping_hash = %(mapping_hash)s for update",
        job,
    ).fetchone()
    assert found is not None  # noqa: S101 - the conflict above was with this row
    return found, False


def set_job(tx: Connection, import_id: int, change: Row) -> None:
    """Change state, message, operation and times of an import; None leaves a value as it is."""
    tx.execute(
        "update import_job set state = coalesce(%(state)s, state), message = coalesce(%(message)s, message),"
        " operation_id = coalesce(%(operation_id)s, operation_id), finished = coalesce(%(finished)s, finished),"
        " updated_at = %(now)s, finished_at = case when %(ended)s then %(now)s else null end where id = %(id)s",
        {"state": None, "message": None, "operation_id": None, "finished": None, "ended": False, "id": import_id}
        | change,
    )


def delete_empty_job(tx: Connection, import_id: int) -> None:
    """Forget an import of which nothing was written."""
    tx.execute(
        "delete from import_job where id = %(id)s and not exists (select 1 from import_part where import_id = %(id)s)",
        {"id": import_id},
    )


def job(tx: Connection, brand_id: int, import_id: int) -> Row | None:
    """Return an import of a brand with the sums of its parts."""
    rows = jobs(tx, brand_id, import_id=import_id, before=None, limit=1)
    return rows[0] if rows else None


def jobs(
    tx: Connection, brand_id: int, *, import_id: int | None, q: str = "", before: int | None, limit: int
) -> list[Row]:
    """Return imports, newest first, with the sums of their parts. A replay moves rows from quarantined to imported.

    q: letters of the file's name.
    """
    return tx.execute(
        "select j.*, coalesce(p.lines, 0) as lines, coalesce(p.imported, 0) as imported,"
        " coalesce(p.skipped, 0) as skipped, coalesce(p.kinds, '{}'::jsonb) as kinds,"
        " coalesce(q.quarantined, 0) as quarantined,"
        " extract(epoch from coalesce(j.finished_at, j.updated_at) - j.started_at)::float8 as seconds"
        " from import_job j left join lateral (select sum(lines) as lines, sum(imported) as imported,"
        " sum(skipped) as skipped, (select jsonb_object_agg(k, n) from (select k.key as k, sum(k.value::bigint) as n"
        " from import_part ip, jsonb_each_text(ip.kinds) k where ip.import_id = j.id group by k.key) one) as kinds"
        " from import_part where import_id = j.id) p on true"
        " left join lateral (select count(*) as quarantined from quarantine_row r where r.brand_id = j.brand_id"
        " and r.import_id = j.id and r.state in ('open', 'fixed')) q on true"
        " where j.brand_id = %(brand_id)s and (%(id)s::bigint is null or j.id = %(id)s)"
        " and position(lower(%(q)s) in lower(j.file_name)) > 0"
        " and (%(before)s::bigint is null or j.id < %(before)s) order by j.id desc limit %(limit)s",
        {"brand_id": brand_id, "id": import_id, "q": q.strip(), "before": before, "limit": limit},
    ).fetchall()


def last_like(tx: Connection, brand_id: int, names: Sequence[str]) -> Row | None:
    """Return the newest finished import of a brand whose file had exactly these columns, in any order."""
    return tx.execute(
        "select mapping, file_name, started_at from import_job where brand_id = %(brand_id)s and state = 'done'"
        ' and (select array_agg(c ->> 0 order by (c ->> 0) collate "C") from jsonb_array_elements(source_columns) c)'
        " = %(names)s order by id desc limit 1",
        {"brand_id": brand_id, "names": sorted(names)},
    ).fetchone()


def parts(tx: Connection, import_id: int) -> dict[int, Row]:
    """Return the written parts of an import by number."""
    rows = tx.execute("select * from import_part where import_id = %(id)s", {"id": import_id}).fetchall()
    return {row["no"]: row for row in rows}


def add_part(tx: Connection, part: Row) -> None:
    """Mark a part as written."""
    tx.execute(
        "insert into import_part (import_id, no, origin, row_from, row_to, lines, imported, quarantined, skipped,"
        " kinds, written_at) values (%(import_id)s, %(no)s, %(origin)s, %(row_from)s, %(row_to)s, %(lines)s,"
        " %(imported)s, %(quarantined)s, %(skipped)s, %(kinds)s, %(now)s)",
        part | {"kinds": Jsonb(part["kinds"])},
    )


def next_replay_no(tx: Connection, import_id: int) -> int:
    """Return the number of the next part of mended rows."""
    row = tx.execute(
        "select coalesce(max(no), 999999) + 1 as no from import_part where import_id = %(id)s and origin = 'replay'",
        {"id": import_id},
    ).fetchone()
    return row["no"] if row else 1_000_000


def try_lock(connection: Connection, key: str, patience_s: float = 1.0) -> bool:
    """Take the lock of an import for the life of this connection.

    Tried for a moment: PostgreSQL notices only a little later that a run which was killed or failed has gone.
    """
    until = time.monotonic() + patience_s
    while True:
        row = connection.execute(
            "select pg_try_advisory_lock(hashtextextended(%(key)s, 7)) as got", {"key": key}
        ).fetchone()
        if row and row["got"]:
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.05)


def add_quarantine(tx: Connection, brand_id: int, import_id: int, rows: Iterable[NewQuarantine], now: datetime) -> None:
    """Keep rows for fixing."""
    with tx.cursor() as cursor, cursor.copy(
        "copy quarantine_row (brand_id, import_id, source, row_no, ordinal, document_hash, reasons, payload,"
        " created_at, updated_at) from stdin"
    ) as copy:  # fmt: skip
        for r in rows:
            copy.write_row(
                (brand_id, import_id, r.source, r.row_no, r.ordinal, r.document_hash, Jsonb(r.reasons), r.payload,
                 now, now)
            )  # fmt: skip


def quarantine(
    tx: Connection, brand_id: int, *, import_id: int | None, after: int, states: Sequence[str], limit: int
) -> list[Row]:
    """Return rows to fix in order of their id."""
    return tx.execute(
        "select * from quarantine_row where brand_id = %(brand_id)s and id > %(after)s and state = any(%(states)s)"
        " and (%(import_id)s::bigint is null or import_id = %(import_id)s) order by id limit %(limit)s",
        {"brand_id": brand_id, "import_id": import_id, "after": after, "states": list(states), "limit": limit},
    ).fetchall()


_WAITING = (
    " from quarantine_row q cross join lateral jsonb_array_elements(q.reasons) as r"
    " where q.brand_id = %(brand_id)s and q.state = any(%(open)s)"
)


def quarantine_groups(tx: Connection, brand_id: int, limit: int) -> list[Row]:
    """Return what is wrong with the rows that wait, the commonest first: import_id, field, code, value, rows.

    value: as it is shown; of one line one reason of a field and code counts.
    """
    return tx.execute(
        "select q.import_id, q.source, r ->> 'field' as field, r ->> 'code' as code,"
        " coalesce(r ->> 'value', '') as value, count(distinct q.id) as rows, min(q.id) as first_id"
        + _WAITING
        + " group by 1, 2, 3, 4, 5 order by rows desc, import_id, field, code, value limit %(limit)s",
        {"brand_id": brand_id, "open": OPEN_STATES, "limit": limit},
    ).fetchall()


def quarantine_ids(tx: Connection, brand_id: int, wanted: Row, limit: int) -> list[int]:
    """Return the waiting rows of a group, ascending. wanted: import_id, source, field, code, value.

    None: any source, any value.
    """
    rows = tx.execute(
        "select distinct q.id"
        + _WAITING
        + " and q.import_id = %(import_id)s and r ->> 'field' = %(field)s and r ->> 'code' = %(code)s"
        " and (%(source)s::text is null or q.source = %(source)s)"
        " and (%(value)s::text is null or coalesce(r ->> 'value', '') = %(value)s) order by q.id limit %(limit)s",
        {**wanted, "brand_id": brand_id, "open": OPEN_STATES, "limit": limit},
    ).fetchall()
    return [row["id"] for row in rows]


def refused_since(tx: Connection, brand_id: int, since: datetime) -> list[Row]:
    """Return by source (0 = HTTP, 1 = files) how many rows were refused since an instant and how many still wait."""
    return tx.execute(
        "select (import_id <> 0) as from_file, count(*) filter (where created_at >= %(since)s) as refused,"
        " count(*) filter (where state = any(%(open)s)) as waiting from quarantine_row"
        " where brand_id = %(brand_id)s group by 1",
        {"brand_id": brand_id, "since": since, "open": OPEN_STATES},
    ).fetchall()


def lines_since(tx: Connection, brand_id: int, since: datetime) -> int:
    """Return how many lines of files were read since an instant."""
    row = tx.execute(
        "select coalesce(sum(p.lines), 0)::bigint as n from import_part p join import_job j on j.id = p.import_id"
        " where j.brand_id = %(brand_id)s and p.written_at >= %(since)s",
        {"brand_id": brand_id, "since": since},
    ).fetchone()
    return row["n"] if row else 0


def quarantine_counts(tx: Connection, brand_id: int, import_id: int | None) -> dict[str, int]:
    """Return how many rows are in which state."""
    rows = tx.execute(
        "select state, count(*) as n from quarantine_row where brand_id = %(brand_id)s"
        " and (%(import_id)s::bigint is null or import_id = %(import_id)s) group by state",
        {"brand_id": brand_id, "import_id": import_id},
    ).fetchall()
    return {row["state"]: row["n"] for row in rows}


def quarantine_rows(tx: Connection, brand_id: int, ids: Sequence[int]) -> list[Row]:
    """Return these rows, locked, in order of import and id."""
    return tx.execute(
        "select * from quarantine_row where brand_id = %(brand_id)s and id = any(%(ids)s) order by import_id, id"
        " for update",
        {"brand_id": brand_id, "ids": list(ids)},
    ).fetchall()


def set_quarantine(tx: Connection, row_id: int, change: Row) -> None:
    """Change a row's state, payload and reasons; None leaves a value as it is."""
    values = {"state": None, "payload": None, "reasons": None, "id": row_id} | change
    if values["reasons"] is not None:
        values["reasons"] = Jsonb(values["reasons"])
    tx.execute(
        "update quarantine_row set state = coalesce(%(state)s, state), payload = coalesce(%(payload)s, payload),"
        " reasons = coalesce(%(reasons)s, reasons), updated_at = %(now)s where id = %(id)s",
        values,
    )


def keep_mended(tx: Connection, payloads: Mapping[int, bytes], now: datetime) -> None:
    """Keep rows that were fixed, as they are now. payloads: encrypted, by id."""
    tx.execute(
        "update quarantine_row set state = 'fixed', payload = mended.payload, updated_at = %(now)s"
        " from unnest(%(ids)s::bigint[], %(payloads)s::bytea[]) as mended(id, payload)"
        " where quarantine_row.id = mended.id",
        {"ids": list(payloads), "payloads": list(payloads.values()), "now": now},
    )


def set_quarantine_state(tx: Connection, brand_id: int, ids: Sequence[int], state: str, now: datetime) -> int:
    """Set the state of rows that are still to be fixed; return how many."""
    cursor = tx.execute(
        "update quarantine_row set state = %(state)s, updated_at = %(now)s where brand_id = %(brand_id)s"
        " and id = any(%(ids)s) and state = any(%(open)s)",
        {"state": state, "now": now, "brand_id": brand_id, "ids": list(ids), "open": OPEN_STATES},
    )
    return cursor.rowcount


def reopen_dropped(tx: Connection, brand_id: int, ids: Sequence[int], now: datetime) -> int:
    """Let dropped rows be to fix again; return how many."""
    cursor = tx.execute(
        "update quarantine_row set state = 'open', updated_at = %(now)s where brand_id = %(brand_id)s"
        " and id = any(%(ids)s) and state = 'dropped'",
        {"now": now, "brand_id": brand_id, "ids": list(ids)},
    )
    return cursor.rowcount


def seen(tx: Connection, brand_id: int, source: str, message_ids: Sequence[str], seen_on: date) -> set[str]:
    """Note message ids, all different; return those known before. A concurrent request with the same id waits here."""
    row = tx.execute(
        # Sorted, so that two requests with the same ids in another order cannot wait for each other.
        "with new as (insert into message_seen (brand_id, source, message_id, seen_on)"
        "  select %(brand_id)s, %(source)s, id, %(seen_on)s from unnest(%(ids)s::text[]) as id order by id"
        "  on conflict do nothing returning message_id)"
        " select coalesce(array_agg(id), '{}') as known from unnest(%(ids)s::text[]) as id"
        " where id not in (select message_id from new)",
        {"brand_id": brand_id, "source": source, "ids": text_array(message_ids), "seen_on": seen_on},
    ).fetchone()
    return set(row["known"]) if row else set()


def forget_messages(tx: Connection, before: date) -> int:
    """Forget message ids seen before a day."""
    return tx.execute("delete from message_seen where seen_on < %(before)s", {"before": before}).rowcount
