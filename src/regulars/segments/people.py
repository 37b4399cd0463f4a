"""The segments room's part of a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.core.ctx import Ctx
from regulars.segments import refresh, store, store_lake
from regulars.workspace import api as workspace


class SegmentPersonData:
    """Memberships follow merges, end with erasure, and belong to a person's own copy."""

    room = "segments"

    def realigned(self, ctx: Ctx, uids: Sequence[int]) -> None:
        """Test everybody concerned again, in every brand that has segments. uids: all numbers concerned."""
        for brand_id in store.brands_with_segments(ctx):
            refresh.realign(for_brand(ctx, brand_id), uids)

    def erase(self, ctx: Ctx, suids: Sequence[int]) -> int:
        """Take the numbers out of every version of every segment."""
        return refresh.erase(ctx, suids)

    def export(self, ctx: Ctx, suids: Sequence[int]) -> dict[str, Any]:
        """Return the names of the segments the person is in."""
        names = [
            segment.name
            for segment in store.listed_everywhere(ctx)
            if store_lake.among(ctx, refresh.membership(ctx, segment), suids)
        ]
        return {"segments": sorted(names)}


def for_brand(ctx: Ctx, brand_id: int) -> Ctx:
    """Return the context for a brand, in its zone and currency."""
    if brand_id == ctx.brand_id:
        return ctx
    brand = workspace.brand(ctx.tx, brand_id)
    return ctx.for_brand(brand_id, brand.zone, brand.currency)


person_data = SegmentPersonData()
