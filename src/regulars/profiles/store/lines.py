"""Order lines into the lake; whose a document is stays fixed in PostgreSQL from when it was first seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from regulars.core.ctx import Ctx
from regulars.infra.db import number_array
from regulars.profiles.store.bulk import copy_in

KEY = ("shop", "kind", "document_id")

LINES = pa.schema(
    [
        ("suid", pa.uint32()),
        ("shop", pa.string()),
        ("document_id", pa.string()),
        ("ordinal", pa.uint32()),
        ("kind", pa.string()),
        ("occurred_at", pa.timestamp("ms", tz="UTC")),
        ("business_on", pa.date32()),
        ("item_id", pa.string()),
        ("item_name", pa.string()),
        ("category", pa.string()),
        ("quantity", pa.int64()),
        ("unit_price", pa.decimal128(18, 4)),
        ("amount_fen", pa.int64()),
        ("currency", pa.string()),
        ("store", pa.string()),
        ("region", pa.string()),
        ("refund_of", pa.string()),
        ("origin", pa.string()),
        ("batch_id", pa.string()),
    ]
)
"""Columns of lines as they come in; brand and version are added here."""


def next_version(ctx: Ctx) -> int:
    """Return a number greater than those of all writes before: microseconds of the database's clock.

    Taken before what is to be written is read, so that of two writers the one that knows more wins.
    """
    row = ctx.tx.execute("select (extract(epoch from clock_timestamp()) * 1000000)::bigint as version").fetchone()
    assert row is not None, "a select without a table has one row"  # noqa: S101
    return int(row["version"])


def fix_documents(ctx: Ctx, documents: pa.Table, *, whole: bool) -> tuple[pa.Table, pa.Table]:
    """Record documents, one row each with shop, kind, document_id, suid, lines.

    whole: their number of lines is now exactly `lines`; otherwise at least that.
    Returns (shop, kind, document_id, fixed_suid) of those that have had another suid, and
    (shop, kind, document_id, suid, kept, known) of those that had more lines than now.
    """
    ctx.tx.execute(
        "create temporary table if not exists document_in (shop text, kind text, document_id text, suid bigint,"
        " lines integer) on commit delete rows"
    )
    ctx.tx.execute("truncate document_in")
    copy_in(ctx, "document_in", documents.select([*KEY, "suid", "lines"]))
    bound = {"brand_id": ctx.brand_id, "now": ctx.clock.system_now(), "whole": whole}
    shrunk = ctx.tx.execute(
        "select d.shop, d.kind, d.document_id, d.suid, i.lines as kept, d.lines as known"
        " from document_in i join order_document d on d.brand_id = %(brand_id)s"
        " and (d.shop, d.kind, d.document_id) = (i.shop, i.kind, i.document_id)"
        " where %(whole)s and d.lines > i.lines",
        bound,
    ).fetchall()
    ctx.tx.execute(
        "insert into order_document (brand_id, shop, kind, document_id, suid, lines, first_seen_at)"
        " select %(brand_id)s, shop, kind, document_id, suid, lines, %(now)s from document_in"
        " order by shop, kind, document_id"
        " on conflict (brand_id, shop, kind, document_id) do update set lines = excluded.lines"
        " where excluded.lines > order_document.lines or (%(whole)s and excluded.lines <> order_document.lines)",
        bound,
    )
    fixed = ctx.tx.execute(
        "select d.shop, d.kind, d.document_id, d.suid as fixed_suid"
        " from document_in i join order_document d on d.brand_id = %(brand_id)s"
        " and (d.shop, d.kind, d.document_id) = (i.shop, i.kind, i.document_id) where d.suid <> i.suid",
        bound,
    ).fetchall()
    names = [(n, pa.string()) for n in KEY]
    return (
        pa.Table.from_pylist(fixed, schema=pa.schema([*names, ("fixed_suid", pa.uint32())])),
        pa.Table.from_pylist(
            shrunk,
            schema=pa.schema([*names, ("suid", pa.uint32()), ("kept", pa.int64()), ("known", pa.int64())]),
        ),
    )


def erased_among(ctx: Ctx, suids: Sequence[int]) -> list[int]:
    """Return which of these suids have been erased."""
    rows = ctx.tx.execute(
        "select suid from erased_person where suid = any(%(suids)s::bigint[])", {"suids": number_array(suids)}
    )
    return [row["suid"] for row in rows]


def insert_lines(ctx: Ctx, lines: pa.Table, version: int, token: str) -> None:
    """Write lines of the brand with their final suid."""
    n = lines.num_rows
    lines = lines.append_column("brand_id", pa.repeat(pa.scalar(ctx.brand_id, pa.uint16()), n))
    lines = lines.append_column("version", pa.repeat(pa.scalar(version, pa.uint64()), n))
    ctx.lake.insert("order_lines", lines, token=token)


def delete_lines(ctx: Ctx, shrunk: pa.Table, version: int, token: str) -> None:
    """Take away the lines above `kept` up to `known` of each document, and what such refund lines had matched."""
    rows: list[dict[str, Any]] = [
        {**{n: row[n] for n in KEY}, "suid": row["suid"], "ordinal": ordinal}
        for row in shrunk.to_pylist()
        for ordinal in range(row["kept"] + 1, row["known"] + 1)
    ]
    if not rows:
        return
    names = [*((n, pa.string()) for n in KEY), ("suid", pa.uint32()), ("ordinal", pa.uint32())]
    table = pa.Table.from_pylist(rows, schema=pa.schema(names))
    table = table.append_column("brand_id", pa.repeat(pa.scalar(ctx.brand_id, pa.uint16()), len(rows)))
    table = table.append_column("version", pa.repeat(pa.scalar(version, pa.uint64()), len(rows)))
    table = table.append_column("deleted", pa.repeat(pa.scalar(1, pa.uint8()), len(rows)))
    ctx.lake.insert("order_lines", table, token=token)
    refunds = table.filter(pa.array([row["kind"] == "refund" for row in rows])).drop_columns(["kind"])
    ctx.lake.insert("refund_matches", refunds)


def suids_of_batch(ctx: Ctx, batch_id: str) -> list[int]:
    """Return whose lines the brand's batch wrote."""
    rows = ctx.lake.rows(
        "SELECT DISTINCT suid FROM order_lines WHERE brand_id = {brand_id:UInt16} AND batch_id = {batch_id:String}"
        " AND suid > 0",
        {"brand_id": ctx.brand_id, "batch_id": batch_id},
    )
    return [row["suid"] for row in rows]


def paid(ctx: Ctx, shop: str, start: datetime, end: datetime) -> dict[str, int]:
    """Return a shop's orders of [start, end): document -> what its lines come to, in minor units."""
    rows = ctx.lake.rows(
        "SELECT document_id, sum(amount_fen) AS fen FROM order_lines FINAL WHERE brand_id = {brand_id:UInt16}"
        " AND shop = {shop:String} AND kind = 'sale' AND occurred_at >= {start:DateTime64(3, 'UTC')}"
        " AND occurred_at < {end:DateTime64(3, 'UTC')} GROUP BY document_id",
        {"brand_id": ctx.brand_id, "shop": shop, "start": start, "end": end},
    )
    return {row["document_id"]: int(row["fen"]) for row in rows}
