"""Count everything once more, after the last kill, and say what is missing or double."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

from tests.soak.receiver import Receiver
from tests.soak.shop import CUSTOMERS, NEWCOMERS, ONLINE, SILENT, TWINS, Expected, phone
from tests.soak.world import World, settings_of

from regulars.app.boot import House
from regulars.app.stores import ensure_stores
from regulars.core.ctx import Ctx
from regulars.identity import api as identity
from regulars.infra import event_log
from regulars.journeys import api as journeys
from regulars.profiles import api as profiles

BRAND = 1
OPEN_JOBS = "select name, key, state, attempts from job where state in ('ready', 'leased') and key <> 'cron'"


@contextmanager
def opened(home: Path) -> Generator[House]:
    """Open the stores of a home, those of a running server beside it."""
    with ensure_stores(settings_of(home)) as endpoints:
        house = House(endpoints.database_url, endpoints.lake_url, settings_of(home))
        try:
            yield house
        finally:
            house.close()


def settle(world: World, house: House, campaign_id: int) -> None:
    """Wait until the log is followed, no job is open and nobody of the campaign waits."""
    while True:
        with house.ctx(BRAND) as ctx:
            names = {c.name for c in event_log.consumers()}
            behind = {one.consumer: one.events for one in event_log.lag(ctx) if one.consumer in names and one.events}
            jobs = ctx.tx.execute(OPEN_JOBS).fetchall()
            chunks = _count(ctx, "select count(*)::bigint from send_chunk where state <> 'sent'")
            waiting = journeys.counts(ctx, journeys.get(ctx, campaign_id)).waiting
        world.progress.set("behind", sum(behind.values()))
        world.progress.set("jobs", sum(1000 + j["attempts"] for j in jobs))
        world.progress.set("waiting", waiting * 100 + chunks)
        if not behind and not jobs and not waiting:
            return
        world.progress.must_move(f"consumers {behind}, jobs {jobs}, people {waiting}")
        time.sleep(0.2)


def faults(house: House, expected: Expected, receiver: Receiver, campaign_id: int) -> list[str]:
    """Return everything that is not as it must be; empty when all is counted once."""
    found: list[str] = []
    with house.ctx(BRAND) as ctx:
        for check in (_events, _lines, _people, _leftovers):
            found += check(ctx, expected)
        found += _campaign(ctx, receiver, campaign_id)
        found += _states(ctx, expected)
    return found


def _same(what: str, is_: object, must_be: object) -> list[str]:
    return [] if is_ == must_be else [f"{what}: {is_} instead of {must_be}"]


def _count(ctx: Ctx, sql: LiteralString) -> int:
    row = ctx.tx.execute(sql).fetchone()
    return int(next(iter(row.values()))) if row else 0


def _events(ctx: Ctx, expected: Expected) -> Iterator[str]:
    in_lake = Counter(r["source_id"] for r in ctx.lake.rows("SELECT source_id FROM events WHERE source = 'http'"))
    yield from _difference("messages in the lake", in_lake, Counter(expected.messages))
    logged = Counter(r["id"] for r in ctx.tx.execute("select source_id as id from event_log where source = 'http'"))
    yield from _difference("messages in the log", logged, Counter(expected.messages))
    everything = ctx.lake.rows("SELECT count() AS n, uniqExact(event_id) AS ids, countIf(suid > 0) AS own FROM events")
    all_, own = everything[0]["n"], everything[0]["own"]
    yield from _same("distinct events of all", everything[0]["ids"], all_)
    logged_all = _count(ctx, "select count(*) from event_log where type <> all('{person.realigned,segment.changed}')")
    yield from _same("events of the log in the lake", all_, logged_all)
    yield from _same("timeline rows", ctx.lake.rows("SELECT count() AS n FROM timeline")[0]["n"], own)
    yield from _same("events counted by day", ctx.lake.rows("SELECT sum(times) AS n FROM user_day")[0]["n"], own)


def _difference(what: str, is_: Counter[Any], must_be: Counter[Any]) -> Iterator[str]:
    for word, wrong in (("missing", must_be - is_), ("too often", is_ - must_be)):
        if wrong:
            yield f"{what} {word}: {wrong.total()}, as {sorted(wrong)[:3]}"


def _lines(ctx: Ctx, expected: Expected) -> Iterator[str]:
    rows = ctx.lake.rows("SELECT kind, document_id, ordinal, amount_fen FROM order_lines FINAL")
    lines = Counter((r["kind"], r["document_id"], r["ordinal"], r["amount_fen"]) for r in rows)
    yield from _difference("order lines", lines, expected.lines)
    money = "SELECT sum(net_fen) AS fen FROM user_state WHERE brand_id = {b:UInt16}"
    for brand_id in (0, BRAND):
        fen = ctx.lake.rows(money, {"b": brand_id})[0]["fen"]
        yield from _same(f"net of all people, brand {brand_id}", fen, expected.money_fen)
    orders = ctx.lake.rows("SELECT count() AS n FROM orders FINAL")[0]["n"]
    yield from _same("orders", orders, len({d for k, d, _, _ in expected.lines if k == "sale"}))


def _people(ctx: Ctx, expected: Expected) -> Iterator[str]:
    scope = identity.scope_of(ctx, "customer_id", shop="web")
    uids = {c: identity.find(ctx, "customer_id", scope, f"c{c}") for c in range(CUSTOMERS + NEWCOMERS)}
    by_phone: dict[str, set[int | None]] = {}
    for customer in range(ONLINE):
        by_phone.setdefault(phone(customer), set()).add(uids[customer])
    yield from _same("phones of two people", [p for p, u in by_phone.items() if len(u) > 1], [])
    yield from _same("people with a phone", len(set().union(*by_phone.values())), ONLINE - TWINS // 2)
    strangers = [d for d, c in expected.devices.items() if identity.find(ctx, "anonymous_id", "", d) != uids[c]]
    yield from _same("devices of somebody else", strangers[:5], [])


def _leftovers(ctx: Ctx, expected: Expected) -> Iterator[str]:
    del expected
    parked = [f"{p.consumer}: {p.reason}" for p in event_log.parked(ctx)]
    yield from _same("parked events", parked[:3], [])
    dead = ctx.tx.execute("select name, error from job where state = 'dead'").fetchall()
    yield from _same("dead jobs", dead, [])
    running = ctx.tx.execute("select id, title from operation where state in ('queued', 'running')").fetchall()
    yield from _same("long tasks that nobody works at", running, [])
    quarantined = _count(ctx, "select count(*) from quarantine_row")
    yield from _same("rows to fix", quarantined, 0)
    imports = {r["state"] for r in ctx.tx.execute("select state from import_job")}
    yield from _same("states of imports", imports, {"done"})
    tasks = ctx.tx.execute(
        "select distinct o.state from import_job j join operation o on o.id = j.operation_id"
    ).fetchall()
    yield from _same("states of the imports' last tasks", [r["state"] for r in tasks], ["done"])


def _campaign(ctx: Ctx, receiver: Receiver, campaign_id: int) -> Iterator[str]:
    campaign = journeys.get(ctx, campaign_id)
    counts = journeys.counts(ctx, campaign)
    states = counts.exited + counts.sent + counts.suppressed + counts.failed + counts.unknown + counts.held_out
    yield from _same("people of the campaign by state", states + counts.waiting, counts.entered)
    if not (counts.sent > CUSTOMERS // 2 and counts.held_out):
        yield f"the campaign proves nothing: {counts}"
    people = list(_people_of(ctx, campaign_id))
    by_state = Counter(one.state for one in people)
    yield from _same("people listed", len(people), counts.entered)
    yield from _same("people listed once", len({one.uid for one in people}), counts.entered)
    reached = [uid for uids in receiver.reached.values() for uid in uids]
    yield from _same("people reached under two webhook-ids", [u for u, n in Counter(reached).items() if n > 1], [])
    sent = {one.uid for one in people if one.state == "sent"}
    unknown = {one.uid for one in people if one.state == "unknown"}
    yield from _same("people sent to whom nobody reached", sorted(sent - set(reached)), [])
    yield from _same("people reached who do not count as sent", sorted(set(reached) - sent - unknown), [])
    yield from _same("sent", counts.sent, by_state["sent"])
    held_out = {one.uid for one in people if one.arm == "held_out"}
    yield from _same("held-out people reached", sorted(held_out & set(reached)), [])
    yield from _same("failed", counts.failed, 0)
    for webhook_id, again in receiver.repeated.items():
        first = set(receiver.reached[webhook_id])
        yield from _same(
            f"people new in a repeated {webhook_id}", [u for us in again for u in us if u not in first], []
        )
    yield from _same("arms in the lake", _arms_in_lake(ctx, campaign.run_id), {o.uid: o.arm for o in people})
    scope = identity.scope_of(ctx, "customer_id", shop="web")
    silent = {identity.find(ctx, "customer_id", scope, f"c{c}") for c in range(CUSTOMERS - SILENT, CUSTOMERS)}
    yield from _same("reached without consent", silent & set(reached), set())


def _people_of(ctx: Ctx, campaign_id: int) -> Iterator[Any]:
    after = 0
    while page := journeys.people(ctx, campaign_id, after=after, limit=1000):
        yield from page
        after = page[-1].uid


def _arms_in_lake(ctx: Ctx, run_id: int | None) -> dict[int, str]:
    rows = ctx.lake.rows("SELECT uid, arm FROM campaign_arm FINAL WHERE run_id = {run:UInt32}", {"run": run_id})
    return {r["uid"]: r["arm"] for r in rows}


def _states(ctx: Ctx, expected: Expected) -> Iterator[str]:
    """Compare what the runs between the kills arrived at with everything made anew from the facts."""
    del expected
    reads: tuple[Callable[[Ctx], dict[Any, Any]], ...] = (_lake_states, _live_states)
    before = [read(ctx) for read in reads]
    profiles.rebuild(ctx.for_brand(0), None, recut=False)
    for name, read, old in zip(("lake", "live"), reads, before, strict=True):
        new = read(ctx)
        differ = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        if differ:
            key = differ[0]
            yield f"{len(differ)} {name} states differ from a full rebuild, as {key}: {old.get(key)} / {new.get(key)}"


def _lake_states(ctx: Ctx) -> dict[Any, Any]:
    rows = ctx.lake.rows("SELECT * FROM user_state")
    return {(r["brand_id"], r["uid"]): r for r in rows}


def _live_states(ctx: Ctx) -> dict[Any, Any]:
    rows = ctx.tx.execute("select * from person_now").fetchall()
    return {(r["brand_id"], r["uid"]): {k: v for k, v in r.items() if k != "version"} for r in rows}
