"""Who did what, written down in the transaction in which it is done."""

from __future__ import annotations

from typing import Any

from regulars.core.ctx import Ctx
from regulars.workspace import store

Json = dict[str, Any] | list[Any] | str | int | float | bool | None


def audit(ctx: Ctx, action: str, object_kind: str, object_id: object, before: Json = None, after: Json = None) -> None:
    """Write who did what in the caller's transaction. before and after: JSON-safe, never personal data."""
    store.audit(
        ctx,
        {
            "brand_id": ctx.brand_id,
            "at": ctx.clock.system_now(),
            "actor_kind": ctx.actor.kind,
            "actor_id": ctx.actor.id,
            "actor_name": ctx.actor.name,
            "request_id": ctx.request_id,
            "address": ctx.address,
            "action": action,
            "object_kind": object_kind,
            "object_id": str(object_id),
            "before": before,
            "after": after,
        },
    )
