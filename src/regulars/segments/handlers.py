"""What the segments room does with the log, by jobs, and when the day changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.event import TRIGGERING, Event, Origin
from regulars.core.people import person_data as ports
from regulars.identity import api as identity
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import Consumer, MakeCtx, add_consumer
from regulars.infra.jobs import cron, job
from regulars.profiles import api as profiles
from regulars.profiles.contract import touched_by
from regulars.segments import api
from regulars.segments.people import for_brand, person_data
from regulars.segments.store import brands_with_segments
from regulars.segments.store_leaves import forget

FOLLOW_DAY = "segments.follow_day"
CHECK, CHECK_ALL = "segments.check", "segments.check_all"
log = structlog.get_logger()


def follow(ctx: Ctx, events: Sequence[Event]) -> None:
    """Test the people of these events again; their states are up to date by now. Merges come by the port."""
    brands = set(brands_with_segments(ctx))
    owners = identity.uid_of(ctx, {event.suid for event in events if event.suid is not None})
    for origin, own in _by_origin(events).items():
        for brand_id, found in sorted(_touched(own, brands).items()):
            people: dict[int, set[str]] = defaultdict(set)
            for suid, kinds in found.items():
                people[owners[suid]] |= kinds
            api.refresh_touched(for_brand(ctx, brand_id), people, origin=origin)


def _by_origin(events: Sequence[Event]) -> dict[Origin, list[Event]]:
    found: dict[Origin, list[Event]] = defaultdict(list)
    for event in events:
        if event.suid is not None:
            origin: Origin = "live" if event.origin in TRIGGERING else "backfill"
            found[origin].append(event)
    return found


def _touched(events: Sequence[Event], brands: set[int]) -> dict[int, dict[int, set[str]]]:
    """Return what was touched of whom (by suid), per brand (and the group) that has segments."""
    found: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for event in events:
        for brand_id in {event.brand_id, GROUP_BRAND_ID} & brands:
            found[brand_id][event.suid or 0] |= touched_by(event.type)
    return found


@job(api.REFRESH_JOB)
def refresh(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Refresh one segment of the job's brand."""
    api.refresh(ctx, int(payload["segment_id"]))


@job(FOLLOW_DAY)
def follow_day(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Bring the segments of every brand to the business day that the states count back from."""
    for brand_id in brands_with_segments(ctx):
        api.refresh_due(for_brand(ctx, brand_id))


@job(CHECK)
def check(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Begin the weekly check, among the jobs that take long."""
    jobs.enqueue(ctx, CHECK_ALL, {}, key="weekly", queue="long")


@jobs.long_job(CHECK_ALL)
def check_all(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Check every live segment, each in a transaction of its own, from the facts."""
    with db.tx() as tx:
        ctx = make_ctx(tx, GROUP_BRAND_ID)
        forget(ctx)
        due = [(brand, i) for brand in brands_with_segments(ctx) for i in api.to_check(for_brand(ctx, brand))]
    for brand, segment_id in due:
        with db.tx() as tx:
            wrong = api.check_membership(for_brand(make_ctx(tx, GROUP_BRAND_ID), brand), segment_id)
        if wrong:
            log.error("segment_drifted", segment_id=segment_id, people=wrong)


def follow_states(ctx: Ctx, uids: Sequence[int] | None) -> None:
    """Follow states made anew otherwise than through the log: of one brand and the group, or of all brands."""
    rebuilt = {ctx.brand_id, GROUP_BRAND_ID}
    for brand_id in brands_with_segments(ctx):
        if ctx.brand_id != GROUP_BRAND_ID and brand_id not in rebuilt:
            continue
        if uids is None:
            api.follow_states(for_brand(ctx, brand_id))
        else:
            api.refresh_touched(for_brand(ctx, brand_id), uids, origin="backfill")


def panel(ctx: Ctx, uid: int) -> list[dict[str, Any]]:
    """Return the segments a person is in, for the person's page."""
    return [{"id": segment.id, "name": segment.name} for segment in api.of_person(ctx, uid)]


def people_of(ctx: Ctx, segment_id: int) -> list[int]:
    """Return everybody in a segment, for the list of customers."""
    return [uid for page in api.members(ctx, segment_id) for uid in page]


add_consumer(Consumer("segments", follow, after=("lake",)))
cron("*/10 * * * *", FOLLOW_DAY)  # roll_day is followed at once; this catches what failed then
cron("0 20 * * 0", CHECK)  # four on Monday morning in Shanghai
ports.register(person_data)
profiles.on_new_states("segments", follow_states)
profiles.register_panel("segments", panel)
profiles.register_segment_people(people_of)
