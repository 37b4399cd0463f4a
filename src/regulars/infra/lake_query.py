"""Free questions to the lake for engineers: read-only, bounded."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput

MAX_ROWS = 10_000
TABLE_FUNCTIONS = frozenset({"numbers", "one", "values"})
"""Functions a query may read from; all others reach beyond the lake (files, other servers, programs)."""


def read_only(ctx: Ctx, sql: str) -> list[dict[str, Any]]:
    """Run one SELECT over the lake; at most 10,000 rows. Raises BadInput for anything else."""
    try:
        statements = sqlglot.parse(sql, read="clickhouse")
    except ParseError as error:
        raise BadInput(
            f"This is not SQL the lake understands: {error.errors[0]['description']}.", "Check the query."
        ) from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise BadInput("Only one SELECT at a time.", "The lake is changed by the product alone.")
    tree = statements[0]
    functions = [table.this for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Func)]
    if any(function.name.lower() not in TABLE_FUNCTIONS for function in functions):
        raise BadInput("A query may only read the lake's own tables.", "Import the file instead: regulars import.")
    return ctx.lake.rows(f"SELECT * FROM ({sql.strip().rstrip(';')}) LIMIT {MAX_ROWS}")
