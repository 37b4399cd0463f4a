"""What profiles do with the log: facts are written to the lake, then the people touched are rebuilt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.event import Event
from regulars.core.people import person_data as ports
from regulars.core.rule import fields
from regulars.identity import api as identity
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import Consumer, MakeCtx, add_consumer
from regulars.ingest import api_sources
from regulars.profiles import api, api_quality, api_rights, api_trade, intake, likeness, rights, translate
from regulars.profiles.contract import NOT_THEIRS, TELLING
from regulars.profiles.reach import reached
from regulars.profiles.rebuild import forget, note_seen, rebuild_touched
from regulars.profiles.store import lines as store_lines
from regulars.profiles.store import touched
from regulars.workspace import api as workspace

FACTS, LAKE = "facts", "lake"


class _Orders:
    """The lake's order lines, as the comparison with a platform's own count asks for them."""

    paid = staticmethod(store_lines.paid)


def write_facts(ctx: Ctx, events: Sequence[Event]) -> None:
    """Write a batch of events to the lake and PostgreSQL.

    All is prepared before anything is written, so an event that cannot be taken fails before it has an effect.
    Everything but the plain events is idempotent by its own key; they come last, under the batch's token.
    """
    erased = set(store_lines.erased_among(ctx, sorted({e.suid for e in events if e.suid})))
    erased |= {s for e in events if e.type == "person.erased" for s in e.props["suids"]}
    kept = [e for e in events if e.suid not in erased]
    plain = translate.events_table(kept)
    brands: dict[int, list[Event]] = defaultdict(list)
    for event in kept:
        brands[event.brand_id].append(event)
    prepared = [(brand_id, translate.facts_of(own)) for brand_id, own in sorted(brands.items())]
    for brand_id, found in prepared:
        own = _for_brand(ctx, brand_id)
        if found.lines is not None:
            # replaced by natural key, so no token: the version alone decides
            api.write_lines(own, found.lines, token="", whole=True)
        api.record_attributes(own, found.attributes)
        api.record_memberships(own, found.memberships)
        api.record_consents(own, found.consents)
    gone = sorted(erased & {s for e in events if e.type == "person.erased" for s in e.props["suids"]})
    if gone:
        forget(ctx, gone)
        touched.note(ctx, GROUP_BRAND_ID, {touched.EVERYTHING: gone})
    ctx.lake.insert("events", plain, token=f"{FACTS}:{events[0].seq}-{events[-1].seq}:events")
    for brand_id, own in sorted(brands.items()):
        touched.note(ctx, brand_id, _by_relation(own))


def _by_relation(events: Sequence[Event]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event.suid:
            found[f"event:{event.type}"].add(event.suid)
    return found


def bring_up_to_date(ctx: Ctx, events: Sequence[Event]) -> None:
    """Rebuild the people whose facts or aliases changed in a batch, each once; then let other rooms follow merges.

    Most events tell no more of a person's state than that the person was there: these cost a row, not a rebuild.
    """
    told: dict[int, set[int]] = defaultdict(set)
    seen: dict[int, dict[int, date]] = defaultdict(dict)
    for event in events:
        if event.suid and event.type in TELLING:
            told[event.brand_id].add(event.suid)
        elif event.suid and event.type not in NOT_THEIRS:
            days = seen[event.brand_id]
            days[event.suid] = max(event.business_on, days.get(event.suid, event.business_on))
    moved = {int(n) for e in events if e.type == "person.realigned" for n in _numbers(e)}
    for brand_id in sorted({*told, *seen}):
        own = _for_brand(ctx, brand_id)
        owners = identity.uid_of(ctx, {*told[brand_id], *seen[brand_id]})
        rebuilt = {owners[suid] for suid in told[brand_id]} - moved
        rebuild_touched(own, sorted(rebuilt))
        days: dict[int, date] = {}
        for suid, day in seen[brand_id].items():
            uid = owners[suid]
            days[uid] = max(day, days.get(uid, day))
        note_seen(own, {uid: day for uid, day in days.items() if uid not in rebuilt | moved})
    if moved:
        touched.note(ctx, GROUP_BRAND_ID, {touched.EVERYTHING: moved})
        for port in sorted(ports.all(), key=lambda p: p.room != api.person_data.room):
            port.realigned(ctx, sorted(moved))


def _numbers(event: Event) -> list[int]:
    """Return every number a realignment concerns: people before and after."""
    return [*event.props["uids"], *(n for pair in event.props["aliases"] for n in pair)]


def _for_brand(ctx: Ctx, brand_id: int) -> Ctx:
    if brand_id == ctx.brand_id:
        return ctx
    brand = workspace.brand(ctx.tx, brand_id)
    return ctx.for_brand(brand_id, brand.zone, brand.currency)


@jobs.job("profiles.roll_day")
def roll_day(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Bring all states to today's business day, if it has changed."""
    api.roll_day(_for_brand(ctx, GROUP_BRAND_ID))


