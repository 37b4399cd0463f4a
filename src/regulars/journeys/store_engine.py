"""The engine's SQL: whole cohorts move by single statements; people are arrays of at most 4,000."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

import pyarrow as pa
from psycopg.types.json import Jsonb

from regulars.core.ctx import Ctx
from regulars.journeys.contract import Chunk, JourneySettings, Run

CHUNK_PEOPLE = 4_000
RUN_COLUMNS: LiteralString = "id, brand_id, version_id, campaign_id, journey_id, visit, origin, replay_at, started_at"
LAKE_BATCH_CHUNKS = 50

# core.ids.stable_share_bp in SQL: the first 8 bytes of the hash modulo 10,000, taken in two halves because
# PostgreSQL has no unsigned 64-bit number (2^32 modulo 10,000 is 7,296).
_SHARE_BP = (
    "((('x' || substr(h, 1, 8))::bit(32)::bigint %% 10000) * 7296"
    " + ('x' || substr(h, 9, 8))::bit(32)::bigint %% 10000) %% 10000"
)
_HASHED = "select uid, encode(sha256(convert_to(%(experiment)s || ':' || uid, 'UTF8')), 'hex') as h"


def add_run(ctx: Ctx, graph: Mapping[str, Any], row: Mapping[str, Any]) -> Run:
    """Publish a graph as a new journey's first version and start a run of it.

    row: campaign_id, name, origin, replay_at, started_at.
    """
    version = ctx.tx.execute(
        "with j as (insert into journey (brand_id, campaign_id, name, created_at)"
        " values (%(brand_id)s, %(campaign_id)s, %(name)s, %(now)s) returning id)"
        " insert into journey_version (journey_id, number, graph, created_at)"
        " select j.id, 1, %(graph)s, %(now)s from j returning id",
        {"brand_id": ctx.brand_id, "now": ctx.now, "graph": Jsonb(dict(graph)), **row},
    ).fetchone()
    found = ctx.tx.execute(
        "insert into run (brand_id, version_id, campaign_id, origin, replay_at, started_at)"
        " values (%(brand_id)s, %(version_id)s, %(campaign_id)s, %(origin)s, %(replay_at)s, %(started_at)s)"
        " returning " + RUN_COLUMNS,
        {"brand_id": ctx.brand_id, "version_id": version["id"] if version else 0, **row},
    ).fetchone()
    if found is None:
        raise LookupError("The run just written is not there.")
    return Run(**found)


def add_cohort(ctx: Ctx, run: Run, node_key: str, step: Mapping[str, Any]) -> int:
    """Add a cohort without people; return its id, 0 when this step was made before.

    step: parent_id, via, due_at, state, waited; batch: of those who come bit by bit, each bit its own number.
    """
    row = ctx.tx.execute(
        "insert into cohort (run_id, version_id, node_key, parent_id, via, batch, due_at, state, waited)"
        " values (%(run_id)s, %(version_id)s, %(node_key)s, %(parent_id)s, %(via)s, %(batch)s, %(due_at)s, %(state)s,"
        " %(waited)s) on conflict (run_id, parent_id, node_key, via, batch) do nothing returning id",
        {"run_id": run.id, "version_id": run.version_id, "node_key": node_key, "state": "waiting", "waited": False,
         "batch": 0, **step},
    ).fetchone()  # fmt: skip
    return row["id"] if row else 0


def next_batch(ctx: Ctx, run_id: int, parent_id: int, node_key: str) -> int:
    """Return the number of the next bit of people who come to a node from the same place."""
    row = ctx.tx.execute(
        "select coalesce(max(batch), 0) + 1 as n from cohort"
        " where run_id = %(run_id)s and parent_id = %(parent_id)s and node_key = %(node_key)s",
        {"run_id": run_id, "parent_id": parent_id, "node_key": node_key},
    ).fetchone()
    return row["n"] if row else 1


def claim_cohort(ctx: Ctx) -> dict[str, Any] | None:
    """Lock the cohort due first: its own columns, run_id, the run's graph and columns. Brand 0 = any brand."""
    return ctx.tx.execute(
        "select c.id, c.node_key, c.via, c.waited, c.due_at, v.graph, r.id as run_id, r.brand_id, c.version_id,"
        " r.campaign_id, r.journey_id, r.visit, r.origin, r.replay_at, r.started_at"
        " from cohort c join run r on r.id = c.run_id join journey_version v on v.id = c.version_id"
        " where c.state = 'waiting' and c.due_at <= %(now)s and r.state = 'running'"
        " and %(brand_id)s in (0, r.brand_id)"
        " order by c.due_at, c.id limit 1 for update of c skip locked",
        {"now": ctx.now, "brand_id": ctx.brand_id},
    ).fetchone()


