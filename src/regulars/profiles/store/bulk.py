"""Arrow tables into PostgreSQL without touching each row in Python."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.compute
from psycopg import sql
from pyarrow import csv

from regulars.core.ctx import Ctx

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them


def copy_in(ctx: Ctx, target: str, table: pa.Table) -> None:
    """Append a table to a PostgreSQL table by column names. Columns: numbers, days, text, lists of text."""
    plain = pa.table(
        [_array_text(c) if pa.types.is_list(c.type) else c for c in table.columns], names=table.column_names
    )
    out = io.BytesIO()
    csv.write_csv(plain, out, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        sql.Identifier(target), sql.SQL(", ").join(sql.Identifier(c) for c in table.column_names)
    )
    with ctx.tx.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(out.getbuffer())


def _array_text(column: pa.ChunkedArray) -> pa.Array:
    """Write lists of text as PostgreSQL writes arrays: {"a","b"}."""
    lists = column.combine_chunks()
    items = lists.flatten().cast(pa.string())
    for special in ("\\", '"'):
        items = pc.replace_substring(items, special, "\\" + special)
    quoted = pc.binary_join_element_wise('"', items, '"', "")
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, quoted), ",")
    return pc.binary_join_element_wise("{", joined, "}", "")
