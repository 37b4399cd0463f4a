"""The at-risk segment follows what purchases say: its thresholds are taken anew whenever everybody's state is."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.insight import api
from regulars.profiles import api as profiles
from regulars.workspace import api as workspace


def follow_states(ctx: Ctx, uids: Sequence[int] | None) -> None:
    """Bring the at-risk segments of the brands whose states were made anew up to date.

    Of some people's states only: nothing to do, the thresholds stay until everybody's are taken again.
    """
    if uids is not None:
        return
    brands = [b.id for b in workspace.brands(ctx.tx)] if ctx.brand_id == GROUP_BRAND_ID else [ctx.brand_id]
    for brand_id in (*brands, GROUP_BRAND_ID):
        brand = workspace.brand(ctx.tx, brand_id)
        api.keep_at_risk(ctx.for_brand(brand_id, brand.zone, brand.currency))


# Sorted before "segments", so that those built on the at-risk segment are evaluated after it.
profiles.on_new_states("insight", follow_states)
