"""The door to segments that hold the people of tags: the room of tags says what they are, this one keeps them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import Conflict
from regulars.segments import api, refresh, store, store_kept
from regulars.segments.contract import TAG_KEY, Segment

__all__ = ["choices", "inside_since", "of_tags", "own", "people_by_day", "register_choices", "rename"]

Choices = Callable[[Ctx], list[dict[str, Any]]]
_choices: list[Choices] = []


def register_choices(made: Choices) -> None:
    """Let the room of tags say which tags conditions can ask about: JSON-safe, for the builder (boot)."""
    _choices[:] = [made]


def choices(ctx: Ctx) -> list[dict[str, Any]]:
    """Return the tags that conditions can ask about."""
    return _choices[0](ctx) if _choices else []


def of_tags(ctx: Ctx, tag_ids: Collection[int]) -> dict[str, Segment]:
    """Return the segments of these tags by key, with the people that the scope reaches."""
    begins = [f"{TAG_KEY}{tag_id}:" for tag_id in tag_ids]
    found = {s.key: s for s in store.kept(ctx, begins) if s.key is not None}
    return found if ctx.scope.stores is None else {key: api.get(ctx, s.id) for key, s in found.items()}


def own(ctx: Ctx, segment_id: int) -> Segment:
    """Return a segment that people may change themselves. Raises SegmentNotFound, Conflict for one of a tag."""
    found = api.get(ctx, segment_id)
    if found.of_tag:
        raise Conflict(
            f"{found.name} holds the people of a tag.", "Change or retire the tag instead.", code="segment.of_tag"
        )
    return found


def rename(ctx: Ctx, names: dict[int, str]) -> None:
    """Give segments new names, also each other's. Raises Conflict for a name that yet another has."""
    for aside in (True, False):
        for segment_id, name in sorted(names.items()):
            found = api.get(ctx, segment_id)
            api.update(
                ctx, segment_id, name=f"{found.key}" if aside else name, description=found.description, rule=None
            )


def inside_since(ctx: Ctx, ids: Collection[int], uid: int) -> dict[int, datetime | None]:
    """Return of these segments those a person is in, and since when; None when it is not on record.

    Who has been merged since counts as having come with the merge.
    """
    memberships = [refresh.Membership(i, versions) for i, versions in store.versions_of(ctx, sorted(ids)).items()]
    inside = store_kept.inside(ctx, memberships, uid)
    joined = store_kept.last_joined(ctx, inside, uid) if inside else {}
    at = store.runs_of(ctx, list(joined.values()))
    return {i: at.get(joined.get(i, 0)) for i in inside}


def people_by_day(ctx: Ctx, ids: Sequence[int], since: date) -> list[tuple[int, date, int]]:
    """Return (segment, business day, people) of the days on which a refresh was made, in order of both."""
    return store.people_by_day(ctx, ids, since)
