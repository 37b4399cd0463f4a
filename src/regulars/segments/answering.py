"""Answers a rule for everybody: its parts are taken from what is kept, corrected by just what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.rule import LakeBinding, Rule, fields
from regulars.core.rule.ast import Everyone, Group, Has
from regulars.core.rule.lake import COST, Path
from regulars.core.rule.parts import Part, SegmentPart, Signed, Taking, Together
from regulars.profiles import api as profiles
from regulars.segments import store_lake, store_leaves
from regulars.segments.narrowing import each_source
from regulars.segments.store_lake import Membership
from regulars.segments.store_leaves import Answer, Source, Standing, Touched

CORRECTED_AT_MOST = 20_000
"""Beyond so many people with new rows an answer is taken anew."""


@dataclass(slots=True)
class _Draft:
    sources: list[Source] = field(default_factory=list[Source])
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    names: dict[str, str] = field(default_factory=dict[str, str])
    """Expression of a part's bitmap by the part's key."""
    path: Path = "bitmap"

    def add(self, source: Source, parameters: Mapping[str, Any]) -> str:
        self.sources.append(source)
        self.parameters.update(parameters)
        return source.name

    def took(self, path: Path) -> None:
        self.path = max(self.path, path, key=COST.__getitem__)


class Answering:
    """Puts the answer to one rule together. memberships: of the segments it asks about, by id."""

    def __init__(self, ctx: Ctx, bind: LakeBinding, memberships: Mapping[int, Membership]) -> None:
        self.ctx = ctx
        self.memberships = memberships
        self.taking = Taking(fields, today=ctx.today, bind=bind)

    def answer(self, rule: Rule, *, scoped: bool) -> Answer:
        """Return who the rule holds for. scoped: only people whom the actor's scope reaches."""
        stores = self.ctx.scope.stores
        if scoped and stores is not None:
            reach = tuple(Has(field="person.stores", value=store) for store in sorted(stores))
            rule = Group(op="and", rules=(rule, Group(op="or", rules=reach)))
        root = self.taking.apart(rule)
        everybody = self.taking.apart(Everyone())
        assert isinstance(everybody.node, Part), everybody  # noqa: S101 - it lies on the person row
        parts = {part.key: part for part in root.parts() if isinstance(part, Part)}
        if _open(root):
            parts[everybody.node.key] = everybody.node
        draft = _Draft(parameters={"brand_id": self.ctx.brand_id})
        here = store_leaves.standing(self.ctx, {key: part.kind == "rows" for key, part in parts.items()})
        fresh = [part for part in parts.values() if part.key not in here.kept]
        for part in fresh:
            self._take(part, here)
            draft.took(part.path)
        if fresh:
            here = store_leaves.standing(self.ctx, {key: part.kind == "rows" for key, part in parts.items()})
        for number, part in enumerate(parts.values()):
            draft.names[part.key] = self._current(draft, part, here, f"k{number}")
        expression, others = self._expression(draft, root)
        if others:
            expression = f"bitmapAndnot({draft.names[everybody.node.key]}, {expression})"
        return Answer(store_leaves.combined(draft.sources, expression), draft.parameters, draft.path, here.generation)

    # --- parts ------------------------------------------------------------------------------------------
    def _take(self, part: Part, here: Standing) -> None:
        if part.kind == "person":
            condition, bound = self.taking.condition(part, "v")
            base, _ = profiles.state_halves(self.ctx)
            store_leaves.keep(self.ctx, part.key, here.generation, store_leaves.where(base, condition), bound)
        else:
            people, bound = self.taking.people(part, "v")
            store_leaves.keep(self.ctx, part.key, here.rebuilt, people, bound)

    def _current(self, draft: _Draft, part: Part, here: Standing, name: str) -> str:
        """Return the expression of the people of a part as of now; its sources join the draft."""
        kept = here.kept[part.key]
        touched: Touched | None = None
        if part.kind == "rows":
            touched = Touched.between(kept.taken_at, here.now, sorted(part.relations), f"{name}t")
            people = touched.count(self.ctx, CORRECTED_AT_MOST)
            if people > CORRECTED_AT_MOST:
                self._take(part, here)
                draft.took(part.path)
                kept = store_leaves.standing(self.ctx, {part.key: True}).kept[part.key]
            touched = touched if 0 < people <= CORRECTED_AT_MOST else None
        key = {f"{name}_key": kept.key, f"{name}_at": kept.taken_at}
        stored = draft.add(store_leaves.kept_source(name, name), key)
        if part.kind == "person":
            return self._corrected_by_delta(draft, part, here, stored)
        return self._corrected_by_rows(draft, part, touched, stored) if touched else stored

    def _corrected_by_delta(self, draft: _Draft, part: Part, here: Standing, stored: str) -> str:
        if not here.changed:
            return stored
        if "delta" not in draft.names:
            draft.names["delta"] = draft.add(store_leaves.people_source("delta", store_leaves.CHANGED), {})
        condition, bound = self.taking.condition(part, f"{stored}_")
        _, changed = profiles.state_halves(self.ctx)
        new = draft.add(store_leaves.people_source(f"{stored}n", store_leaves.where(changed, condition)), bound)
        return f"bitmapOr(bitmapAndnot({stored}, delta), {new})"

    def _corrected_by_rows(self, draft: _Draft, part: Part, touched: Touched, stored: str) -> str:
        here = Taking(each_source(touched.narrowed), today=self.taking.today, bind=self.taking.given)
        people, bound = here.people(part, f"{stored}_")
        old = draft.add(store_leaves.people_source(f"{stored}o", touched.sql), touched.parameters)
        new = draft.add(store_leaves.people_source(f"{stored}n", people), bound)
        return f"bitmapOr(bitmapAndnot({stored}, {old}), {new})"

    # --- algebra ----------------------------------------------------------------------------------------
    def _expression(self, draft: _Draft, signed: Signed) -> tuple[str, bool]:
        node = signed.node
        if isinstance(node, Part):
            return draft.names[node.key], signed.others
        if isinstance(node, SegmentPart):
            return self._segment(draft, node.segment_id), signed.others
        expression, others = self._together(draft, node)
        return expression, others != signed.others

    def _together(self, draft: _Draft, node: Together) -> tuple[str, bool]:
        found = [self._expression(draft, part) for part in node.parts]
        if node.op == "or":  # a or b = not (not a and not b)
            found = [(bitmap, not others) for bitmap, others in found]
        inside = [bitmap for bitmap, others in found if not others]
        outside = [bitmap for bitmap, others in found if others]
        if inside:
            kept, others = reduce("bitmapAnd({}, {})".format, inside), False
            if outside:
                kept = f"bitmapAndnot({kept}, {reduce('bitmapOr({}, {})'.format, outside)})"
        else:
            kept, others = reduce("bitmapOr({}, {})".format, outside), True
        return kept, others != (node.op == "or")

    def _segment(self, draft: _Draft, segment_id: int) -> str:
        name = f"s{segment_id}"
        if name not in draft.names:
            membership = self.memberships[segment_id]
            source = store_leaves.membership_source(name, store_lake.bitmaps(name))
            draft.names[name] = draft.add(source, membership.bind(name))
        return name


def _open(signed: Signed) -> bool:
    """Tell whether the answer may be a complement, so that everybody must be known."""
    return signed.others or (isinstance(signed.node, Together) and any(_open(part) for part in signed.node.parts))
