"""Answers a rule for everybody: its parts are taken from what is kept, corrected by just what has changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, TypeVar

from regulars.core.ctx import Ctx
from regulars.core.errors import Unavailable
from regulars.core.rule import LakeBinding, Rule, fields
from regulars.core.rule.ast import Everyone, Group, Has
from regulars.core.rule.lake import Path
from regulars.core.rule.parts import Part, SegmentPart, Signed, Taking, Together, dearest
from regulars.infra.lake import NoLongerSo
from regulars.profiles import api as profiles
from regulars.segments import store_lake, store_leaves
from regulars.segments.narrowing import each_source
from regulars.segments.store_lake import Membership
from regulars.segments.store_leaves import Answer, Kept, Kind, Source, Standing, Touched

CORRECTED_AT_MOST = 20_000
"""Beyond so many people with new rows an answer is taken anew."""

_TRIES = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is kept under a key. take: SELECT of its `uid` and the parameters, asked for only when nothing is kept."""

    key: str
    kind: Kind
    path: Path
    take: Callable[[], tuple[str, Mapping[str, Any]]]
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class ToTake:
    """A part of a rule before it is answered. people: the SELECT that would take it; None: its answer is kept."""

    path: Path
    people: str | None
    parameters: Mapping[str, Any]


@dataclass(slots=True)
class _Draft:
    here: Standing
    kept: dict[str, Kept] = field(default_factory=dict[str, Kept])
    sources: list[Source] = field(default_factory=list[Source])
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    expressions: dict[str, str] = field(default_factory=dict[str, str])
    """Of a piece's bitmap as of now, by its key."""

    def add(self, name: str, people: str, parameters: Mapping[str, Any]) -> str:
        """Add the bitmap of a SELECT of `uid` under a name."""
        if all(source.name != name for source in self.sources):
            self.sources.append(store_leaves.people_source(name, people))
            self.parameters.update(parameters)
        return name


