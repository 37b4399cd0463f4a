"""The room's part of a person: runs they were in, the arm they were given, marks on their way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.core.ctx import Ctx
from regulars.journeys import store_people


class JourneysPeople:
    """Rows carry the uid a person had when they were written (a suid for ever), so a merge rewrites nothing."""

    room: str = "journeys"

    def realigned(self, ctx: Ctx, uids: Sequence[int]) -> None:
        """Nothing is derived per person: results ask who is who when they are read."""

    def erase(self, ctx: Ctx, suids: Sequence[int]) -> int:
        """Take the people out of every run, also out of those under way, and out of the arms in the lake."""
        return store_people.erase(ctx, suids)

    def export(self, ctx: Ctx, suids: Sequence[int]) -> dict[str, Any]:
        """Return the campaigns a person was in, with the arm."""
        return store_people.export(ctx, suids)