def put_to_wait(ctx: Ctx, cohort_id: int, until: datetime) -> None:
    """Let a cohort stand where it is until then."""
    ctx.tx.execute(
        "update cohort set waited = true, due_at = %(until)s where id = %(id)s", {"id": cohort_id, "until": until}
    )


def set_state(ctx: Ctx, cohort_id: int, state: str) -> None:
    """Say that a cohort has passed on or ended."""
    ctx.tx.execute("update cohort set state = %(state)s where id = %(id)s", {"id": cohort_id, "state": state})


def chunks(ctx: Ctx, run_id: int, cohort_id: int) -> list[Chunk]:
    """Return the cohort's people without those who carry an exit mark."""
    rows = ctx.tx.execute(
        "select k.id, array(select u from unnest(k.uids) as u where not exists ("
        "  select 1 from exit_mark m where m.run_id = %(run_id)s and m.uid = u) order by u) as uids"
        " from cohort_chunk k where k.cohort_id = %(cohort_id)s order by k.no",
        {"run_id": run_id, "cohort_id": cohort_id},
    ).fetchall()
    return [Chunk(row["id"], row["uids"]) for row in rows if row["uids"]]


def put_off(ctx: Ctx, cohort_id: int, until: datetime) -> None:
    """Let a cohort be dealt with again later."""
    ctx.tx.execute("update cohort set due_at = %(until)s where id = %(id)s", {"id": cohort_id, "until": until})


def enrol(ctx: Ctx, run_id: int, cohort_id: int, pages: Iterable[Sequence[int]]) -> int:
    """Enrol people who are not yet in the run and put them into a cohort; return how many are new."""
    ctx.tx.execute("create temporary table if not exists entering (uid bigint not null) on commit drop")
    ctx.tx.execute("truncate entering")
    for page in pages:  # the pages may come from this very connection, so it is free while the next one is read
        with ctx.tx.cursor() as cursor, cursor.copy("copy entering (uid) from stdin") as copy:
            for uid in page:
                copy.write_row((uid,))
    row = ctx.tx.execute(
        "with fresh as (insert into enrollment (run_id, uid, visit, entered_at)"
        "   select distinct %(run_id)s::bigint, uid, 1, %(now)s::timestamptz"
        "   from entering on conflict do nothing returning uid),"
        " numbered as (select uid, (row_number() over (order by uid) - 1) / %(size)s as no from fresh),"
        " written as (insert into cohort_chunk (cohort_id, no, uids)"
        "   select %(cohort_id)s, no, array_agg(uid order by uid) from numbered group by no)"
        " select count(*)::bigint as n from fresh",
        {"run_id": run_id, "cohort_id": cohort_id, "size": CHUNK_PEOPLE, "now": ctx.now},
    ).fetchone()
    return row["n"] if row else 0


