"""The room's part of a person: what was planned and sent to them, what keeps them from being contacted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.channels import store_people
from regulars.core.ctx import Ctx


class ChannelsPeople:
    """Rows carry the uid a person had when they were written (a suid for ever), so a merge rewrites nothing."""

    room: str = "channels"

    def realigned(self, ctx: Ctx, uids: Sequence[int]) -> None:
        """Nothing is derived per person."""

    def erase(self, ctx: Ctx, suids: Sequence[int]) -> int:
        """Delete what was said to these people and every count of it; a request under way loses them too."""
        return store_people.erase(ctx, suids)

    def export(self, ctx: Ctx, suids: Sequence[int]) -> dict[str, Any]:
        """Return the messages, suppressions and contact counts of a person."""
        return store_people.export(ctx, suids)
