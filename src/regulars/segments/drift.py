"""Whether memberships that were followed step by step are what their rules say of everybody: drift must be zero."""

from __future__ import annotations

from regulars.core.ctx import Ctx
from regulars.core.errors import RegularsError
from regulars.core.rule import Rule
from regulars.identity import api as identity
from regulars.infra import event_log
from regulars.segments import refresh, store, store_lake
from regulars.segments.contract import Segment

CONSUMER = "segments"
"""The follower of the log whose work is checked."""


def check(ctx: Ctx, segment: Segment) -> int:
    """Evaluate a segment's rule for everybody and put its membership right; return how many were in or out wrongly.

    What is found stands in the segment's history. People of whom the log holds something not followed yet are left to
    the follower. A failure of the lake is kept with the segment.
    """
    store.lock_all(ctx, [segment.id])
    assert segment.rule is not None, "a dynamic segment has a rule"  # noqa: S101 - a constraint of the table
    try:
        with ctx.tx.transaction():
            return _checked(ctx, segment, segment.rule)
    except RegularsError as error:
        store.set_state(ctx, segment.id, "failed", f"{error.message} {error.hint}".strip()[:1000])
        return 0


def _checked(ctx: Ctx, segment: Segment, rule: Rule) -> int:
    before = refresh.membership(ctx, segment)
    differing, path = refresh.told(
        ctx, rule, lambda found: (store_lake.difference(ctx, before, found), found.path), scoped=False
    )
    late = _on_their_way(ctx) if differing else set[int]()
    wrong = {uid: direction for uid, direction in differing.items() if uid not in late}
    joined = {uid for uid, direction in wrong.items() if direction > 0}
    change = refresh.Change(segment, joined, wrong.keys() - joined, path)
    refresh.write_changes(ctx, [change], day=refresh.day_of(ctx), origin="rebuild", drift=len(wrong))
    return len(wrong)


def _on_their_way(ctx: Ctx) -> set[int]:
    """Return the people of whom the log holds something that the follower has not taken."""
    suids: set[int] = set()
    for event in event_log.unread(ctx, CONSUMER):
        if event.suid is not None:
            suids.add(event.suid)
        if event.type == "person.realigned":
            suids.update(event.props["uids"], *event.props["aliases"])
    return {*suids, *identity.uid_of(ctx, suids).values()}
