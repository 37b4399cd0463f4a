"""What profiles do with the log: facts are written to the lake, then the people touched are rebuilt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.event import Event
from regulars.core.people import person_data as ports
from regulars.identity import api as identity
from regulars.infra import jobs
from regulars.infra.event_log import Consumer, add_consumer
from regulars.profiles import api, translate
from regulars.profiles.rebuild import rebuild_touched
from regulars.profiles.store import facts as store_facts
from regulars.profiles.store import lines as store_lines
from regulars.profiles.store.state import NOT_THEIRS
from regulars.workspace import api as workspace

FACTS, LAKE = "facts", "lake"


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
        store_facts.erase(ctx, gone)
    ctx.lake.insert("events", plain, token=f"{FACTS}:{events[0].seq}-{events[-1].seq}:events")


def bring_up_to_date(ctx: Ctx, events: Sequence[Event]) -> None:
    """Rebuild the people whose facts or aliases changed in a batch, each once; then let other rooms follow merges."""
    touched: dict[int, set[int]] = defaultdict(set)
    for event in events:
        if event.suid and event.type not in NOT_THEIRS:
            touched[event.brand_id].add(event.suid)
    moved = {int(n) for e in events if e.type == "person.realigned" for n in _numbers(e)}
    for brand_id, suids in sorted(touched.items()):
        uids = set(identity.uid_of(ctx, suids).values()) - moved
        rebuild_touched(_for_brand(ctx, brand_id), sorted(uids))
    if moved:
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
    """Fold the changes of people into the base where they are many."""
    api.fold_changes(_for_brand(ctx, GROUP_BRAND_ID))


@jobs.job("profiles.rebuild")
def rebuild(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Make everything derived anew."""
    api.rebuild(ctx, None)


jobs.cron("*/10 * * * *", "profiles.roll_day")
jobs.cron("*/5 * * * *", "profiles.fold")
add_consumer(Consumer(FACTS, write_facts, after=("identity",)))
add_consumer(Consumer(LAKE, bring_up_to_date, after=("identity", "identity.aliases", FACTS)))
ports.register(api.person_data)
