"""Identity's own part of a person: the identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.core.ctx import Ctx
from regulars.identity import alignment, store, store_people, value_blocks


class IdentityData:
    """The port of this room; it derives nothing per person, so a realignment leaves it as it is."""

    room = alignment.ROOM

    def realigned(self, ctx: Ctx, uids: Sequence[int]) -> None:
        """Do nothing: identity made the change."""

    def erase(self, ctx: Ctx, suids: Sequence[int]) -> int:
        """Delete the identifiers, their values and evidence; return the rows that went. Idempotent."""
        store.lock(ctx.tx)
        ids = store_people.ids_to_erase(ctx.tx, suids)
        reached = store.neighbours(ctx.tx, ids) - set(ids)
        gone = store_people.delete_identifiers(ctx.tx, ids, suids)
        if reached:
            alignment.realign(ctx, alignment.load_policies(ctx), reached, alignment.Cause("erased evidence"))
        return gone

    def export(self, ctx: Ctx, suids: Sequence[int]) -> dict[str, Any]:
        """Return the identifiers with their plain values."""
        rows = list(store.kept_of(ctx.tx, None, suids))
        values = value_blocks.plain(ctx.tx, ((r["block_id"], r["block_at"]) for r in rows))
        return {
            "identifiers": [
                {
                    "ns": r["ns"],
                    "scope": r["scope"],
                    "value": values[r["block_id"], r["block_at"]],
                    "first_seen_at": r["first_seen_at"].isoformat() if r["first_seen_at"] else None,
                }
                for r in rows
            ]
        }
