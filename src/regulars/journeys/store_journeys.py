"""Journeys of their own: drafts, versions, the runs of their visits, and who stands where."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.infra.db import Connection
from regulars.journeys.contract import Journey, JourneyState, Run
from regulars.journeys.store_engine import CHUNK_PEOPLE, RUN_COLUMNS

SENT_WITHIN = timedelta(days=2)
"""A message may lie in the outbox so long after its people have passed: over quiet hours, and the rest of a night."""
_COLUMNS: LiteralString = "select id, brand_id, name, state, graph, version_id, created_at from journey"
_OWN: LiteralString = " where brand_id = %(brand_id)s and campaign_id is null"


def add(ctx: Ctx, name: str, graph: Mapping[str, Any]) -> int:
    """Write a new draft; return its id. Secrets in its graph are sealed."""
    row = ctx.tx.execute(
        "insert into journey (brand_id, name, graph, created_at) values (%(brand_id)s, %(name)s, %(graph)s, %(now)s)"
        " returning id",
        {"brand_id": ctx.brand_id, "name": name, "graph": Jsonb(dict(graph)), "now": ctx.now},
    ).fetchone()
    return row["id"] if row else 0


def change(ctx: Ctx, journey_id: int, name: str, graph: Mapping[str, Any]) -> None:
    """Write the name and the drawing anew; versions stay."""
    ctx.tx.execute(
        "update journey set name = %(name)s, graph = %(graph)s where id = %(id)s",
        {"id": journey_id, "name": name, "graph": Jsonb(dict(graph))},
    )


def get(ctx: Ctx, journey_id: int, *, lock: bool = False) -> Journey | None:
    """Return a journey of the brand; lock: for a change of its state."""
    row = ctx.tx.execute(
        _COLUMNS + _OWN + " and id = %(id)s" + (" for update" if lock else ""),
        {"id": journey_id, "brand_id": ctx.brand_id},
    ).fetchone()
    return Journey(**row) if row else None


def page(ctx: Ctx, *, before: int, limit: int) -> list[Journey]:
    """Return the brand's journeys, newest first, below an id (0 = from the newest)."""
    rows = ctx.tx.execute(
        _COLUMNS + _OWN + " and (%(before)s = 0 or id < %(before)s) order by id desc limit %(limit)s",
        {"brand_id": ctx.brand_id, "before": before, "limit": limit},
    ).fetchall()
    return [Journey(**row) for row in rows]


def review(ctx: Ctx, journey_id: int) -> dict[str, Any] | None:
    """Return the review of a journey's drawing as kept."""
    row = ctx.tx.execute("select review from journey where id = %(id)s", {"id": journey_id}).fetchone()
    return row["review"] if row else None


def keep_review(ctx: Ctx, journey_id: int, review: Mapping[str, Any] | None) -> None:
    """Keep the review of a journey's drawing; None = there is none."""
    ctx.tx.execute(
        "update journey set review = %(review)s where id = %(id)s",
        {"id": journey_id, "review": Jsonb(dict(review)) if review is not None else None},
    )


def in_review(ctx: Ctx) -> list[Journey]:
    """Return the brand's journeys whose drawing waits for approval, oldest first."""
    rows = ctx.tx.execute(
        _COLUMNS + _OWN + " and review ->> 'state' = 'asked' order by id", {"brand_id": ctx.brand_id}
    ).fetchall()
    return [Journey(**row) for row in rows]


def set_state(ctx: Ctx, journey_id: int, state: JourneyState) -> None:
    """Say how a journey stands; its runs are held, let go on or ended alike."""
    ctx.tx.execute("update journey set state = %(state)s where id = %(id)s", {"id": journey_id, "state": state})
    ctx.tx.execute(
        "update run set state = case when %(state)s = 'paused' then 'paused' else 'running' end"
        " where journey_id = %(id)s and state in ('running', 'paused') and %(state)s in ('live', 'paused', 'draining')",
        {"id": journey_id, "state": state},
    )


def is_open(ctx: Ctx, journey_id: int, version_id: int) -> bool:
    """Tell whether people enter a journey now, by this version."""
    row = ctx.tx.execute(
        "select 1 from journey where id = %(id)s and version_id = %(version)s and state = 'live'",
        {"id": journey_id, "version": version_id},
    ).fetchone()
    return row is not None


def has_begun(ctx: Ctx, journey_id: int) -> bool:
    """Tell whether anybody ever entered a journey."""
    row = ctx.tx.execute(
        "select 1 from enrollment e join run r on r.id = e.run_id where r.journey_id = %(id)s limit 1",
        {"id": journey_id},
    ).fetchone()
    return row is not None


