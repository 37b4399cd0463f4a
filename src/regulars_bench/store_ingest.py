"""What the lake holds of what was sent and imported."""

from __future__ import annotations

from regulars.core.ctx import Ctx


def messages(ctx: Ctx) -> dict[str, int]:
    """Return the rows of messages over HTTP and how many different ones they are."""
    return ctx.lake.rows("SELECT count() AS rows, uniqExact(source_id) AS sent FROM events WHERE source = 'http'")[0]


def lines(ctx: Ctx) -> dict[str, int]:
    """Return the order lines, orders and people there are."""
    return ctx.lake.rows(
        "SELECT count() AS lines, uniqExact(document_id) AS orders, uniqExact(suid) AS people FROM order_lines FINAL"
    )[0]
