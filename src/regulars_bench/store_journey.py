"""What the outbox holds of a journey's messages."""

from __future__ import annotations

from regulars.core.ctx import Ctx


def planned(ctx: Ctx, journey_id: int) -> dict[str, dict[str, int]]:
    """Return by node how many messages are planned, and to how many different people."""
    rows = ctx.tx.execute(
        "select b.node, count(*) as messages, count(distinct p.uid) as people from run r"
        " join send_batch b on starts_with(b.key, 'run:' || r.id || ':')"
        " join send_chunk c on c.batch_id = b.id cross join lateral unnest(c.uids) as p(uid)"
        " where r.journey_id = %(journey_id)s group by b.node",
        {"journey_id": journey_id},
    )
    return {row["node"]: {"messages": row["messages"], "people": row["people"]} for row in rows}
