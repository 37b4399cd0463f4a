"""SQL of who may not be contacted, of everybody at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars.core.ctx import Ctx
from regulars.infra.numbers import Numbers, numbers


def suppressed(ctx: Ctx, channel_class: str) -> Numbers:
    """Return who must not be contacted now in a class of channels."""
    return numbers(
        ctx.tx,
        "select distinct uid from suppression where brand_id = {brand} and channel_class in ({of_class}, '*')"
        " and (until_at is null or until_at > {now})",
        brand=ctx.brand_id,
        of_class=channel_class,
        now=ctx.now,
    )


def spent(ctx: Ctx, window: Mapping[str, Any]) -> Numbers:
    """Return whose budget is used up: channel_class, first (exclusive), last (inclusive), messages.

    Somebody who was several people counts as each of them.
    """
    return numbers(
        ctx.tx,
        "select uid from contact_budget where brand_id = {brand} and channel_class = {channel_class}"
        " and day > {first} and day <= {last} and lane = 0 group by uid having sum(used) >= {messages}",
        brand=ctx.brand_id,
        **window,
    )