class Answering:
    """Puts the answer to one rule together. memberships: of the segments it asks about, by id."""

    def __init__(self, ctx: Ctx, bind: LakeBinding, memberships: Mapping[int, Membership]) -> None:
        self.ctx = ctx
        self.memberships = memberships
        self.taking = Taking(fields, today=ctx.today, bind=bind)
        self._seen: tuple[Mapping[str, Kind], Standing] | None = None

    def told(self, rule: Rule, ask: Callable[[Answer], T], *, scoped: bool) -> T:
        """Return what `ask` finds in the answer to the rule. scoped: only people whom the actor's scope reaches.

        Asked again when something the answer goes by went or was replaced meanwhile; what `ask` wrote is then undone.
        Raises Unavailable when that happens again and again.
        """
        for _ in range(_TRIES):
            try:
                with self.ctx.tx.transaction():
                    answer, here = self._answer(rule, scoped=scoped)
                    found = ask(answer)
                    store_leaves.confirm(self.ctx, here)
                    return found
            except NoLongerSo:
                self._seen = None
        raise Unavailable("Everybody's states change too fast to be counted now.", "Try again in a minute.")

    def _answer(self, rule: Rule, *, scoped: bool) -> tuple[Answer, Standing]:
        everybody = self._reached() if scoped else self.taking.apart(Everyone())
        root = self.taking.apart(rule)
        pieces = {piece.key: piece for one in (root, everybody) for piece in map(self._piece, one.parts())}
        kinds = _kinds(pieces)
        here = self._standing(kinds)
        missing = [piece for key, piece in pieces.items() if key not in here.kept]
        for piece in missing:
            self._take(piece, here)
        if missing:
            here = store_leaves.standing(self.ctx, kinds)
        if not pieces.keys() <= here.kept.keys():
            raise NoLongerSo("A part's answer went as soon as it was taken.", "Ask again.")
        draft = _Draft(here)
        taken: list[Path] = [piece.path for piece in missing]
        for number, piece in enumerate(pieces.values()):
            if self._write(draft, piece, f"k{number}"):
                taken.append(piece.path)
        people, others = self._expression(draft, root)
        all_people, _ = self._expression(draft, everybody)
        # lists may name people who are nobody any more, or beyond the scope
        whole = f"bitmapAndnot({all_people}, {people})" if others else f"bitmapAnd({all_people}, {people})"
        found = store_leaves.combined(draft.kept, draft.sources, whole, all_people)
        parameters = {**found.parameters, **draft.parameters, "brand_id": self.ctx.brand_id}
        return replace(found, parameters=parameters, path=dearest(taken, "bitmap")), here

    def to_take(self, rule: Rule) -> list[ToTake]:
        """Return what `told` with the scope would take: the rule's parts, then those of everybody.

        Where that is nothing, `told` goes on from what was seen now: looking again would find the same.
        """
        both = (self.taking.apart(rule), self._reached())
        pieces = {piece.key: piece for one in both for piece in map(self._piece, one.parts())}
        kinds = _kinds(pieces)
        here = store_leaves.standing(self.ctx, kinds)
        self._seen = (kinds, here) if kinds.keys() <= here.kept.keys() else None
        return [ToTake(p.path, *((None, {}) if key in here.kept else p.take())) for key, p in pieces.items()]

    def _standing(self, kinds: Mapping[str, Kind]) -> Standing:
        if self._seen is not None and self._seen[0] == kinds:
            return self._seen[1]
        return store_leaves.standing(self.ctx, kinds)

    def _reached(self) -> Signed:
        stores = self.ctx.scope.stores
        if stores is None:
            return self.taking.apart(Everyone())
        reach = Group(op="or", rules=tuple(Has(field="person.stores", value=store) for store in sorted(stores)))
        return self.taking.apart(reach)

    # --- pieces -----------------------------------------------------------------------------------------
    def _piece(self, part: Part | SegmentPart) -> _Piece:
        if isinstance(part, SegmentPart):
            where = self.memberships[part.segment_id]
            key = f"segment:{part.segment_id}:{where.versions[-1] if where.versions else 0}"
            return _Piece(key, "segment", "bitmap", lambda: (store_lake.people("m"), where.bind("m")))
        if part.kind == "rows":
            return _Piece(part.key, "rows", part.path, lambda: self.taking.people(part, "v"), part)
        return _Piece(part.key, "person", part.path, lambda: self._of_base(part), part)

    def _of_base(self, part: Part) -> tuple[str, Mapping[str, Any]]:
        condition, bound = self.taking.condition(part, "v")
        base, _ = profiles.state_halves(self.ctx)
        return store_leaves.where(base, condition), bound

    def _take(self, piece: _Piece, here: Standing) -> None:
        people, bound = piece.take()
        store_leaves.keep(self.ctx, piece.key, here.bases[piece.kind], people, bound)

    def _write(self, draft: _Draft, piece: _Piece, name: str) -> bool:
        """Write the expression of a piece as of now into the draft; tell whether it had to be taken anew."""
        kept, anew = draft.here.kept[piece.key], False
        corrected = name
        if piece.kind == "rows" and piece.part is not None:
            touched = Touched.between(kept.taken_at, draft.here.now, sorted(piece.part.relations), f"{name}t")
            people = touched.count(self.ctx, CORRECTED_AT_MOST)
            if people > CORRECTED_AT_MOST:
                self._take(piece, draft.here)
                taken = store_leaves.standing(self.ctx, {piece.key: "rows"}).kept.get(piece.key)
                if taken is None:
                    raise NoLongerSo("A part's answer went as soon as it was taken.", "Ask again.")
                kept, anew = taken, True
            elif people:
                corrected = self._corrected_by_rows(draft, piece.part, touched, name)
        elif piece.kind == "person" and piece.part is not None and draft.here.changed:
            corrected = self._corrected_by_delta(draft, piece.part, name)
        draft.kept[name] = kept
        draft.expressions[piece.key] = corrected
        return anew

    def _corrected_by_delta(self, draft: _Draft, part: Part, name: str) -> str:
        old = draft.add("delta", store_leaves.CHANGED, {})
        condition, bound = self.taking.condition(part, f"{name}_")
        _, changed = profiles.state_halves(self.ctx)
        new = draft.add(f"{name}n", store_leaves.where(changed, condition), bound)
        return f"bitmapOr(bitmapAndnot({name}, {old}), {new})"

    def _corrected_by_rows(self, draft: _Draft, part: Part, touched: Touched, name: str) -> str:
        narrow = Taking(each_source(touched.narrowed), today=self.taking.today, bind=self.taking.given)
        people, bound = narrow.people(part, f"{name}_")
        old = draft.add(f"{name}o", touched.sql, touched.parameters)
        new = draft.add(f"{name}n", people, bound)
        return f"bitmapOr(bitmapAndnot({name}, {old}), {new})"

    # --- algebra ----------------------------------------------------------------------------------------
    def _expression(self, draft: _Draft, signed: Signed) -> tuple[str, bool]:
        node = signed.node
        if isinstance(node, Together):
            expression, others = self._together(draft, node)
            return expression, others != signed.others
        return draft.expressions[self._piece(node).key], signed.others

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


def _kinds(pieces: Mapping[str, _Piece]) -> dict[str, Kind]:
    return {key: piece.kind for key, piece in pieces.items()}
