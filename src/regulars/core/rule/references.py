"""What a rule depends on, and the hash under which its answer may be kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from regulars.core.rule.ast import (
    BirthdayWithin,
    CountWithin,
    Did,
    FieldLeaf,
    Group,
    In,
    InSegment,
    Not,
    OlderThanDays,
    RowsLeaf,
    Rule,
    StepSequence,
    WithinDays,
    leaves,
    wheres,
)
from regulars.core.rule.schema import dump
from regulars.core.rule.window import LastDays

_EVENT = "event:"


@dataclass(frozen=True, slots=True)
class References:
    """What a change must touch before the rule's answer can change.

    fields: field keys, also those inside `where` and `of`. relations: of leaves about rows. event_types: of
    relations "event:<type>". segments: ids. day_bound: the answer changes when a day passes.
    """

    fields: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    event_types: frozenset[str] = frozenset()
    segments: frozenset[int] = frozenset()
    day_bound: bool = False


def references(rule: Rule) -> References:
    """Collect what the rule refers to."""
    fields: set[str] = set()
    relations: set[str] = set()
    segments: set[int] = set()
    day_bound = False
    pending: list[Rule] = [rule]
    while pending:
        for _, leaf in leaves(pending.pop()):
            if isinstance(leaf, FieldLeaf):
                fields.add(leaf.field)
                day_bound |= isinstance(leaf, WithinDays | OlderThanDays | BirthdayWithin)
            elif isinstance(leaf, InSegment):
                segments.add(leaf.segment_id)
            elif isinstance(leaf, RowsLeaf):
                relations.update(relation for _, relation, _ in wheres(leaf))
                pending.extend(where for _, _, where in wheres(leaf) if where is not None)
                fields.update([leaf.of] if not isinstance(leaf, StepSequence) and leaf.of else [])
                day_bound |= isinstance(leaf.window, LastDays) or _waits(leaf)
    return References(
        fields=frozenset(fields),
        relations=frozenset(relations),
        event_types=frozenset(key.removeprefix(_EVENT) for key in relations if key.startswith(_EVENT)),
        segments=frozenset(segments),
        day_bound=day_bound,
    )


def _waits(leaf: RowsLeaf) -> bool:
    """Tell whether the leaf holds only after some days have passed without a row."""
    return isinstance(leaf, StepSequence) and leaf.steps[-1].absent


def condition_hash(rule: Rule, *parts: str | int) -> str:
    """Return 32 hex digits, the same for rules that differ only in the order or repetition of their parts.

    parts: whatever else the answer depends on, e.g. brand, business day, segment versions.
    Source: SHA-256 of the canonical JSON, first 16 bytes.
    """
    text = json.dumps([_canonical(rule), *parts], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _canonical(rule: Rule) -> dict[str, Any]:
    match rule:
        case Group():
            inner = {json.dumps(_canonical(child), sort_keys=True) for child in rule.rules}
            if len(inner) == 1:
                return json.loads(inner.pop())
            return {"op": rule.op, "rules": [json.loads(text) for text in sorted(inner)]}
        case Not():
            return {"op": "not", "rule": _canonical(rule.rule)}
        case In():
            values = sorted({json.dumps(value) for value in rule.values})
            return {"op": "in", "field": rule.field, "values": [json.loads(value) for value in values]}
        case Did() | CountWithin() if rule.where is not None:
            return dump(rule) | {"where": _canonical(rule.where)}
        case StepSequence():
            steps = [
                dump_step | {"where": None if step.where is None else _canonical(step.where)}
                for step, dump_step in zip(rule.steps, dump(rule)["steps"], strict=True)
            ]
            return dump(rule) | {"steps": steps}
        case _:
            return dump(rule)
