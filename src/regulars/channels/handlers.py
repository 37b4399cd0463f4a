"""What the room registers when the house is put together: its kinds, its jobs, and its part of a person."""

from __future__ import annotations

from typing import Any

from regulars.channels import api, api_receipts
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


jobs.cron("*/5 * * * *", "channels.ask", queue="sources")
