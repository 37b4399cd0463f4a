"""Many numbers out of PostgreSQL at once: as they lie in its answer, not row by row."""

from __future__ import annotations

from typing import Any, LiteralString

import numpy as np
from psycopg import sql

from regulars.infra.db import Connection

Numbers = np.ndarray[Any, np.dtype[np.uint32]]
_HEADER_BYTES, _TRAILER_BYTES = 19, 2
_ROW = np.dtype([("fields", ">u2"), ("bytes", ">u4"), ("number", ">i8")])
"""A row of one int8 as COPY writes it. Source: PostgreSQL, "COPY", binary format."""


def numbers(tx: Connection, query: LiteralString, **given: object) -> Numbers:
    """Return the one column of a query's rows: bigints of 0 to 2**32 - 1, never null.

    query: its values as {name}; COPY takes no parameters, so they are written into it as literals by psycopg.
    """
    asked = sql.SQL(query).format(**{name: sql.Literal(value) for name, value in given.items()})
    with tx.cursor() as cursor, cursor.copy(sql.SQL("copy ({}) to stdout (format binary)").format(asked)) as copy:
        said = b"".join(bytes(part) for part in copy)
    return np.frombuffer(said[_HEADER_BYTES:-_TRAILER_BYTES], _ROW)["number"].astype(np.uint32)