def place(ctx: Ctx, run_id: int, from_id: int, to: Mapping[str, int], chosen: Mapping[int, Iterable[int]]) -> None:
    """Put a cohort's people into others, who carries an exit mark into one of their own.

    to: "leave" -> cohort of those with an exit mark, "rest" -> cohort of those whom `chosen` does not name.
    chosen: cohort -> uids.
    """
    ctx.tx.execute(
        "create temporary table if not exists choosing (uid bigint not null, cohort_id bigint not null) on commit drop"
    )
    ctx.tx.execute("truncate choosing")
    with ctx.tx.cursor() as cursor, cursor.copy("copy choosing (uid, cohort_id) from stdin") as copy:
        for cohort_id, uids in chosen.items():
            for uid in uids:
                copy.write_row((uid, cohort_id))
    ctx.tx.execute("set local enable_nestloop = off")  # the planner misjudges unnest and would loop over it
    ctx.tx.execute(
        "with placed as (select u as uid, case when m.uid is not null then %(leave)s"
        "   else coalesce(g.cohort_id, %(rest)s) end as cohort_id"
        "   from cohort_chunk k cross join lateral unnest(k.uids) as u"
        "   left join exit_mark m on m.run_id = %(run_id)s and m.uid = u"
        "   left join choosing g on g.uid = u where k.cohort_id = %(from_id)s),"
        " numbered as (select uid, cohort_id,"
        "   (row_number() over (partition by cohort_id order by uid) - 1) / %(size)s as no from placed)"
        " insert into cohort_chunk (cohort_id, no, uids)"
        " select cohort_id, no, array_agg(uid order by uid) from numbered group by cohort_id, no"
        " on conflict (cohort_id, no) do nothing",
        {"run_id": run_id, "from_id": from_id, "size": CHUNK_PEOPLE, **to},
    )
    ctx.tx.execute("set local enable_nestloop = on")


def assign_arms(ctx: Ctx, run_id: int, cohort_id: int, split: Mapping[str, Any]) -> None:
    """Keep each person's arm. split: experiment, arms (names), ends (upper ends of their shares, in bp)."""
    ctx.tx.execute(
        "insert into arm (run_id, experiment, uid, arm)"
        " select %(run_id)s, %(experiment)s, uid,"
        "  (%(arms)s::text[])[1 + width_bucket(bp, %(ends)s::bigint[])]"
        " from (select uid, " + _SHARE_BP + " as bp from (" + _HASHED + " from (select unnest(uids) as uid"
        "   from cohort_chunk where cohort_id = %(cohort_id)s) people) hashed) placed"
        " on conflict (run_id, experiment, uid) do nothing",
        {"run_id": run_id, "cohort_id": cohort_id, **split},
    )


def fill_by_arm(ctx: Ctx, run_id: int, from_id: int, target: Mapping[str, Any]) -> None:
    """Put a cohort's people of one arm into another cohort. target: experiment, arm, cohort_id."""
    ctx.tx.execute("set local enable_nestloop = off")
    ctx.tx.execute(
        "with people as (select a.uid from (select unnest(uids) as uid from cohort_chunk"
        "   where cohort_id = %(from_id)s) p"
        "   join arm a on a.run_id = %(run_id)s and a.experiment = %(experiment)s and a.uid = p.uid"
        "   where a.arm = %(arm)s),"
        " numbered as (select uid, (row_number() over (order by uid) - 1) / %(size)s as no from people)"
        " insert into cohort_chunk (cohort_id, no, uids, arm)"
        " select %(cohort_id)s, no, array_agg(uid order by uid), %(arm)s from numbered group by no"
        " on conflict (cohort_id, no) do nothing",
        {"run_id": run_id, "from_id": from_id, "size": CHUNK_PEOPLE, **target},
    )
    ctx.tx.execute("set local enable_nestloop = on")


def copy_arms(ctx: Ctx, run_id: int, cohort_id: int, arm: str) -> None:
    """Copy the arm of a cohort's people into the lake, where their purchases are. Safe to repeat."""
    rows = ctx.tx.execute(
        "select uids from cohort_chunk where cohort_id = %(cohort_id)s order by no", {"cohort_id": cohort_id}
    ).fetchall()
    for start in range(0, len(rows), LAKE_BATCH_CHUNKS):
        uids = pa.array([u for row in rows[start : start + LAKE_BATCH_CHUNKS] for u in row["uids"]], pa.uint32())
        n = len(uids)
        table = pa.table(
            {
                "brand_id": pa.repeat(pa.scalar(ctx.brand_id, pa.uint16()), n),
                "run_id": pa.repeat(pa.scalar(run_id, pa.uint32()), n),
                "uid": uids,
                "arm": pa.repeat(pa.scalar(arm), n),
                "version": pa.repeat(pa.scalar(1, pa.uint64()), n),
                "deleted": pa.repeat(pa.scalar(0, pa.uint8()), n),
            }
        )
        ctx.lake.insert("campaign_arm", table)


