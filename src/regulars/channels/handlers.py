"""What the room registers when the house is put together: its kinds, its jobs, and its part of a person."""

from __future__ import annotations

from typing import Any

from regulars.channels import api, api_notices, api_posts, api_receipts, api_templates, api_trial, sender
from regulars.channels.people_port import ChannelsPeople
from regulars.core.ctx import Ctx
from regulars.core.people import person_data
from regulars.core.text import Text
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.workspace import api as workspace

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


@jobs.long_job(api_posts.JOB)
def post(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Make the calls of a post."""
    api_posts.make(db, make_ctx, brand_id, payload["post_id"])


jobs.given_up(api_posts.JOB)(api_posts.give_up)


@jobs.long_job("channels.ask_posts")
def ask_posts(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Ask what became of posts."""
    del brand_id, payload
    api_posts.ask(db, make_ctx)


jobs.cron("*/5 * * * *", "channels.ask_posts", queue="sources")


@jobs.long_job("channels.notices")
def notices(db: Database, make_ctx: MakeCtx, brand_id: int, payload: dict[str, Any]) -> None:
    """Tell groups of staff what is new."""
    del brand_id, payload
    api_notices.pass_once(db, make_ctx)


jobs.cron("* * * * *", "channels.notices", queue="sources")


def sending_halted(ctx: Ctx) -> tuple[int, list[workspace.Waiting]]:
    """Return 1 while nothing is sent to people because facts are behind."""
    why = sender.halted(ctx)
    return int(bool(why)), [workspace.Waiting("sender", "", why)] if why else []


workspace.register_need(
    "sending_halted", "campaigns.read", sending_halted,
    told=workspace.Told(Text("发送已暂停：数据处理落后", "Sending is halted: facts are behind")),
)  # fmt: skip
