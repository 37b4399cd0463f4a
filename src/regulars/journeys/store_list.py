"""How many people journeys hold."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.core.ctx import Ctx


def inside(ctx: Ctx, journey_ids: Sequence[int]) -> dict[int, int]:
    """Return how many people stand in each of these journeys and still walk; a journey without is absent."""
    rows = ctx.tx.execute(
        "select r.journey_id, sum(cardinality(k.uids))::bigint as people from run r"
        " join cohort c on c.run_id = r.id and c.state = 'waiting' join cohort_chunk k on k.cohort_id = c.id"
        " where r.journey_id = any(%(ids)s) and r.brand_id = %(brand_id)s and r.state in ('running', 'paused')"
        " group by 1",
        {"ids": list(journey_ids), "brand_id": ctx.brand_id},
    ).fetchall()
    return {row["journey_id"]: row["people"] for row in rows}