@jobs.job("profiles.fold")
def fold(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Fold the changes of people into the base where they are many, and put sums together."""
    api_trade.put_together(ctx)
    api.fold_changes(_for_brand(ctx, GROUP_BRAND_ID))


@jobs.job("profiles.settle")
def settle(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Merge what came in piece by piece, so that reading rows stays cheap."""
    api.settle(ctx)


@jobs.job("profiles.rebuild")
def rebuild(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Make everything derived anew."""
    api.rebuild(ctx, None)


@jobs.job("profiles.tidy_rights")
def tidy_rights(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Delete copies that were kept as long as agreed, and what the log still holds of erased people."""
    api_rights.tidy(ctx)


@jobs.job("profiles.index_names")
def index_names(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Let names be searched that were kept before that could be, part by part."""
    intake.let_names_be_searched(ctx, 20_000)


@jobs.long_job("profiles.take_trade")
def take_trade(db: Database, make_ctx: MakeCtx, _brand_id: int, _payload: dict[str, Any]) -> None:
    """Take the sums of what everybody bought in a home that had states before it had sums."""
    api_trade.take(db, make_ctx)


workspace.long_task(rights.COPY, job="profiles.copy_person", ended=api_rights.ended)(api_rights.make_copy)
workspace.long_task(rights.ERASE, job="profiles.erase_person", ended=api_rights.ended)(api_rights.erase)
jobs.cron("40 * * * *", "profiles.tidy_rights")
jobs.cron("*/5 * * * *", "profiles.index_names")


@jobs.long_job("profiles.measure_fields")
def measure_fields(db: Database, make_ctx: MakeCtx, brand_id: int, _payload: dict[str, Any]) -> None:
    """Measure how much of each field is known, brand by brand, each relation in a transaction of its own."""
    with db.tx() as tx:
        brands = [brand.id for brand in workspace.brands(tx)]
    for one in brands:
        for relation in fields.relations():
            with db.tx() as tx:
                api_quality.keep(make_ctx(tx, one), relation)


workspace.long_task(api_quality.MEASURE, job="profiles.measure_fields_now", unit="relations")(api_quality.measure)
jobs.cron("30 18 * * *", "profiles.measure_fields", queue="long")  # half past two at night in Shanghai
jobs.cron("*/10 * * * *", "profiles.roll_day")
jobs.cron("*/5 * * * *", "profiles.fold")
jobs.cron("30 19 * * *", "profiles.settle")  # half past three at night in Shanghai
add_consumer(Consumer(FACTS, write_facts, after=("identity",)))
add_consumer(Consumer(LAKE, bring_up_to_date, after=("identity", "identity.aliases", FACTS)))
ports.register(api.person_data)
identity.register_records(likeness.records)
api_sources.wire_orders(_Orders())
identity.register_reach(reached)