def wake_entries(ctx: Ctx, journey_id: int) -> None:
    """Let entries with times of their own see at once that the journey stands otherwise.

    One that is being dealt with is passed over: it asks how the journey stands once this transaction is over.
    """
    ctx.tx.execute(
        "update cohort set due_at = %(now)s where id in (select c.id from cohort c join run r on r.id = c.run_id"
        " where r.journey_id = %(id)s and c.state = 'waiting' and c.via = 'start' and c.waited"
        " for update of c skip locked)",
        {"id": journey_id, "now": ctx.now},
    )


def graph_of(ctx: Ctx, version_id: int) -> dict[str, Any]:
    """Return the graph of a version."""
    row = ctx.tx.execute("select graph from journey_version where id = %(id)s", {"id": version_id}).fetchone()
    return row["graph"] if row else {}


def end_when_through(ctx: Ctx, journey_id: int) -> None:
    """Say that a journey which lets nobody in is done, once none of its runs is under way."""
    ctx.tx.execute(
        "update journey set state = 'done' where id = %(id)s and state = 'draining'"
        " and not exists (select 1 from run where journey_id = %(id)s and state in ('running', 'paused'))",
        {"id": journey_id},
    )


def publish(ctx: Ctx, journey_id: int, graph: Mapping[str, Any], listens: Sequence[str]) -> tuple[int, int]:
    """Write the next version and let people enter by it; return its id and number."""
    row = ctx.tx.execute(
        "insert into journey_version (journey_id, number, graph, listens, made_by, created_at)"
        " select %(id)s, coalesce(max(number), 0) + 1, %(graph)s, %(listens)s, %(by)s, %(now)s"
        " from journey_version where journey_id = %(id)s returning id, number",
        {"id": journey_id, "graph": Jsonb(dict(graph)), "listens": list(listens), "by": ctx.actor.name,
         "now": ctx.now},
    ).fetchone()  # fmt: skip
    version_id, number = (row["id"], row["number"]) if row else (0, 0)
    ctx.tx.execute(
        "update journey set version_id = %(version)s, state = 'live' where id = %(id)s",
        {"id": journey_id, "version": version_id},
    )
    ctx.tx.execute(
        "update run set version_id = %(version)s, state = 'running' where journey_id = %(id)s"
        " and state in ('running', 'paused')",
        {"id": journey_id, "version": version_id},
    )
    return version_id, number


def versions(ctx: Ctx, journey_id: int) -> list[Mapping[str, Any]]:
    """Return the graphs a journey was published with, oldest first."""
    rows = ctx.tx.execute(
        "select graph from journey_version where journey_id = %(id)s order by number", {"id": journey_id}
    ).fetchall()
    return [row["graph"] for row in rows]


def run_of_visit(ctx: Ctx, journey: Journey, visit: int) -> Run:
    """Return the run of people who enter for this manieth time, begun now if they are the first."""
    ctx.tx.execute(
        "insert into run (brand_id, version_id, journey_id, visit, origin, started_at) values (%(brand_id)s,"
        " %(version)s, %(journey)s, %(visit)s, 'live', %(now)s) on conflict (journey_id, visit) do nothing",
        {"brand_id": journey.brand_id, "version": journey.version_id, "journey": journey.id, "visit": visit,
         "now": ctx.now},
    )  # fmt: skip
    row = ctx.tx.execute(
        "update run set state = case when state = 'done' then 'running' else state end, ended_at = null"
        " where journey_id = %(journey)s and visit = %(visit)s returning " + RUN_COLUMNS,
        {"journey": journey.id, "visit": visit},
    ).fetchone()
    if row is None:
        raise LookupError("The run just written is not there.")
    return Run(**row)


def runs(ctx: Ctx, journey_id: int) -> list[int]:
    """Return the ids of a journey's runs, in order of visits."""
    rows = ctx.tx.execute("select id from run where journey_id = %(id)s order by visit", {"id": journey_id}).fetchall()
    return [row["id"] for row in rows]


def heard(tx: Connection) -> set[str]:
    """Return the types of events that may move somebody in any brand's running journeys."""
    rows = tx.execute(
        "select distinct unnest(v.listens) as type from journey_version v join journey j on j.id = v.journey_id"
        " where j.state in ('live', 'paused', 'draining')"
    )
    return {row["type"] for row in rows}


def listening(ctx: Ctx, types: Collection[str]) -> list[dict[str, Any]]:
    """Return the versions that events of these types can move somebody of: version_id, graph, journey_id.

    Those that people enter by, and older ones as long as somebody walks there or may still be sent to; of running
    journeys of the brand.
    """
    return ctx.tx.execute(
        "select v.id as version_id, v.graph, j.id as journey_id, v.id = j.version_id as newest from journey_version v"
        " join journey j on j.id = v.journey_id where j.brand_id = %(brand_id)s"
        " and j.state in ('live', 'paused', 'draining') and v.listens && %(types)s::text[]"
        " and (v.id = j.version_id or exists (select 1 from cohort c where c.version_id = v.id"
        "   and (c.state = 'waiting' or c.due_at > %(lately)s))) order by v.id",
        {"brand_id": ctx.brand_id, "types": list(types), "lately": ctx.now - SENT_WITHIN},
    ).fetchall()


