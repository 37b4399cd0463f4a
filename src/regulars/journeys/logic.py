"""Decisions about campaigns that need no store: what a draft must hold, and the graph it becomes."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from regulars.channels.contract import Order
from regulars.core.clock import day_start
from regulars.core.errors import BadInput
from regulars.core.ids import stable_share_bp
from regulars.journeys.contract import Campaign, Draft
from regulars.journeys.nodes.message import order_key

MAX_NAME = 100
MAX_HOLDOUT_BP = 9_000
MAX_WINDOW_DAYS = 366
REPLAY_HOUR = time(10)
"""A replay looks at the world at ten in the morning of its day, brand time: outside the usual quiet hours."""


def check_draft(draft: Draft, today: date) -> None:
    """Raise BadInput unless name, holdout, window and replay day are sensible."""
    if not 0 < len(draft.name.strip()) <= MAX_NAME:
        raise BadInput(f"A campaign needs a name of 1 to {MAX_NAME} characters.", "Name it after what it does.")
    if not 0 <= draft.holdout_bp <= MAX_HOLDOUT_BP:
        raise BadInput("Between 0 and 90 % can be kept back.", "10 % is a good start: 1000 basis points.")
    if not 1 <= draft.window_days <= MAX_WINDOW_DAYS:
        raise BadInput(f"The window is 1 to {MAX_WINDOW_DAYS} days.", "30 days is a good start.")
    if draft.replay_on is not None and draft.replay_on >= today:
        raise BadInput(
            "A replay goes over the past.", f"Choose a day before {today}, or leave it out to send for real."
        )


def experiment_of(campaign: Campaign) -> str:
    """Return the salt of a campaign's split: each campaign keeps back other people."""
    return f"campaign:{campaign.id}"


def is_held_out(campaign: Campaign, uid: int) -> bool:
    """Tell whether the split keeps this person back; the engine places people by the same hash."""
    return stable_share_bp(experiment_of(campaign), uid) < campaign.draft.holdout_bp


def start_of(campaign: Campaign, now: datetime, zone: str) -> datetime:
    """Return the business instant at which a campaign starts: now, or ten o'clock of its replay day."""
    day = campaign.draft.replay_on
    if day is None:
        return now
    return datetime.combine(day, REPLAY_HOUR, tzinfo=ZoneInfo(zone)).astimezone(day_start(day, zone).tzinfo)


def order_of(campaign: Campaign, start: datetime) -> Order:
    """Return what a campaign would send, for plans and previews."""
    draft = campaign.draft
    return Order(
        key=order_key(campaign.run_id or 0, MESSAGE),
        channel=draft.channel,
        config=draft.config,
        message=draft.message,
        purpose=draft.purpose,
        quiet_hours=draft.quiet_hours,
        frequency=draft.frequency,
        campaign_id=campaign.id,
        node=MESSAGE,
        origin="replay" if campaign.replay else "live",
        replay_at=start if campaign.replay else None,
    )


ENTRY, HOLDOUT, MESSAGE, EXIT = "entry", "holdout", "message", "exit"


def graph_of(campaign: Campaign) -> dict[str, Any]:
    """Return the graph a campaign is published as: entry -> holdout -> message -> exit."""
    draft = campaign.draft
    quiet, frequency = draft.quiet_hours, draft.frequency
    message = {
        "channel": draft.channel,
        "config": dict(draft.config),
        "message": {"title": draft.message.title, "body": draft.message.body, "link": draft.message.link},
        "purpose": draft.purpose,
        "quiet": {"start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}"} if quiet else None,
        "frequency": {"messages": frequency.messages, "days": frequency.days} if frequency else None,
    }
    return {
        "nodes": [
            {"key": ENTRY, "kind": "entry_segment", "config": {"segment_id": draft.segment_id}},
            {
                "key": HOLDOUT,
                "kind": "holdout",
                "config": {"share_bp": draft.holdout_bp, "experiment": experiment_of(campaign)},
            },
            {"key": MESSAGE, "kind": "message", "config": message},
            {"key": EXIT, "kind": "exit", "config": {}},
        ],
        "edges": [
            {"from": ENTRY, "way": "entered", "to": HOLDOUT},
            {"from": HOLDOUT, "way": "treated", "to": MESSAGE},
            {"from": HOLDOUT, "way": "held_out", "to": EXIT},
            {"from": MESSAGE, "way": "messaged", "to": EXIT},
        ],
    }
