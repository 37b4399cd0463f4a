"""Of whom facts came in lately: what answers kept by other rooms are corrected by."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa

from regulars.core.ctx import Ctx

EVERYTHING = "*"
"""Stands for every relation: who somebody is has changed."""


def note(ctx: Ctx, brand_id: int, suids: Mapping[str, Collection[int]]) -> None:
    """Say whose rows of which relations are new. suids: by relation ("order", "event:page.viewed"), or EVERYTHING."""
    what = [name for name, theirs in suids.items() for _ in theirs]
    numbers = [suid for theirs in suids.values() for suid in theirs]
    if numbers:
        ctx.lake.insert(
            "touched",
            pa.table(
                {
                    "brand_id": pa.array([brand_id] * len(numbers), pa.uint16()),
                    "what": pa.array(what, pa.string()),
                    "suid": pa.array(numbers, pa.uint32()),
                }
            ),
        )