def mark_exits(ctx: Ctx, run_id: int, uids: Sequence[int], reason: str) -> int:
    """Mark people of a run as having left; return how many are newly marked."""
    return ctx.tx.execute(
        "insert into exit_mark (run_id, uid, reason, at) select %(run_id)s, e.uid, %(reason)s, %(now)s"
        " from enrollment e where e.run_id = %(run_id)s and e.uid = any(%(uids)s) on conflict do nothing",
        {"run_id": run_id, "uids": list(uids), "reason": reason, "now": ctx.now},
    ).rowcount


def marked(ctx: Ctx, run_id: int, uids: Sequence[int]) -> dict[int, str]:
    """Return why these people left a run, by uid; those who did not are absent."""
    rows = ctx.tx.execute(
        "select uid, reason from exit_mark where run_id = %(run_id)s and uid = any(%(uids)s)",
        {"run_id": run_id, "uids": list(uids)},
    ).fetchall()
    return {row["uid"]: row["reason"] for row in rows}


def settings_of(ctx: Ctx, version_id: int) -> JourneySettings:
    """Return the settings of the whole of a version."""
    row = ctx.tx.execute(
        "select graph -> 'settings' as settings from journey_version where id = %(id)s", {"id": version_id}
    ).fetchone()
    return JourneySettings.model_validate((row and row["settings"]) or {})


def cohort_counts(ctx: Ctx, run_id: int) -> list[dict[str, Any]]:
    """Return people per state and way of the cohorts that people stand in: state, via, people."""
    return ctx.tx.execute(
        "select c.state, c.via, coalesce(sum(cardinality(k.uids)), 0)::bigint as people"
        " from cohort c left join cohort_chunk k on k.cohort_id = c.id"
        " where c.run_id = %(run_id)s and c.state <> 'passed' group by c.state, c.via",
        {"run_id": run_id},
    ).fetchall()


def entered(ctx: Ctx, run_id: int) -> int:
    """Return how many people entered a run."""
    row = ctx.tx.execute(
        "select count(*)::bigint as n from enrollment where run_id = %(run_id)s", {"run_id": run_id}
    ).fetchone()
    return row["n"] if row else 0


def graphs_of(ctx: Ctx, run_id: int) -> list[tuple[int, dict[str, Any]]]:
    """Return (version, graph) of all that people of a run walk by or walked by."""
    rows = ctx.tx.execute(
        "select v.id, v.graph from journey_version v where v.id in (select version_id from run where id = %(id)s"
        " union select version_id from cohort where run_id = %(id)s) order by v.id",
        {"id": run_id},
    ).fetchall()
    return [(row["id"], row["graph"]) for row in rows]


def open_runs(ctx: Ctx) -> list[dict[str, Any]]:
    """Return running runs in which no cohort waits: id, brand_id, campaign_id, journey_id. Brand 0 = all brands.

    Of journeys only those that let nobody in any more.
    """
    return ctx.tx.execute(
        "select r.id, r.brand_id, r.campaign_id, r.journey_id from run r left join journey j on j.id = r.journey_id"
        " where r.state = 'running' and %(brand_id)s in (0, r.brand_id) and coalesce(j.state, 'draining') = 'draining'"
        " and not exists (select 1 from cohort c where c.run_id = r.id and c.state = 'waiting') order by r.id",
        {"brand_id": ctx.brand_id},
    ).fetchall()


def end_run(ctx: Ctx, run_id: int, state: str, ended_at: datetime) -> None:
    """End a run as done or stopped; cohorts that still wait end where they are."""
    # cohorts first, as the engine locks them: an entry that opens holds its own when it asks for the run
    ctx.tx.execute("update cohort set state = 'ended' where run_id = %(id)s and state = 'waiting'", {"id": run_id})
    ctx.tx.execute(
        "update run set state = %(state)s, ended_at = %(at)s where id = %(id)s and state in ('running', 'paused')",
        {"id": run_id, "state": state, "at": ended_at},
    )
