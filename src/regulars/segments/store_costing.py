"""The lake's plans of statements: how many rows they would read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars.core.ctx import Ctx


def rows_to_read(ctx: Ctx, people: str, parameters: Mapping[str, Any]) -> int:
    """Return how many rows of tables on disk a SELECT would read, after what their keys rule out.

    Source: https://clickhouse.com/docs/sql-reference/statements/explain#explain-estimate
    """
    bound = {**parameters, "brand_id": ctx.brand_id}
    servers = ctx.lake.nodes().values()
    return sum(table["rows"] for server in servers for table in server.rows(f"EXPLAIN ESTIMATE {people}", bound))
