"""Single people of a campaign, and the campaigns of a single person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.channels import api as channels
from regulars.channels.contract import Outcome
from regulars.core.ctx import Ctx
from regulars.journeys import engine, store, store_result
from regulars.journeys.contract import HELD_OUT, Campaign, PersonInRun, PersonMessage, PersonState

_OUTCOME_STATES: dict[PersonState, str] = {
    "sent": "sent",
    "suppressed": "suppressed",
    "failed": "failed",
    "unknown": "unknown",
    "waiting": "pending",
}
_COHORT_STATES: dict[PersonState, str] = {"waiting": "waiting", "exited": "ended"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of people: of one arm ("" = any) and one state (None = any), after a uid."""

    arm: str
    state: PersonState | None
    after: int
    limit: int


def people(ctx: Ctx, campaign: Campaign, wanted: Wanted) -> list[PersonInRun]:
    """Return a page of people by uid."""
    run_id = campaign.run_id
    if run_id is None:
        return []
    if wanted.state is None or wanted.state == HELD_OUT:
        arm = HELD_OUT if wanted.state else wanted.arm
        if wanted.arm not in ("", arm):
            return []
        rows = store_result.people(ctx, run_id, arm=arm, after=wanted.after, limit=wanted.limit)
    else:
        rows = store_result.people_by_uid(ctx, run_id, _in_state(ctx, run_id, wanted))
    found = _resolved(ctx, run_id, rows)
    return [p for p in found if wanted.state in (None, p.state) and wanted.arm in ("", p.arm)]


def _in_state(ctx: Ctx, run_id: int, wanted: Wanted) -> list[int]:
    """Return the first uids in a state: out of what channels knows, and out of the cohorts."""
    uids: set[int] = set()
    state = wanted.state
    if state in _OUTCOME_STATES:
        for key in engine.order_keys(ctx, run_id):
            page = channels.outcome_page(ctx, key, state=_OUTCOME_STATES[state], after=wanted.after, limit=wanted.limit)
            uids |= {o.uid for o in page}
    if state in _COHORT_STATES:
        standing = _COHORT_STATES[state]
        uids |= set(store_result.in_cohorts(ctx, run_id, state=standing, after=wanted.after, limit=wanted.limit))
    return sorted(uids)[: wanted.limit]


def _resolved(ctx: Ctx, run_id: int, rows: Sequence[Mapping[str, Any]]) -> list[PersonInRun]:
    uids = [row["uid"] for row in rows]
    outcomes: dict[int, Outcome] = {}
    for key in engine.order_keys(ctx, run_id):
        outcomes |= channels.outcomes(ctx, key, uids)
    ended = store_result.ended(ctx, run_id, [uid for uid in uids if uid not in outcomes])
    return [_person(row, outcomes.get(row["uid"]), ended=row["uid"] in ended) for row in rows]


def _person(row: Mapping[str, Any], outcome: Outcome | None, *, ended: bool) -> PersonInRun:
    if outcome is not None:
        state: PersonState = "waiting" if outcome.state == "pending" else outcome.state
        return PersonInRun(row["uid"], row["arm"], state, outcome.reason, outcome.at)
    if not ended:
        return PersonInRun(row["uid"], row["arm"], "waiting", "", None)
    if row["arm"] == HELD_OUT and row["reason"] is None:
        return PersonInRun(row["uid"], row["arm"], "held_out", "", None)
    return PersonInRun(row["uid"], row["arm"], "exited", row["reason"] or "", row["at"])


def of_person(ctx: Ctx, uids: Sequence[int]) -> list[PersonMessage]:
    """Return the campaigns a person met, newest first."""
    rows = store_result.runs_of_person(ctx, uids)
    campaigns = store.by_run(ctx, [row["run_id"] for row in rows])
    met: list[PersonMessage] = []
    for row in rows:
        campaign = campaigns.get(row["run_id"])
        if campaign is None:
            continue
        for one in _resolved(ctx, row["run_id"], store_result.people_by_uid(ctx, row["run_id"], [row["uid"]])):
            at = one.at or campaign.started_at
            met.append(PersonMessage(campaign.id, campaign.draft.name, one.arm, one.state, one.reason, at))
    return met
