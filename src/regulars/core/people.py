"""The port that every room holding people implements, so that merge, erasure and export are complete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from regulars.core.ctx import Ctx


class PersonData(Protocol):
    """One room's part of a person.

    Facts are kept by suid (the uid first minted for the event's strongest identifier) and never rewritten;
    who a suid belongs to is the alias alone. So `realigned` only refreshes what a room derives per person.
    """

    room: str

    def realigned(self, ctx: Ctx, uids: Sequence[int]) -> None:
        """The grouping of suids into these uids changed (merge or un-merge): refresh what is derived."""
        ...

    def erase(self, ctx: Ctx, suids: Sequence[int]) -> int:
        """Delete all that is known about these suids; return how many rows went. Idempotent."""
        ...

    def export(self, ctx: Ctx, suids: Sequence[int]) -> dict[str, Any]:
        """Return all that is known about these suids, JSON-safe, for the person's own copy."""
        ...


class PersonDataPorts:
    """The ports of all rooms, in the order in which boot registered them."""

    def __init__(self) -> None:
        self._ports: dict[str, PersonData] = {}

    def register(self, port: PersonData) -> None:
        """Add a room's port; the same room again replaces it."""
        self._ports[port.room] = port

    def all(self) -> tuple[PersonData, ...]:
        """Return the registered ports."""
        return tuple(self._ports.values())


person_data = PersonDataPorts()
