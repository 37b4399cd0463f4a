"""What the sender asks right before a request starts: who of its people has left the journey that ordered it.

An exit shows in its mark as soon as the journeys' consumer has heard the event. From the commit of the event until
then it is read from the log itself, so that there is no moment at which it counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regulars.core.ctx import Ctx
from regulars.core.event import TRIGGERING, Event
from regulars.identity import api as identity
from regulars.infra import event_log
from regulars.journeys import store_engine
from regulars.journeys.contract import EventMatch
from regulars.journeys.hearing import CONSUMER, says
from regulars.journeys.nodes.message import place_of

EXITED = "exited."


def kept_back(ctx: Ctx, key: str, uids: Sequence[int]) -> Mapping[int, str]:
    """Return who of these has left the run that ordered a message, with the reason. uids: as they were planned."""
    place = place_of(key)
    if place is None:
        return {}
    marked = store_engine.marked(ctx, place.run_id, uids)
    gone = {uid: f"{EXITED}{reason}" for uid, reason in marked.items()}
    exits = store_engine.settings_of(ctx, place.version_id).leaving()
    unheard = _unheard(ctx, exits) if exits else {}
    if unheard:
        today = identity.uid_of(ctx, uids)
        gone.update({uid: unheard[now] for uid in uids if (now := today.get(uid, uid)) in unheard})
    return gone


def _unheard(ctx: Ctx, exits: Sequence[EventMatch]) -> dict[int, str]:
    """Return who did what makes them leave, today's uid -> why, by events that the journeys have not heard yet."""
    found = [
        event
        for event in event_log.unread(ctx, CONSUMER, {match.event for match in exits})
        if event.origin in TRIGGERING and any(says(ctx, match, event) for match in exits)
    ]
    doers = _doers(ctx, found) if found else {}
    return {uid: f"{EXITED}{event.type}" for event in found for uid in doers[event.seq]}


def _doers(ctx: Ctx, events: Sequence[Event]) -> dict[int, set[int]]:
    """Return whose each event is, seq -> today's uids; one that nobody has named yet is everybody's it could be."""
    uid_of = identity.uid_of(ctx, {event.suid for event in events if event.suid is not None})
    refs = identity.named(ctx, [ref for event in events if event.suid is None for ref in event.identifiers])
    return {
        event.seq: {uid_of.get(event.suid, event.suid)}
        if event.suid is not None
        else {refs[ref] for ref in event.identifiers if ref in refs}
        for event in events
    }
