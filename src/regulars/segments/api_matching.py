"""The door for what rooms above ask of people who stand before them: for whom a rule holds now."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.core.ctx import Ctx
from regulars.core.rule import LakeBinding, Rule, check, fields
from regulars.identity import api as identity
from regulars.profiles import api as profiles
from regulars.segments import refresh, store, store_lake
from regulars.segments.store_lake import Membership
from regulars.segments.testing import Testing

FEW = 20_000
"""So many are asked one by one; of more, everybody the rule finds is looked up."""


def matching(ctx: Ctx, rule: Rule, uids: Sequence[int]) -> set[int]:
    """Return those of these uids whose person the rule holds for now, whatever the actor's reach. Raises BadInput.

    uids: of any time; a person is asked about as who they are today.
    """
    check(rule, fields)
    if not uids:
        return set()
    today = identity.uid_of(ctx, list(uids))
    people = {today.get(uid, uid) for uid in uids}
    if len(people) > FEW:
        found = set(refresh.told(ctx, rule, lambda answer: store_lake.named(ctx, answer), scoped=False).to_pylist())
    else:
        found = _asked(ctx, rule, people)
    return {uid for uid in uids if today.get(uid, uid) in found}


def _asked(ctx: Ctx, rule: Rule, people: set[int]) -> set[int]:
    testing = Testing(ctx, {0: rule}, LakeBinding(brand_id=ctx.brand_id, state_on=refresh.state_day(ctx)))
    versions = store.versions_of(ctx, sorted(testing.built_on(0)))
    memberships = [Membership(segment_id, known) for segment_id, known in versions.items()]
    with profiles.alone_aside(ctx):
        return testing.members(0, testing.ask(people, memberships))
