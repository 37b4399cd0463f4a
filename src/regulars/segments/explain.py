"""Why somebody is in a segment or not: each condition in words, and what is known of the person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.rule import PersonView, Rule, fields, matches
from regulars.core.rule import explain as explain_leaves
from regulars.core.rule.sentence import sentence
from regulars.core.text import Text
from regulars.profiles import api as profiles
from regulars.segments import logic, refresh, store, store_lake
from regulars.segments.contract import Reason, Segment, Why


def in_words(ctx: Ctx, rule: Rule) -> Text:
    """Return a rule as a sentence, segments by their names, money in the brand's currency."""
    listed = store.listed(ctx) if logic.built_on(rule) else []
    names = {s.id: s.name for s in listed}
    tags = {s.id for s in listed if s.of_tag}
    return Text(
        sentence(rule, fields, "zh", currency=ctx.currency, segments=names, tags=tags),
        sentence(rule, fields, "en", currency=ctx.currency, segments=names, tags=tags),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A person as profiles shows them, with the segments that profiles cannot know of."""

    person: PersonView
    inside: Collection[int]

    def field(self, key: str) -> object | None:
        return self.person.field(key)

    def rows(self, relation: str) -> Sequence[Mapping[str, Any]]:
        return self.person.rows(relation)

    def segments(self) -> Collection[int]:
        return self.inside


def explain(ctx: Ctx, segment: Segment, uid: int) -> Why:
    """Compare the stored membership to what the rule says of the person right now. Raises NotFound."""
    person = profiles.view(ctx, uid)
    member = _is_in(ctx, segment, uid)
    if segment.rule is None or segment.kind == "static":
        return Why(member, None, ())
    inside = {i for i in logic.built_on(segment.rule) if (s := store.get(ctx, i)) and _is_in(ctx, s, uid)}
    seen = _Seen(person, inside)
    reasons = [
        Reason(one.ok, in_words(ctx, one.leaf), one.path, _json(one.found))
        for one in explain_leaves(segment.rule, seen, ctx.today)
    ]
    return Why(member, matches(segment.rule, seen, ctx.today).ok, tuple(reasons))


def _is_in(ctx: Ctx, segment: Segment, uid: int) -> bool:
    return bool(store_lake.among(ctx, refresh.membership(ctx, segment), [uid]))


def _json(found: object) -> object:
    if isinstance(found, date):
        return found.isoformat()
    if isinstance(found, str | int | bool) or found is None:
        return found
    return sorted(str(item) for item in found) if isinstance(found, Collection) else str(found)  # pyright: ignore[reportUnknownVariableType] - a set field's items are text
