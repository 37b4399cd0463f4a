"""The at-risk segment follows what purchases say: its thresholds are taken anew whenever everybody's state is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.infra import jobs
from regulars.insight import api
from regulars.profiles import api as profiles
from regulars.workspace import api as workspace

KEEP_AT_RISK = "insight.keep_at_risk"


def follow_states(ctx: Ctx, uids: Sequence[int] | None) -> None:
    """Bring the at-risk segments of the brands whose states were made anew up to date, each by a job of its own.

    Of some people's states only: nothing to do, the thresholds stay until everybody's are taken again.
    """
    if uids is not None:
        return
    brands = [b.id for b in workspace.brands(ctx.tx)] if ctx.brand_id == GROUP_BRAND_ID else [ctx.brand_id]
    for brand_id in (*brands, GROUP_BRAND_ID):
        jobs.enqueue(_for_brand(ctx, brand_id), KEEP_AT_RISK, {})


@jobs.job(KEEP_AT_RISK)
def keep_at_risk(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Take the thresholds of the brand's at-risk segment anew; those built on it follow."""
    api.keep_at_risk(_for_brand(ctx, ctx.brand_id))


def _for_brand(ctx: Ctx, brand_id: int) -> Ctx:
    brand = workspace.brand(ctx.tx, brand_id)
    return ctx.for_brand(brand_id, brand.zone, brand.currency)


# Sorted before "segments", so that the segments' job finds the new thresholds: jobs go in the order they came.
profiles.on_new_states("insight", follow_states)