def visits(ctx: Ctx, journey_id: int, uids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    """Return how often each of these was in the journey and since when the last time, by uid; strangers are absent."""
    rows = ctx.tx.execute(
        "select e.uid, max(r.visit) as visit, max(e.entered_at) as at from enrollment e join run r on r.id = e.run_id"
        " where r.journey_id = %(id)s and e.uid = any(%(uids)s) group by e.uid",
        {"id": journey_id, "uids": list(uids)},
    ).fetchall()
    return {row["uid"]: (row["visit"], row["at"]) for row in rows}


def standing(ctx: Ctx, version_id: int, node_key: str) -> list[dict[str, Any]]:
    """Lock and return the cohorts that wait at a node, of runs under way: id and the run's columns."""
    return ctx.tx.execute(
        "select c.id as cohort_id, r.id, r.brand_id, c.version_id, r.campaign_id, r.journey_id, r.visit, r.origin,"
        " r.replay_at, r.started_at from cohort c join run r on r.id = c.run_id where c.version_id = %(version)s"
        " and c.node_key = %(node)s and c.state = 'waiting' and r.state in ('running', 'paused')"
        " order by c.id for update of c",
        {"version": version_id, "node": node_key},
    ).fetchall()


def inside(ctx: Ctx, cohort_id: int, uids: Sequence[int]) -> list[int]:
    """Return which of these stand in a cohort."""
    rows = ctx.tx.execute(
        "select u as uid from cohort_chunk k cross join lateral unnest(k.uids) as u"
        " where k.cohort_id = %(id)s and k.uids[1] <= %(last)s and k.uids[array_upper(k.uids, 1)] >= %(first)s"
        " and u = any(%(uids)s)",
        {"id": cohort_id, "uids": list(uids), "first": min(uids, default=0), "last": max(uids, default=0)},
    ).fetchall()
    return [row["uid"] for row in rows]


def take_out(ctx: Ctx, from_id: int, to_id: int, uids: Sequence[int]) -> None:
    """Move people, who all stand in the one cohort, into another; how many left is kept with the first."""
    ctx.tx.execute(
        "with gone as (select unnest(%(uids)s::bigint[]) as uid),"
        " taken as (update cohort_chunk set uids = array(select u from unnest(uids) as u"
        "   where u not in (select uid from gone) order by u)"
        "   where cohort_id = %(from)s and uids && %(uids)s::bigint[]),"
        " counted as (update cohort set moved = moved + %(n)s where id = %(from)s),"
        " numbered as (select uid, (row_number() over (order by uid) - 1) / %(size)s as no from gone)"
        " insert into cohort_chunk (cohort_id, no, uids)"
        " select %(to)s, no, array_agg(uid order by uid) from numbered group by no",
        {"from": from_id, "to": to_id, "uids": sorted(uids), "n": len(uids), "size": CHUNK_PEOPLE},
    )


def places(ctx: Ctx, journey_id: int) -> list[dict[str, Any]]:
    """Return the cohorts of a journey added up: node, state, via, came_from (a node, "" = outside), people, moved."""
    return ctx.tx.execute(
        "select c.node_key as node, c.state, c.via, coalesce(p.node_key, '') as came_from,"
        " coalesce(sum(k.people), 0)::bigint as people, sum(c.moved)::bigint as moved"
        " from cohort c join run r on r.id = c.run_id left join cohort p on p.id = c.parent_id"
        " left join lateral (select sum(cardinality(uids)) as people from cohort_chunk"
        "   where cohort_id = c.id) k on true"
        " where r.journey_id = %(id)s group by 1, 2, 3, 4 order by 1, 2, 3, 4",
        {"id": journey_id},
    ).fetchall()


def people_at(ctx: Ctx, journey_id: int, node: str, *, after: int, limit: int) -> list[int]:
    """Return the uids of people who stand at a node now, above `after`, ascending."""
    rows = ctx.tx.execute(
        "select distinct u as uid from cohort c join run r on r.id = c.run_id join cohort_chunk k on k.cohort_id = c.id"
        " cross join lateral unnest(k.uids) as u where r.journey_id = %(id)s and c.node_key = %(node)s"
        " and c.state in ('waiting', 'ended') and c.via <> 'exited' and u > %(after)s order by u limit %(limit)s",
        {"id": journey_id, "node": node, "after": after, "limit": limit},
    ).fetchall()
    return [row["uid"] for row in rows]


def enrolled(ctx: Ctx, journey_id: int) -> int:
    """Return how often somebody entered a journey, who came twice counted twice."""
    row = ctx.tx.execute(
        "select count(*)::bigint as n from enrollment e join run r on r.id = e.run_id where r.journey_id = %(id)s",
        {"id": journey_id},
    ).fetchone()
    return row["n"] if row else 0
