"""What the room registers when the house is put together: its kinds, its jobs, and its part of a person."""

from __future__ import annotations

from typing import Any

from regulars.channels import api, api_receipts, api_templates, api_trial
from regulars.channels.people_port import ChannelsPeople
from regulars.core.people import person_data
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx

api.channel_kinds()
person_data.register(ChannelsPeople())


@jobs.long_job("channels.ask")
def ask(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Ask providers what became of messages whose end is not known."""
    del brand_id, payload
    api_receipts.ask(db, make_ctx, 0)


@jobs.long_job("channels.reviews")
def reviews(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Ask providers about the signatures and templates of all stored templates."""
    del brand_id, payload
    api_templates.ask_all(db, make_ctx)


@jobs.long_job("channels.test")
def test_messages(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Send messages to the team. payload: ids."""
    for test_id in payload["ids"]:
        api_trial.send(db, make_ctx, brand_id, int(test_id))


jobs.cron("*/5 * * * *", "channels.ask", queue="sources")
jobs.cron("*/10 * * * *", "channels.reviews", queue="sources")
