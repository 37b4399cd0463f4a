"""What a campaign brought: its arms, the difference between them, and whether the split can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from regulars.channels import api as channels
from regulars.core.clock import business_day
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.identity import api as identity
from regulars.insight import api as insight
from regulars.insight.api import MeanLift, Moments, RateLift, SampleRatio
from regulars.journeys import engine, ordering, store_result
from regulars.journeys.contract import HELD_OUT, TREATED, ArmResult, Campaign, Counts
from regulars.journeys.step import WHOLE_BP
from regulars.journeys.store_result import Window
from regulars.profiles import api as profiles
from regulars.profiles.contract import Consent

BOTH_ARMS = "both"
ASSUMED = "assumed"
"""How the basis of a consent begins that an operator declared for a whole file."""
CONSENTS_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a campaign, intention to treat: who was suppressed after the split stays in the treated arm.

    complete: the window has passed. treated, held_out: as
    assigned. arms: treated, held_out. crossed: people left out because two of them, in
    different arms, turned out to be one. consent_basis: the words beside an assumed consent that messages rested
    on, "" when none was assumed. lift, sales_lift, ratio: None where the arms are too small to tell.
    """

    campaign: Campaign
    counts: Counts
    start: date
    end: date
    complete: bool
    treated: int
    held_out: int
    arms: tuple[ArmResult, ArmResult]
    crossed: int
    consent_basis: str
    lift: RateLift | None
    sales_lift: MeanLift | None
    ratio: SampleRatio | None


def window(ctx: Ctx, campaign: Campaign) -> Window:
    """Return the days that count: from the day it started, window_days long."""
    if campaign.run_id is None or campaign.started_at is None:
        raise BadInput("The campaign has not started.", "Publish it first.", code="campaign.not_started")
    start = business_day(campaign.started_at, ctx.zone)
    return Window(campaign.run_id, start, start + timedelta(days=campaign.draft.window_days))


def result(ctx: Ctx, campaign: Campaign) -> Result:
    """Measure a started campaign as far as its window has come. Raises: BadInput before it started."""
    days = window(ctx, campaign)
    rows = store_result.bought(ctx, [_so_far(ctx, days)])
    treated, held_out = (arm_result(rows, days.run_id, arm) for arm in (TREATED, HELD_OUT))
    sizes = store_result.arm_sizes(ctx, [days.run_id]).get(days.run_id, {})
    return Result(
        campaign=campaign,
        counts=engine.counts(ctx, days.run_id),
        start=days.start,
        end=days.end,
        complete=days.end <= ctx.today,
        treated=sizes.get(TREATED, 0),
        held_out=sizes.get(HELD_OUT, 0),
        arms=(treated, held_out),
        crossed=sum(int(row["people"]) for row in rows if row["arm"] == BOTH_ARMS),
        consent_basis=assumed_consent(ctx, campaign, days.run_id),
        lift=rate_lift(treated, held_out),
        sales_lift=sales_lift(treated, held_out),
        ratio=ratio(sizes, campaign.draft.holdout_bp),
    )


def lifts(ctx: Ctx, campaigns: Sequence[Campaign]) -> dict[int, RateLift]:
    """Return the difference in buyers of many campaigns at once, by campaign id; absent where it cannot be told."""
    started = {c.run_id: c for c in campaigns if c.run_id is not None and c.started_at is not None}
    rows = store_result.bought(ctx, [_so_far(ctx, window(ctx, c)) for c in started.values()])
    found: dict[int, RateLift] = {}
    for run_id, campaign in started.items():
        treated, held_out = (arm_result(rows, run_id, arm) for arm in (TREATED, HELD_OUT))
        if lift := rate_lift(treated, held_out):
            found[campaign.id] = lift
    return found


def assumed_consent(ctx: Ctx, campaign: Campaign, run_id: int) -> str:
    """Return the basis of consents that were assumed, not given, as far as messages rested on them; else "".

    A look at some of those reached is enough: an assumption is made for a whole file.
    """
    draft = campaign.draft
    channel = channels.consent_channel(draft.channel, draft.config)
    for key in ordering.order_keys(ctx, run_id):
        for outcome in channels.outcome_page(ctx, key, state="sent", limit=CONSENTS_LOOKED_AT):
            for consent in _consents(ctx, outcome.uid):
                rests_on_it = (consent.channel, consent.purpose) == (channel, draft.purpose)
                if rests_on_it and consent.basis.lower().startswith(ASSUMED):
                    return consent.basis
    return ""


def _consents(ctx: Ctx, uid: int) -> list[Consent]:
    now = identity.uid_of(ctx, [uid]).get(uid)
    return profiles.consents(ctx, now) if now is not None else []


def _so_far(ctx: Ctx, days: Window) -> Window:
    """Cut the window at the end of today: where business time stands still, later orders are not known yet."""
    return Window(days.run_id, days.start, max(days.start, min(days.end, ctx.today + timedelta(days=1))))


def arm_result(rows: Sequence[Mapping[str, Any]], run_id: int, arm: str) -> ArmResult:
    """Read one arm of the lake's answer; an arm without people is all zeros."""
    for row in rows:
        if int(row["run_id"]) == run_id and row["arm"] == arm:
            return ArmResult(
                arm=arm,
                people=int(row["people"]),
                buyers=int(row["buyers"]),
                orders=int(row["orders"]),
                sales_fen=int(row["sales_fen"]),
                squares=float(row["squares"]),
            )
    return ArmResult(arm, 0, 0, 0, 0, 0.0)


def rate_lift(treated: ArmResult, held_out: ArmResult) -> RateLift | None:
    """Return the difference in the share of buyers; None when an arm is empty."""
    if not (treated.people and held_out.people):
        return None
    return insight.difference_of_rates(
        treated.buyers, treated.people, held_out_hits=held_out.buyers, held_out_n=held_out.people
    )


def sales_lift(treated: ArmResult, held_out: ArmResult) -> MeanLift | None:
    """Return the difference in sales per head, in fen; None where no interval exists."""
    try:
        return insight.difference_of_means(_moments(treated), _moments(held_out))
    except BadInput:
        return None


def ratio(sizes: Mapping[str, int], holdout_bp: int) -> SampleRatio | None:
    """Check the sizes of the arms against the share asked for; None when nobody was to be kept back."""
    counts = [sizes.get(HELD_OUT, 0), sizes.get(TREATED, 0)]
    if holdout_bp == 0 or sum(counts) == 0:
        return None
    return insight.sample_ratio(counts, [holdout_bp, WHOLE_BP - holdout_bp])


def _moments(arm: ArmResult) -> Moments:
    return Moments(arm.people, float(arm.sales_fen), arm.squares)
