"""What the room registers when the house is put together: its jobs, and its part of a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.channels import api as channels
from regulars.core.ctx import Ctx
from regulars.core.event import TRIGGERING
from regulars.core.people import person_data
from regulars.core.text import Text
from regulars.identity import api as identity
from regulars.infra.event_log import Consumer, add_consumer
from regulars.journeys import api, api_journeys, api_review, guarding, store_journeys
from regulars.journeys.contract import Campaign
from regulars.journeys.hearing import CONSUMER
from regulars.journeys.people_port import JourneysPeople
from regulars.profiles import api as profiles
from regulars.workspace import api as workspace


def messages(ctx: Ctx, uid: int) -> list[dict[str, Any]]:
    """Return the campaigns a person met, for the person's page."""
    suids = identity.suids_of(ctx, [uid])[uid]
    return [
        {
            "campaign_id": one.campaign_id,
            "campaign": one.campaign,
            "arm": one.arm,
            "state": one.state,
            "reason": one.reason,
            "at": one.at.isoformat() if one.at else None,
        }
        for one in api.of_person(ctx, suids)
    ]


def drafts(ctx: Ctx) -> tuple[int, list[workspace.Waiting]]:
    """Return the campaigns that wait to be published."""
    return _waiting(api.drafts(ctx))


def to_approve(ctx: Ctx) -> tuple[int, list[workspace.Waiting]]:
    """Return the journeys that wait for approval."""
    found = api_review.waiting(ctx)
    return len(found), [workspace.Waiting(str(one.id), one.name) for one in found]


def measured(ctx: Ctx) -> tuple[int, list[workspace.Waiting]]:
    """Return the campaigns whose result has just become final."""
    return _waiting(api.just_measured(ctx))


def _waiting(found: Sequence[Campaign]) -> tuple[int, list[workspace.Waiting]]:
    return len(found), [workspace.Waiting(str(one.id), one.draft.name) for one in found]


workspace.register_need(
    "campaigns_waiting", "campaigns.publish", drafts,
    told=workspace.Told(Text("活动等待发布", "Campaigns wait to be published"), names=True),
)  # fmt: skip
workspace.register_need(
    "journeys_to_approve", "campaigns.publish", to_approve,
    told=workspace.Told(Text("旅程等待审批", "Journeys wait for approval"), names=True),
)  # fmt: skip
workspace.register_need(
    "campaigns_measured", "campaigns.read", measured,
    told=workspace.Told(Text("活动效果已出", "Campaigns have been measured"), names=True),
)  # fmt: skip
person_data.register(JourneysPeople())
profiles.register_panel("messages", messages)
api.node_kinds()
channels.register_guard("journeys", guarding.kept_back)
add_consumer(
    Consumer(
        CONSUMER,
        api_journeys.hear,
        after=("identity",),
        origins=frozenset(TRIGGERING),
        per_brand=True,
        hears=store_journeys.heard,
    )
)
