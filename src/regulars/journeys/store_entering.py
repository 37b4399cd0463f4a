"""The SQL of coming in and of what is kept of people on their way: claims of groups, limits, times, goals, passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx


@dataclass(frozen=True, slots=True)
class Claim:
    """Which journey of a group has a person, by which run, with which priority."""

    journey_id: int
    run_id: int
    priority: int


def alone(ctx: Ctx, name: str) -> None:
    """Let nobody else decide until this transaction ends who comes in by a name: a journey's, or a group's."""
    ctx.tx.execute(
        "select pg_advisory_xact_lock(hashtextextended(%(name)s, 0))",
        {"name": f"journeys:{ctx.brand_id}:{name}"},
    )


def held(ctx: Ctx, exclusion: str, uids: Sequence[int]) -> dict[int, Claim]:
    """Lock and return which journey of a group has these people, by uid; who is in none is absent."""
    rows = ctx.tx.execute(
        "select uid, journey_id, run_id, priority from journey_claim where brand_id = %(brand_id)s"
        " and exclusion = %(exclusion)s and uid = any(%(uids)s) order by uid for update",
        {"brand_id": ctx.brand_id, "exclusion": exclusion, "uids": list(uids)},
    ).fetchall()
    return {row["uid"]: Claim(row["journey_id"], row["run_id"], row["priority"]) for row in rows}


def claim(ctx: Ctx, exclusion: str, by: Claim, uids: Sequence[int]) -> None:
    """Say that a journey has these people now."""
    ctx.tx.execute(
        "insert into journey_claim (brand_id, exclusion, uid, journey_id, run_id, priority)"
        " select %(brand_id)s, %(exclusion)s, u, %(journey_id)s, %(run_id)s, %(priority)s"
        " from unnest(%(uids)s::bigint[]) as u order by u on conflict (brand_id, exclusion, uid) do update"
        " set journey_id = excluded.journey_id, run_id = excluded.run_id, priority = excluded.priority",
        {"brand_id": ctx.brand_id, "exclusion": exclusion, "uids": list(uids), "journey_id": by.journey_id,
         "run_id": by.run_id, "priority": by.priority},
    )  # fmt: skip


def release(ctx: Ctx, run_id: int, uids: Sequence[int]) -> None:
    """Let people who are in a run no more enter other journeys of its group."""
    ctx.tx.execute(
        "delete from journey_claim where run_id = %(run_id)s and uid = any(%(uids)s)",
        {"run_id": run_id, "uids": list(uids)},
    )


def release_ended(ctx: Ctx, cohort_id: int) -> None:
    """Let the people of a cohort that has ended enter other journeys of the group."""
    ctx.tx.execute(
        "delete from journey_claim j using (select c.run_id, unnest(k.uids) as uid from cohort c"
        "  join cohort_chunk k on k.cohort_id = c.id where c.id = %(id)s) gone"
        " where j.run_id = gone.run_id and j.uid = gone.uid",
        {"id": cohort_id},
    )


def release_all(ctx: Ctx, journey_id: int) -> None:
    """Let everybody go whom a journey has: it is over."""
    ctx.tx.execute("delete from journey_claim where journey_id = %(id)s", {"id": journey_id})


def came_since(ctx: Ctx, journey_id: int, since: datetime | None) -> int:
    """Return how often somebody entered a journey since an instant; None = ever."""
    row = ctx.tx.execute(
        "select count(*)::bigint as n from enrollment e join run r on r.id = e.run_id where r.journey_id = %(id)s"
        " and (%(since)s::timestamptz is null or e.entered_at >= %(since)s)",
        {"id": journey_id, "since": since},
    ).fetchone()
    return row["n"] if row else 0


def keep_times(ctx: Ctx, run_id: int, times: Mapping[int, Mapping[str, str]]) -> None:
    """Keep what the entering events say of time. times: uid -> name of a field -> ISO 8601."""
    ctx.tx.execute(
        "update enrollment e set times = t.told from unnest(%(uids)s::bigint[], %(times)s::jsonb[]) as t(uid, told)"
        " where e.run_id = %(run_id)s and e.uid = t.uid",
        {"run_id": run_id, "uids": list(times), "times": [Jsonb(dict(one)) for one in times.values()]},
    )


def times(ctx: Ctx, run_id: int, uids: Sequence[int], name: str) -> dict[int, str]:
    """Return what the entering events of these people say under a name, as ISO 8601; who has none is absent."""
    rows = ctx.tx.execute(
        "select uid, times ->> %(name)s as told from enrollment where run_id = %(run_id)s and uid = any(%(uids)s)"
        " and times ->> %(name)s is not null",
        {"run_id": run_id, "uids": list(uids), "name": name},
    ).fetchall()
    return {row["uid"]: row["told"] for row in rows}


def goals(ctx: Ctx, journey_id: int) -> int:
    """Return how many visits of a journey reached its goal."""
    row = ctx.tx.execute(
        "select count(*)::bigint as n from goal_mark g join run r on r.id = g.run_id where r.journey_id = %(id)s",
        {"id": journey_id},
    ).fetchone()
    return row["n"] if row else 0


def reach(ctx: Ctx, run_id: int, uids: Sequence[int]) -> int:
    """Say that people of a run have reached the goal; return how many had not before."""
    return ctx.tx.execute(
        "insert into goal_mark (run_id, uid, at) select e.run_id, e.uid, %(now)s from enrollment e"
        " where e.run_id = %(run_id)s and e.uid = any(%(uids)s) on conflict do nothing",
        {"run_id": run_id, "uids": list(uids), "now": ctx.now},
    ).rowcount


def choice(ctx: Ctx, journey_id: int, experiment: str) -> str:
    """Return the arm that an experiment of a journey was decided for; "" = it is not."""
    row = ctx.tx.execute(
        "select arm from experiment_choice where journey_id = %(id)s and experiment = %(experiment)s",
        {"id": journey_id, "experiment": experiment},
    ).fetchone()
    return row["arm"] if row else ""


def decide(ctx: Ctx, journey_id: int, experiment: str, *, arm: str, rates: Mapping[str, Any]) -> None:
    """Decide an experiment for an arm, once. rates: what it was decided by."""
    ctx.tx.execute(
        "insert into experiment_choice (journey_id, experiment, arm, rates, at)"
        " values (%(id)s, %(experiment)s, %(arm)s, %(rates)s, %(now)s) on conflict do nothing",
        {"id": journey_id, "experiment": experiment, "arm": arm, "rates": Jsonb(dict(rates)), "now": ctx.now},
    )


def arms(ctx: Ctx, journey_id: int, experiment: str) -> list[dict[str, Any]]:
    """Return how the arms of an experiment stand over all visits: arm, people, reached, first_at (entered)."""
    return ctx.tx.execute(
        "select a.arm, count(*)::bigint as people, count(g.uid)::bigint as reached, min(e.entered_at) as first_at"
        " from arm a join run r on r.id = a.run_id join enrollment e on e.run_id = a.run_id and e.uid = a.uid"
        " left join goal_mark g on g.run_id = a.run_id and g.uid = a.uid"
        " where r.journey_id = %(id)s and a.experiment = %(experiment)s group by a.arm order by a.arm",
        {"id": journey_id, "experiment": experiment},
    ).fetchall()


def pass_by(ctx: Ctx, run_id: int, node_key: str, uids: Sequence[int]) -> dict[int, int]:
    """Count that people pass a node once more; return how often they have now, by uid."""
    rows = ctx.tx.execute(
        "insert into node_pass (run_id, node_key, uid, times) select %(run_id)s, %(node)s, u, 1"
        " from unnest(%(uids)s::bigint[]) as u on conflict (run_id, node_key, uid)"
        " do update set times = node_pass.times + 1 returning uid, times",
        {"run_id": run_id, "node": node_key, "uids": list(uids)},
    ).fetchall()
    return {row["uid"]: row["times"] for row in rows}
