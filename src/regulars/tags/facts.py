"""Facts of tags: every one is an event, whoever says it, so that there is one way in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars.core.clock import business_day
from regulars.core.ctx import Ctx
from regulars.core.event import Event, Origin
from regulars.core.events.person import PersonTagged
from regulars.core.ids import new_id
from regulars.infra import event_log
from regulars.tags import store

SOURCE = "tags"
TYPE = PersonTagged.type
_STEP = timedelta(milliseconds=1)


def instant(ctx: Ctx, tag_id: int, last: datetime | None) -> datetime:
    """Return an instant later than any before of this tag, so that the newest word is told by its time alone.

    Business time may stand still; and an instant of its own is what tells the people of one setting again.
    """
    now = ctx.now.replace(microsecond=ctx.now.microsecond // 1000 * 1000)
    at = now if last is None or now > last else last + _STEP
    store.set_at(ctx, tag_id, at)
    return at


@dataclass(frozen=True, slots=True)
class Said:
    """A value of a person since when, and what said so, by which a repeat is told."""

    suid: int
    at: datetime
    fact: PersonTagged
    source_id: str
    origin: Origin = "live"


def say(ctx: Ctx, told: Sequence[Said]) -> None:
    """Emit the brand's facts in the caller's transaction."""
    recorded_at = ctx.clock.system_now()
    events = [
        Event(
            id=new_id(), brand_id=ctx.brand_id, type=TYPE, source=SOURCE, source_id=one.source_id,
            occurred_at=one.at, recorded_at=recorded_at, business_on=business_day(one.at, ctx.zone),
            origin=one.origin, props=one.fact.model_dump(mode="json"), suid=one.suid,
        )
        for one in told
    ]  # fmt: skip
    if events:
        event_log.append_named(ctx, events)


def value_of(given: object) -> str:
    """Return an attribute as a tag's value: text of at most 200 characters, "" for nothing and for what is nested."""
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given).strip()[:200] if isinstance(given, str | int | float) else ""
