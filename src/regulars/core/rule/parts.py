"""A rule taken apart into parts that are answered, and their answers kept, each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from regulars.core.rule.ast import Did, Group, InSegment, Not, RowsLeaf, Rule, children, leaves
from regulars.core.rule.catalog import FieldCatalog
from regulars.core.rule.lake import COST, Counted, LakeBinding, LakeCompiler, Path
from regulars.core.rule.references import condition_hash, references


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a rule that is answered by itself.

    kind: "person" = a condition on person rows, "rows" = a leaf that reads rows. key: equal keys have equal answers
    as long as no fact changes. relations: whose rows it reads, none for "person".
    """

    kind: Literal["person", "rows"]
    rule: Rule
    key: str
    path: Path
    relations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """The people of a segment."""

    segment_id: int


@dataclass(frozen=True, slots=True)
class Together:
    """All ("and") or any ("or") of the parts."""

    op: Literal["and", "or"]
    parts: tuple[Signed, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A node, or with `others` its complement: everybody on record but those."""

    node: Part | SegmentPart | Together
    others: bool = False

    def parts(self) -> Iterator[Part | SegmentPart]:
        """Yield the parts below, in order; the same part may come again."""
        if isinstance(self.node, Together):
            for one in self.node.parts:
                yield from one.parts()
        else:
            yield self.node


class Taking:
    """Takes checked rules apart for a business day."""

    def __init__(self, catalog: FieldCatalog, *, today: date, bind: LakeBinding) -> None:
        self.catalog = catalog
        self.today = today
        self.given = bind

    def apart(self, rule: Rule) -> Signed:
        """Return the rule in as few parts as can be answered cheaply: neighbours on the person row stay together."""
        if self._on_person(rule):
            return Signed(self._person(rule))
        match rule:
            case Not():
                inner = self.apart(rule.rule)
                return Signed(inner.node, not inner.others)
            case Group():
                beside = tuple(child for _, child in children(rule) if self._on_person(child))
                rest = [self.apart(child) for _, child in children(rule) if not self._on_person(child)]
                if beside:
                    joined = beside[0] if len(beside) == 1 else Group(op=rule.op, rules=beside)
                    rest.insert(0, Signed(self._person(joined)))
                return rest[0] if len(rest) == 1 else Signed(Together(rule.op, tuple(rest)))
            case InSegment():
                return Signed(SegmentPart(rule.segment_id))
            case _:
                assert isinstance(rule, RowsLeaf), rule  # noqa: S101 - every other leaf lies on the person row
                _, others = self._compiler("r").people(rule)
                relations = references(rule).relations
                return Signed(Part("rows", rule, self._key(rule, "rows"), "scan", relations), others)

    def condition(self, part: Part, prefix: str) -> tuple[str, Mapping[str, Any]]:
        """Return the condition on a person row, and its parameters. prefix: of their names."""
        compiler = self._compiler(prefix)
        return compiler.condition(part.rule), compiler.values

    def people(self, part: Part, prefix: str) -> tuple[str, Mapping[str, Any]]:
        """Return the SELECT of the uids whose rows fulfil the leaf, and its parameters."""
        assert isinstance(part.rule, RowsLeaf), part  # noqa: S101 - made so above
        compiler = self._compiler(prefix)
        found, _ = compiler.people(part.rule)
        return found, compiler.values

    def counted(self, part: Part, prefix: str) -> Counted | None:
        """Return what is counted over rows where the leaf asks for no more, so that several can share one reading."""
        if part.kind == "rows" and isinstance(part.rule, Did):
            return self._compiler(prefix).counted(part.rule)
        return None

    def _compiler(self, prefix: str) -> LakeCompiler:
        return LakeCompiler(self.catalog, self.today, self.given, prefix)

    def _on_person(self, rule: Rule) -> bool:
        compiler = self._compiler("o")
        for _, leaf in leaves(rule):
            if isinstance(leaf, InSegment) or (isinstance(leaf, RowsLeaf) and compiler.on_person(leaf, "") is None):
                return False
        return True

    def _person(self, rule: Rule) -> Part:
        compiler = self._compiler("o")
        compiler.condition(rule)
        return Part("person", rule, self._key(rule, "person"), dearest([leaf.path for leaf in compiler.paths], "state"))

    def _key(self, rule: Rule, kind: str) -> str:
        day = self.today.isoformat() if references(rule).day_bound else ""
        return condition_hash(rule, kind, day, str(self.given.state_on == self.today))


def dearest(paths: Sequence[Path], least: Path) -> Path:
    """Return the dearest of the paths, at least `least`."""
    found: list[Path] = [least, *paths]
    return max(found, key=COST.__getitem__)
