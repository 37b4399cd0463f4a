"""The live segments: those saved for the suite of rules, and its rules with constants as operators choose them."""

from __future__ import annotations

from regulars.app.boot import House
from regulars.core.rule import Rule, parse
from regulars.segments import api as segments
from regulars_bench.generate import making
from regulars_bench.segments.asking import Draw, Known, Raw
from regulars_bench.segments.on_segments import SAVED
from regulars_bench.segments.suite import CASES

SEGMENTS = 50


def ensure(house: House) -> list[int]:
    """Make the segments that are not there yet; return the ids of all."""
    known = Known(saved(house), making.store_places(house))
    ids = list(known.segments.values())
    for number in range(SEGMENTS - len(ids)):
        case, draw = CASES[number % len(CASES)], number // len(CASES)
        rule, _ = case.ask(Draw(case.name, draw), Raw(case.brand_id), known)
        ids.append(_ensured(house, case.brand_id, f"{case.name} {draw}", parse(rule)))
    return ids


def saved(house: House) -> dict[str, int]:
    """Return the ids of the suite's saved segments by name, made where they are not there yet."""
    return {name: _ensured(house, 0, name, parse(rule)) for name, (rule, _) in SAVED.items()}


def _ensured(house: House, brand_id: int, name: str, rule: Rule) -> int:
    with house.ctx(brand_id) as ctx:
        there = {segment.name: segment.id for segment in segments.listed(ctx, limit=1000)}
        return there.get(name) or segments.create(ctx, name=name, rule=rule).id
