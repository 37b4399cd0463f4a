"""What the segments room does with the log, by jobs, and when the day changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.event import TRIGGERING, Event, Origin
from regulars.core.people import person_data as ports
from regulars.core.text import Text
from regulars.identity import api as identity
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import Consumer, MakeCtx, add_consumer
from regulars.infra.jobs import cron, job, long_job
from regulars.profiles import api as profiles
from regulars.profiles.contract import Members, touched_by
from regulars.segments import api, api_lookalike, store, store_lake
from regulars.segments import refresh as refreshing
from regulars.segments.contract import SegmentNotFound
from regulars.segments.people import for_brand, person_data
from regulars.segments.refresh import TOUCHED_AT_MOST
from regulars.segments.store_leaves import forget
from regulars.workspace import api as workspace

FOLLOW_DAY, FOLLOW_STATES = "segments.follow_day", "segments.follow_states"
CHECK, FORGET = "segments.check", "segments.forget_versions"
WHOLE_DAYS = 90
"""For so many business days the last whole membership of each is kept as such."""

log = structlog.get_logger()


def follow(ctx: Ctx, events: Sequence[Event]) -> None:
    """Test the people of these events again; their states are up to date by now. Merges come by the port."""
    brands = set(store.brands_with_segments(ctx))
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


Made = tuple[int, int]
"""A brand and a segment of it."""


@long_job(FOLLOW_DAY)
def follow_day(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Bring the segments of every brand to the business day that the states count back from."""
    with db.tx() as tx:
        listed = _of_brands(make_ctx(tx, GROUP_BRAND_ID), api.due)
    _one_by_one(db, make_ctx, listed, api.follow_day)


@long_job(FOLLOW_STATES)
def follow_new_states(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Evaluate the segments of the job's brand and the group, of all brands for the group's: states were made anew."""
    with db.tx() as tx:
        ctx = make_ctx(tx, GROUP_BRAND_ID)
        listed = _of_brands(ctx, api.dynamic, brand_id)
    _one_by_one(db, make_ctx, listed, api.follow_states)


@long_job(CHECK)
def check_all(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Check every live segment from the facts."""
    with db.tx() as tx:
        ctx = make_ctx(tx, GROUP_BRAND_ID)
        forget(ctx)
        listed = _of_brands(ctx, api.to_check)
    _one_by_one(db, make_ctx, listed, _check)


def _check(ctx: Ctx, segment_id: int) -> None:
    if wrong := api.check_membership(ctx, segment_id):
        log.error("segment_drifted", segment_id=segment_id, people=wrong)


@long_job(FORGET)
def forget_versions(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Let go of whole memberships that nothing needs as such; who came and who left with each version stays told.

    Their bitmaps are deleted a night later: whoever reads one of them now reads it to the end.
    """
    with db.tx() as tx:
        ctx = make_ctx(tx, GROUP_BRAND_ID)
        store_lake.forget_wholes(ctx, store.kept_wholes(ctx))
        store.forget_wholes(ctx, ctx.today - timedelta(days=WHOLE_DAYS))


workspace.long_task(api_lookalike.KIND, job="segments.lookalike", queue="asked")(api_lookalike.find)


def _of_brands(ctx: Ctx, listed: Callable[[Ctx], list[int]], brand_id: int = GROUP_BRAND_ID) -> list[Made]:
    """List segments of every brand, or of one and the group."""
    brands = store.brands_with_segments(ctx)
    wanted = [b for b in brands if brand_id == GROUP_BRAND_ID or b in (brand_id, GROUP_BRAND_ID)]
    return [(brand, segment_id) for brand in wanted for segment_id in listed(for_brand(ctx, brand))]


def _one_by_one(db: Database, make_ctx: MakeCtx, listed: Sequence[Made], turn: Callable[[Ctx, int], object]) -> None:
    """Give each segment its turn in a transaction of its own, so that readers of the log wait for one at most.

    One that fails does not stop the others; the first failure is raised at the end, and the job tried again.
    """
    failed: Exception | None = None
    for brand_id, segment_id in listed:
        try:
            with db.tx() as tx:
                turn(for_brand(make_ctx(tx, GROUP_BRAND_ID), brand_id), segment_id)
        except SegmentNotFound:
            continue  # deleted since it was listed
        except Exception as error:
            log.warning("segment_failed", segment_id=segment_id, error=type(error).__name__)
            failed = failed or error
    if failed is not None:
        raise failed


def follow_states(ctx: Ctx, uids: Sequence[int] | None) -> None:
    """Follow states made anew otherwise than through the log: of one brand and the group, or of all brands."""
    if uids is None or len(uids) > TOUCHED_AT_MOST:
        # Without key: one that is running may have passed segments before these states were there.
        jobs.enqueue(ctx, FOLLOW_STATES, {})
        return
    for brand_id in store.brands_with_segments(ctx):
        if ctx.brand_id in (GROUP_BRAND_ID, brand_id) or brand_id == GROUP_BRAND_ID:
            api.refresh_touched(for_brand(ctx, brand_id), uids, origin="backfill")


def panel(ctx: Ctx, uid: int) -> list[dict[str, Any]]:
    """Return the segments a person is in, for the person's page."""
    return [{"id": segment.id, "name": segment.name} for segment in api.of_person(ctx, uid)]


def members_of(ctx: Ctx, segment_id: int) -> Members:
    """Return who is in a segment, for the list of customers. Raises SegmentNotFound."""
    current = refreshing.membership(ctx, api.get(ctx, segment_id))
    return Members(store_lake.people("members"), current.bind("members"))


def failed(ctx: Ctx) -> tuple[int, list[workspace.Waiting]]:
    """Return the segments whose last evaluation failed, and why."""
    found = store.failed(ctx)
    return len(found), [workspace.Waiting(str(one.id), one.name, one.error) for one in found]


workspace.register_need(
    "segments_failed", "segments.read", failed,
    told=workspace.Told(Text("人群更新失败", "Segments failed to refresh"), names=True),
)  # fmt: skip
add_consumer(Consumer("segments", follow, after=("lake",)))
cron("*/10 * * * *", FOLLOW_DAY)  # roll_day is followed at once; this catches what failed then
cron("0 19 * * *", FORGET, queue="long")  # three at night in Shanghai
cron("0 20 * * 0", CHECK, queue="long")  # four on Monday morning in Shanghai
ports.register(person_data)
profiles.on_new_states("segments", follow_states)
profiles.register_panel("segments", panel)
profiles.register_segment_members(members_of)
