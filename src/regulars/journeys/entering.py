"""How people come in: as often as the journey lets them, as many as it takes, and in one journey of a group at most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from pydantic import AwareDatetime

from regulars.core.clock import day_start
from regulars.core.ctx import Ctx
from regulars.core.event import Event, dictionary
from regulars.identity import api as identity
from regulars.journeys import leaving, store_engine, store_entering, store_journeys
from regulars.journeys.contract import Journey, JourneySettings

OCCURRED_AT = "occurred_at"
"""The name under which the time of the entering event itself is kept."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Where those who come in stand. parent_id: the cohort that let them in, 0 = an event or a caller did."""

    node_key: str
    via: str
    parent_id: int = 0


def admit(
    ctx: Ctx, journey: Journey, settings: JourneySettings, landing: Landing, people: Mapping[int, Event | None]
) -> int:
    """Let people in; return how many came. people: today's uid -> the event that brings them, if one does."""
    store_entering.alone(ctx, f"journey:{journey.id}")
    if settings.exclusion:
        store_entering.alone(ctx, f"group:{settings.exclusion}")
    by_visit = _by_visit(ctx, journey, settings, list(people))
    return sum(
        _visit(_Door(ctx, journey, settings, landing), visit, {uid: people[uid] for uid in uids})
        for visit, uids in sorted(by_visit.items())
    )


def _by_visit(ctx: Ctx, journey: Journey, settings: JourneySettings, uids: Sequence[int]) -> dict[int, list[int]]:
    """Return who may come in, by the how-manieth time it is for them."""
    suids_of = identity.suids_of(ctx, list(uids))
    before = store_journeys.visits(ctx, journey.id, sorted({s for suids in suids_of.values() for s in suids}))
    again = settings.again_after_days
    found: dict[int, list[int]] = defaultdict(list)
    for uid in uids:
        past = [before[s] for s in suids_of.get(uid, [uid]) if s in before]
        if not past:
            found[1].append(uid)
        elif again is not None and max(at for _, at in past) <= ctx.now - timedelta(days=again):
            found[1 + max(visit for visit, _ in past)].append(uid)
    room = _room(ctx, journey, settings)
    if room is None:
        return found
    first = set(sorted((uid for uids in found.values() for uid in uids), key=list(uids).index)[:room])
    return {visit: kept for visit, people in found.items() if (kept := [uid for uid in people if uid in first])}


def _room(ctx: Ctx, journey: Journey, settings: JourneySettings) -> int | None:
    """Return how many more may come in now; None = as many as there are."""
    limits = [(settings.most_people, None), (settings.most_a_day, day_start(ctx.today, ctx.zone))]
    asked = [(most, since) for most, since in limits if most is not None]
    return min(
        (max(0, most - store_entering.came_since(ctx, journey.id, since)) for most, since in asked), default=None
    )


@dataclass(frozen=True, slots=True)
class _Door:
    ctx: Ctx
    journey: Journey
    settings: JourneySettings
    landing: Landing


def _visit(door: _Door, visit: int, people: Mapping[int, Event | None]) -> int:
    """Let people in for whom it is the same how-manieth time: they share a run."""
    ctx, landing = door.ctx, door.landing
    run = store_journeys.run_of_visit(ctx, door.journey, visit)
    uids = _free(door, run.id, list(people))
    if not uids:
        return 0
    batch = store_engine.next_batch(ctx, run.id, landing.parent_id, landing.node_key)
    place = {"parent_id": landing.parent_id, "via": landing.via, "batch": batch, "due_at": ctx.now}
    cohort_id = store_engine.add_cohort(ctx, run, landing.node_key, place)
    new = store_engine.enrol(ctx, run.id, cohort_id, [uids])
    told = {uid: event for uid in uids if (event := people[uid]) is not None}
    if told:
        store_entering.keep_times(ctx, run.id, {uid: times_of(event) for uid, event in told.items()})
    return new


def _free(door: _Door, run_id: int, uids: Sequence[int]) -> list[int]:
    """Return who may be in this journey of its group, taken over from journeys of a lower priority."""
    ctx, settings = door.ctx, door.settings
    if not settings.exclusion:
        return list(uids)
    held = store_entering.held(ctx, settings.exclusion, uids)
    free = [
        uid
        for uid in uids
        if uid not in held or held[uid].journey_id == door.journey.id or held[uid].priority < settings.priority
    ]
    leavers: dict[int, list[int]] = defaultdict(list)
    for uid in free:
        if uid in held and held[uid].journey_id != door.journey.id:
            leavers[held[uid].run_id].append(uid)
    for left_run, people in sorted(leavers.items()):
        leaving.leave(ctx, left_run, people, leaving.TAKEN_OVER)
    claim = store_entering.Claim(door.journey.id, run_id, settings.priority)
    store_entering.claim(ctx, settings.exclusion, claim, free)
    return free


def times_of(event: Event) -> dict[str, str]:
    """Return the instants and days that an event tells, by the name of its field; its own as `occurred_at`."""
    found = {name: told for name in time_fields(event.type) if isinstance(told := event.props.get(name), str) and told}
    return {OCCURRED_AT: event.occurred_at.isoformat(), **found}


def time_fields(event_type: str) -> tuple[str, ...]:
    """Return the fields of an event's payload that are a day or an instant."""
    return tuple(
        name
        for name, field in dictionary.get(event_type).model_fields.items()
        if {date, datetime, AwareDatetime} & {field.annotation, *get_args(field.annotation)}
    )
