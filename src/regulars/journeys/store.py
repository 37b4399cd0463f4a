"""Campaigns as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any

from psycopg.types.json import Jsonb

from regulars.channels.contract import Frequency, Message, QuietHours
from regulars.core.ctx import Ctx
from regulars.journeys.contract import Campaign, Draft

_COLUMNS = (
    "select id, brand_id, name, state, segment_id, channel, config, message, holdout_bp, purpose, quiet_hours,"
    " frequency, window_days, replay_on, run_id, created_at, started_at from campaign"
)


def add(ctx: Ctx, draft: Draft) -> int:
    """Write a new draft; return its id. Its config is sealed."""
    row = ctx.tx.execute(
        "insert into campaign (brand_id, name, segment_id, channel, config, message, holdout_bp, purpose, quiet_hours,"
        " frequency, window_days, replay_on, created_at) values (%(brand_id)s, %(name)s, %(segment_id)s, %(channel)s,"
        " %(config)s, %(message)s, %(holdout_bp)s, %(purpose)s, %(quiet_hours)s, %(frequency)s, %(window_days)s,"
        " %(replay_on)s, %(now)s) returning id",
        {"brand_id": ctx.brand_id, "now": ctx.now, **_row(draft)},
    ).fetchone()
    return row["id"] if row else 0


def change(ctx: Ctx, campaign_id: int, draft: Draft) -> None:
    """Write a draft anew. Its config is sealed."""
    ctx.tx.execute(
        "update campaign set name = %(name)s, segment_id = %(segment_id)s, channel = %(channel)s, config = %(config)s,"
        " message = %(message)s, holdout_bp = %(holdout_bp)s, purpose = %(purpose)s, quiet_hours = %(quiet_hours)s,"
        " frequency = %(frequency)s, window_days = %(window_days)s, replay_on = %(replay_on)s"
        " where id = %(id)s and brand_id = %(brand_id)s and state = 'draft'",
        {"id": campaign_id, "brand_id": ctx.brand_id, **_row(draft)},
    )


def _row(draft: Draft) -> dict[str, Any]:
    quiet = draft.quiet_hours
    return {
        "name": draft.name,
        "segment_id": draft.segment_id,
        "channel": draft.channel,
        "config": Jsonb(dict(draft.config)),
        "message": Jsonb(asdict(draft.message)),
        "holdout_bp": draft.holdout_bp,
        "purpose": draft.purpose,
        "quiet_hours": Jsonb({"from": f"{quiet.start:%H:%M}", "to": f"{quiet.end:%H:%M}"}) if quiet else None,
        "frequency": Jsonb(asdict(draft.frequency)) if draft.frequency else None,
        "window_days": draft.window_days,
        "replay_on": draft.replay_on,
    }


def _campaign(row: Mapping[str, Any]) -> Campaign:
    quiet, frequency = row["quiet_hours"], row["frequency"]
    draft = Draft(
        name=row["name"],
        segment_id=row["segment_id"],
        channel=row["channel"],
        config=row["config"],
        message=Message(row["message"]["title"], row["message"]["body"], row["message"].get("link", "")),
        holdout_bp=row["holdout_bp"],
        purpose=row["purpose"],
        quiet_hours=QuietHours(time.fromisoformat(quiet["from"]), time.fromisoformat(quiet["to"])) if quiet else None,
        frequency=Frequency(frequency["messages"], frequency["days"]) if frequency else None,
        window_days=row["window_days"],
        replay_on=row["replay_on"],
    )
    kept = ("id", "brand_id", "state", "run_id", "created_at", "started_at")
    return Campaign(draft=draft, **{name: row[name] for name in kept})


def get(ctx: Ctx, campaign_id: int, *, lock: bool = False) -> Campaign | None:
    """Return a campaign of the brand; lock: for a change of its state."""
    row = ctx.tx.execute(
        _COLUMNS + " where id = %(id)s and brand_id = %(brand_id)s" + (" for update" if lock else ""),
        {"id": campaign_id, "brand_id": ctx.brand_id},
    ).fetchone()
    return _campaign(row) if row else None


def page(ctx: Ctx, *, before: int, limit: int | None) -> list[Campaign]:
    """Return the brand's campaigns, newest first, below an id (0 = from the newest)."""
    rows = ctx.tx.execute(
        _COLUMNS + " where brand_id = %(brand_id)s and (%(before)s = 0 or id < %(before)s) order by id desc"
        " limit %(limit)s",
        {"brand_id": ctx.brand_id, "before": before, "limit": limit},
    ).fetchall()
    return [_campaign(row) for row in rows]


def drafts(ctx: Ctx) -> list[Campaign]:
    """Return the brand's campaigns that are not published, newest first."""
    rows = ctx.tx.execute(
        _COLUMNS + " where brand_id = %(brand_id)s and state = 'draft' order by id desc", {"brand_id": ctx.brand_id}
    ).fetchall()
    return [_campaign(row) for row in rows]


def closed_between(ctx: Ctx, start: date, end: date) -> list[Campaign]:
    """Return the brand's campaigns whose last counted day lies in start <= day < end, latest first."""
    rows = ctx.tx.execute(
        _COLUMNS + " where brand_id = %(brand_id)s and started_at is not null"
        " and (started_at at time zone %(zone)s)::date + window_days - 1 >= %(start)s"
        " and (started_at at time zone %(zone)s)::date + window_days - 1 < %(end)s"
        " order by (started_at at time zone %(zone)s)::date + window_days desc, id desc",
        {"brand_id": ctx.brand_id, "zone": ctx.zone, "start": start, "end": end},
    ).fetchall()
    return [_campaign(row) for row in rows]


def by_run(ctx: Ctx, run_ids: Sequence[int]) -> dict[int, Campaign]:
    """Return the brand's campaigns of these runs."""
    rows = ctx.tx.execute(
        _COLUMNS + " where brand_id = %(brand_id)s and run_id = any(%(runs)s)",
        {"brand_id": ctx.brand_id, "runs": list(run_ids)},
    ).fetchall()
    return {row["run_id"]: _campaign(row) for row in rows}


def total(ctx: Ctx) -> int:
    """Return how many campaigns the brand has."""
    row = ctx.tx.execute(
        "select count(*)::bigint as n from campaign where brand_id = %(brand_id)s", {"brand_id": ctx.brand_id}
    ).fetchone()
    return row["n"] if row else 0


def start(ctx: Ctx, campaign_id: int, run_id: int, started_at: datetime) -> None:
    """Say that a campaign is live under a run."""
    ctx.tx.execute(
        "update campaign set state = 'live', run_id = %(run_id)s, started_at = %(at)s where id = %(id)s",
        {"id": campaign_id, "run_id": run_id, "at": started_at},
    )


def end_campaign(ctx: Ctx, campaign_id: int, state: str, at: datetime) -> None:
    """Say that a live campaign is done or stopped. at: system time."""
    ctx.tx.execute(
        "update campaign set state = %(state)s, ended_at = %(at)s where id = %(id)s and state = 'live'",
        {"id": campaign_id, "state": state, "at": at},
    )
