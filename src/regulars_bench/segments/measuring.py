"""Ask each rule of the product and of the raw tables, in turn, and compare times and people."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.compute

from regulars.app.boot import House
from regulars.core.rule import Rule, parse
from regulars.segments import api as segments
from regulars_bench import contract
from regulars_bench.generate import making
from regulars_bench.segments import store_raw
from regulars_bench.segments.asking import Case, Draw, Known, Raw
from regulars_bench.segments.on_segments import SAVED
from regulars_bench.segments.suite import CASES

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

COLD_DRAWS: dict[contract.Scale, int] = {"ci": 2, "1m": 3, "10m": 3, "max": 3}
RAW_DRAWS = 2
WARM_TIMES: dict[contract.Scale, int] = {"ci": 2, "1m": 10, "10m": 10, "max": 10}
"""How often a rule is asked again."""


@dataclass(slots=True)
class Times:
    """Milliseconds. cold: constants asked for the first time; warm: asked again; raw: by hand."""

    cold: list[float] = field(default_factory=list[float])
    warm: list[float] = field(default_factory=list[float])
    raw: list[float] = field(default_factory=list[float])


@dataclass(frozen=True, slots=True)
class Question:
    """A rule with its constants, and its query by hand."""

    rule: Rule
    sql: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """A case as it was measured. warm: all its warm times, in milliseconds. people: most that its draws found."""

    case: contract.Case
    warm: list[float]
    people: int


def asked(house: House, setup: contract.Setup) -> list[Asked]:
    """Ask the cases that were chosen, with constants not asked before in this home."""
    manifest = making.Manifest(making.folder_of(setup))
    run = int(manifest.content.get("runs", 0))
    manifest.write(runs=run + 1)
    known, draws = _prepared(house), COLD_DRAWS[setup.scale]
    found: list[Asked] = []
    for case in CASES:
        if setup.cases and case.name not in setup.cases:
            continue
        questions = [_question(case, known, run * draws + n) for n in range(draws)]
        found.append(_measured(house, case, questions, WARM_TIMES[setup.scale]))
        one = found[-1].case
        setup.say(
            f"  {one.name} ({one.path}), {found[-1].people:,} people: cold {one.cold_p50_ms} ms,"
            f" warm {one.p50_ms} ms, by hand {one.raw_p50_ms} ms{'' if one.equal else ', NOT EQUAL'}"
        )
    return found


def _prepared(house: House) -> Known:
    """Save the suite's segments where they are not there yet; return what the cases need to know."""
    with house.ctx() as ctx:
        found = {segment.name: segment.id for segment in segments.listed(ctx, limit=1000)}
        for name, (rule, _) in SAVED.items():
            if name not in found:
                found[name] = segments.create(ctx, name=name, rule=parse(rule)).id
    return Known(found, making.store_places(house))


def _measured(house: House, case: Case, questions: list[Question], warm_times: int) -> Asked:
    """Ask with each constant of its own for the first time, then the first one again."""
    times = Times()
    equal, path, most = True, "", 0
    for number, question in enumerate(questions):
        by_hand: list[int] = []
        if number == 1:  # who comes first finds the pages unread: each in turn
            by_hand = _by_hand(house, question, times)
        people, path = _product(house, case, question, times.cold)
        if number != 1 and number < RAW_DRAWS:
            by_hand = _by_hand(house, question, times)
        if by_hand:
            equal = equal and people == by_hand[0] and _sums(house, case, question) == by_hand
        most = max(most, people)
    for _ in range(warm_times):
        _product(house, case, questions[0], times.warm)
    shown = contract.Case(
        case.name, case.class_, _ms(median(times.cold)), _ms(median(times.warm)), _ms(high(times.warm)),
        _ms(median(times.raw)), equal, path,
    )  # fmt: skip
    return Asked(shown, times.warm, most)


def high(times: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(times, n=20, method="inclusive")[-1]


def _ms(value: float) -> float:
    return round(value, 2)


def _question(case: Case, known: Known, number: int) -> Question:
    raw = Raw(case.brand_id)
    rule, sql = case.ask(Draw(case.name, number), raw, known)
    return Question(parse(rule), sql, raw.values)


def _product(house: House, case: Case, question: Question, times: list[float]) -> tuple[int, str]:
    with house.ctx(case.brand_id) as ctx:
        begun = perf_counter()
        found = segments.preview(ctx, question.rule, exact=True)
        times.append((perf_counter() - begun) * 1000)
    return found.people, found.path


def _by_hand(house: House, question: Question, times: Times) -> list[int]:
    begun = perf_counter()
    found = store_raw.sums(house.lake, question.sql, question.values)
    times.raw.append((perf_counter() - begun) * 1000)
    return found


def _sums(house: House, case: Case, question: Question) -> list[int]:
    """Return of the people the product finds what `store_raw.sums` returns: both the same means the same people."""
    with house.ctx(case.brand_id) as ctx:
        uids = pa.array(segments.evaluate(ctx, question.rule), pa.uint64())
    squares = pc.multiply(uids, uids)
    return [len(uids), *(pc.sum(column).as_py() or 0 for column in (uids, squares, pc.multiply(squares, uids)))]
