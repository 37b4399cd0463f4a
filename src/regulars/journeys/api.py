"""The door of journeys: make a campaign, see its numbers before and after, run it, stop it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from regulars.channels import api as channels
from regulars.channels import api_templates as templates
from regulars.core.clock import ManualClock
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.infra import jobs
from regulars.insight.api import RateLift
from regulars.journeys import engine, leaving, listing, logic, ordering, result, store, store_engine
from regulars.journeys.contract import (
    Campaign,
    Counts,
    Draft,
    PersonInRun,
    PersonMessage,
    PersonState,
    Plan,
    Wanted,
)
from regulars.journeys.engine import advance, advance_due, drain
from regulars.journeys.export import list_as_csv, segment_name
from regulars.journeys.graph import Graph, node_kinds
from regulars.journeys.result import Result
from regulars.segments import api as segments
from regulars.workspace import api as workspace

__all__ = [
    "Result",
    "advance",
    "advance_due",
    "counts",
    "create",
    "drafts",
    "drain",
    "exit_people",
    "get",
    "just_measured",
    "lifts",
    "list_as_csv",
    "listed",
    "node_kinds",
    "of_person",
    "people",
    "plan",
    "preview",
    "publish",
    "result_of",
    "segment_name",
    "stop",
    "total",
    "update",
]

JUST_DAYS = 7
"""A result is news for so many days."""


def get(ctx: Ctx, campaign_id: int) -> Campaign:
    """Return a campaign of the brand. Raises: NotFound."""
    return _get(ctx, campaign_id)


def _get(ctx: Ctx, campaign_id: int, *, lock: bool = False) -> Campaign:
    found = store.get(ctx, campaign_id, lock=lock)
    if found is None:
        raise NotFound(f"There is no campaign {campaign_id}.", "Open the list of campaigns.", code="campaign.not_found")
    return found


def listed(ctx: Ctx, wanted: Wanted | None = None, *, after: int = 0, limit: int | None = 50) -> list[Campaign]:
    """Return the brand's campaigns that are wanted. after: id of the last one seen."""
    return store.page(ctx, wanted or Wanted(), after=after, limit=limit)


def drafts(ctx: Ctx) -> list[Campaign]:
    """Return the brand's campaigns that wait to be published, newest first."""
    return store.drafts(ctx)


def just_measured(ctx: Ctx) -> list[Campaign]:
    """Return the campaigns whose counted days ended within the last week, so that what they brought stands."""
    return store.closed_between(ctx, ctx.today - timedelta(days=JUST_DAYS), ctx.today)


def total(ctx: Ctx, wanted: Wanted) -> int:
    """Return how many campaigns are wanted."""
    return store.total(ctx, wanted)


def create(ctx: Ctx, draft: Draft) -> Campaign:
    """Make a campaign as a draft, audited. Raises: BadInput, NotFound (segment, channel), Conflict (replay)."""
    campaign = _get(ctx, store.add(ctx, _checked(ctx, draft)))
    workspace.audit(ctx, "campaign.created", "campaign", campaign.id, after=_told(campaign))
    return campaign


def update(ctx: Ctx, campaign_id: int, draft: Draft) -> Campaign:
    """Change a draft, audited. Raises: NotFound, BadInput, Conflict when it is published already."""
    before = _get(ctx, campaign_id, lock=True)
    _must_be_draft(before)
    store.change(ctx, campaign_id, _checked(ctx, draft, before))
    after = _get(ctx, campaign_id)
    workspace.audit(ctx, "campaign.changed", "campaign", campaign_id, before=_told(before), after=_told(after))
    return after


def _checked(ctx: Ctx, draft: Draft, before: Campaign | None = None) -> Draft:
    logic.check_draft(draft, ctx.today)
    draft = _with_template(ctx, draft)
    segments.get(ctx, draft.segment_id)
    kept = before.draft.config if before and before.draft.channel == draft.channel else None
    sealed = replace(draft, config=channels.seal_config(draft.channel, draft.config, kept))
    probe = Campaign(0, ctx.brand_id, "draft", sealed, None, ctx.now, None)
    channels.check_order(logic.order_of(probe, logic.start_of(probe, ctx.now, ctx.zone)))
    return sealed


def _with_template(ctx: Ctx, draft: Draft) -> Draft:
    if draft.template_id is None:
        return draft
    found = templates.get(ctx, draft.template_id)
    return replace(draft, channel=found.channel, config=found.config, message=found.message)


def _must_be_draft(campaign: Campaign) -> None:
    if campaign.state != "draft":
        raise Conflict(
            "A published campaign is not changed any more.",
            "Make a new one; this one keeps what it did.",
            code="campaign.published",
        )


def _told(campaign: Campaign) -> dict[str, object]:
    draft = campaign.draft
    return {
        "name": draft.name,
        "segment_id": draft.segment_id,
        "channel": draft.channel,
        "purpose": draft.purpose,
        "holdout_bp": draft.holdout_bp,
        "window_days": draft.window_days,
        "replay_on": draft.replay_on.isoformat() if draft.replay_on else None,
    }


def _at_start(ctx: Ctx, campaign: Campaign) -> Ctx:
    """Return the Ctx as it will be when the campaign starts: a replay's clock stands in the past."""
    if not campaign.replay:
        return ctx
    start = logic.start_of(campaign, ctx.now, ctx.zone)
    return ctx.at(ManualClock(start, ctx.clock.system_now()))


def plan(ctx: Ctx, campaign_id: int) -> Plan:
    """Return the numbers of a draft before it is published; nothing is written. Raises: NotFound, Conflict."""
    campaign = _get(ctx, campaign_id)
    _must_be_draft(campaign)
    then = _at_start(ctx, campaign)
    order = logic.order_of(campaign, then.now)
    as_of = campaign.draft.replay_on
    entered = held_out = cost_fen = 0
    suppressed: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for page in segments.members(then, campaign.draft.segment_id, as_of=as_of):
        treated = [uid for uid in page if not logic.is_held_out(campaign, uid)]
        entered += len(page)
        held_out += len(page) - len(treated)
        part = channels.forecast(then, order, treated)
        suppressed.update(part.suppressed)
        missing.update(part.missing)
        cost_fen += part.cost_fen
    return Plan(entered, entered - held_out, held_out, dict(suppressed.most_common()), dict(missing), cost_fen)


def preview(ctx: Ctx, campaign_id: int, uid: int) -> str:
    """Return what one person would see. Raises: NotFound, BadInput."""
    campaign = _get(ctx, campaign_id)
    then = _at_start(ctx, campaign)
    return channels.preview(then, logic.order_of(campaign, then.now), uid)


def publish(ctx: Ctx, campaign_id: int, *, confirm_people: int) -> Campaign:
    """Start a campaign, audited: its graph becomes a version that never changes, and a run of it begins.

    confirm_people: how many the operator saw in the plan. Raises: NotFound, Conflict when the campaign is no
    draft, nobody is in the segment, or it holds another number of people by now.
    """
    campaign = _get(ctx, campaign_id, lock=True)
    _must_be_draft(campaign)
    then = _at_start(ctx, campaign)
    found = sum(len(p) for p in segments.members(then, campaign.draft.segment_id, as_of=campaign.draft.replay_on))
    if found == 0:
        raise Conflict("Nobody is in the segment.", "Choose another segment.", code="campaign.nobody")
    if found != confirm_people:
        raise Conflict(
            f"You confirmed {confirm_people:,} people, but the segment holds {found:,} now.",
            "Look at the plan again, then publish.",
            code="campaign.people_changed",
            confirmed=confirm_people,
            people=found,
        )
    draft = campaign.draft
    templates.check_approved(ctx, draft.channel, draft.config, stored=draft.template_id is not None)
    graph = logic.graph_of(campaign)
    Graph.read(graph).check()
    origin = {"origin": "replay", "replay_at": then.now} if campaign.replay else {"origin": "live", "replay_at": None}
    row = {"campaign_id": campaign.id, "name": campaign.draft.name, "started_at": then.now, **origin}
    run = store_engine.add_run(ctx, graph, row)
    store_engine.add_cohort(ctx, run, logic.ENTRY, {"parent_id": 0, "via": "start", "due_at": then.now})
    store.start(ctx, campaign.id, run.id, then.now)
    workspace.audit(ctx, "campaign.published", "campaign", campaign.id, after={"people": found, "run_id": run.id})
    jobs.enqueue(ctx.for_brand(0), "journeys.advance", {}, key="due")
    return _get(ctx, campaign_id)


def stop(ctx: Ctx, campaign_id: int) -> Campaign:
    """Stop a live campaign, audited: nobody else is contacted; a request under way ends as it ends.

    Raises: NotFound, Conflict when it is not live.
    """
    campaign = _get(ctx, campaign_id, lock=True)
    if campaign.state != "live" or campaign.run_id is None:
        raise Conflict("Only a live campaign can be stopped.", code="campaign.not_live")
    for key in ordering.order_keys(ctx, campaign.run_id):
        channels.stop(ctx, key)
    at = ctx.clock.system_now()
    store_engine.end_run(ctx, campaign.run_id, "stopped", at)
    store.end_campaign(ctx, campaign.id, "stopped", at)
    workspace.audit(ctx, "campaign.stopped", "campaign", campaign.id)
    return _get(ctx, campaign_id)


def exit_people(ctx: Ctx, campaign_id: int, uids: Sequence[int], reason: str) -> int:
    """Let people leave a campaign before anything more is sent to them; return how many are newly marked.

    Raises: NotFound, BadInput without a reason.
    """
    campaign = _get(ctx, campaign_id)
    if not reason.strip():
        raise BadInput("Say why they leave.", "A short code such as order.paid.")
    if campaign.run_id is None or not uids:
        return 0
    return leaving.leave(ctx, campaign.run_id, uids, reason)


def counts(ctx: Ctx, campaign: Campaign) -> Counts:
    """Return where the people of a campaign are; all zero before it started."""
    return engine.counts(ctx, campaign.run_id) if campaign.run_id else Counts()


def result_of(ctx: Ctx, campaign_id: int) -> Result:
    """Measure a campaign as far as its window has come. Raises: NotFound, BadInput before it started."""
    return result.result(ctx, _get(ctx, campaign_id))


def lifts(ctx: Ctx, campaigns: Sequence[Campaign]) -> dict[int, RateLift]:
    """Return the difference in buyers of started campaigns, by campaign id; absent where it cannot be told."""
    return result.lifts(ctx, campaigns)


def people(
    ctx: Ctx, campaign_id: int, *, arm: str = "", state: PersonState | None = None, after: int = 0, limit: int = 100
) -> list[PersonInRun]:
    """Return the people of a campaign in order of uid, those of one arm or state, after a uid. Raises: NotFound."""
    campaign = _get(ctx, campaign_id)
    return listing.people(ctx, campaign, listing.Wanted(arm, state, after, min(limit, 1000)))


def of_person(ctx: Ctx, uids: Sequence[int]) -> list[PersonMessage]:
    """Return the campaigns of the brand that a person met, newest first. uids: every uid the person ever had."""
    return listing.of_person(ctx, uids)
