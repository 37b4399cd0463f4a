"""The same people in Python, the lake and PostgreSQL for generated rules (`make deep`: a thousand); that it bites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy
from psycopg import sql
from tests.core.rule_catalog import catalog
from tests.core.rule_people import BRAND_ID, TODAY, fill_lake, fill_postgres, people
from tests.core.rule_strategies import counts_within, rules, sequences
from tests.depth import depth

from regulars.core.errors import BadInput
from regulars.core.rule import (
    LakeBinding,
    compile_lake,
    compile_live,
    dump,
    lake_sequence,
    matches,
    parse,
    require_live,
)
from regulars.core.rule import lake as lake_compiler
from regulars.core.rule import live as live_compiler

CATALOG = catalog()
CROWD = people(seed=20111210)
Answer = Callable[[dict[str, Any]], dict[str, set[int]]]
# every run draws the same rules, so a failure is everybody's failure
RUN = settings(
    max_examples=depth(250, 1_000),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def answer(lake: Any, db: Any) -> Any:
    """Evaluates a rule in every engine that can, over the same people."""
    fill_lake(lake, CROWD)
    with db.tx() as tx:
        fill_postgres(tx, CROWD)
        yield lambda json: _answers(json, lake, tx)


def _answers(json: dict[str, Any], lake: Any, tx: psycopg.Connection[Any]) -> dict[str, set[int]]:
    rule = parse(json, CATALOG)
    assert parse(dump(rule), CATALOG) == rule
    compiled = compile_lake(rule, CATALOG, today=TODAY, bind=LakeBinding(brand_id=BRAND_ID))
    found = [row["uid"] for row in lake.rows(compiled.sql, compiled.parameters)]
    answers = {
        "python": {person.uid for person in CROWD if matches(rule, person, TODAY, CATALOG).ok},
        "lake": set(found),
    }
    assert len(found) == len(answers["lake"]), "each person once"
    try:
        require_live(rule, CATALOG)
    except BadInput:
        return answers
    condition, parameters = compile_live(rule, CATALOG, today=TODAY)
    query = sql.SQL("select uid from rule_person ps where {}").format(condition)
    answers["postgres"] = {row["uid"] for row in tx.execute(query, parameters)}
    return answers


def _agree(answers: dict[str, set[int]]) -> bool:
    return all(found == answers["python"] for found in answers.values())


def test_rules_agree_in_python_and_the_lake(answer: Answer) -> None:
    sizes: list[int] = []

    @RUN
    @given(rules())
    def agree(json: dict[str, Any]) -> None:
        answers = answer(json)
        assert answers["lake"] == answers["python"]
        assert answers.get("postgres", answers["python"]) == answers["python"]
        sizes.append(len(answers["python"]))

    agree()
    assert len(sizes) >= depth(250, 1_000)
    # rules that hold for nobody or for everybody prove little
    assert sum(0 < size < len(CROWD) for size in sizes) > len(sizes) / 2


@pytest.mark.parametrize("leaves", [sequences(), counts_within()], ids=["sequence", "count_within"])
def test_leaves_about_rows_in_time_agree(answer: Answer, leaves: SearchStrategy[dict[str, Any]]) -> None:
    sizes: list[int] = []

    @settings(RUN, max_examples=depth(100, 300))
    @given(leaves)
    def agree(json: dict[str, Any]) -> None:
        answers = answer(json)
        assert answers["lake"] == answers["python"]
        sizes.append(len(answers["python"]))

    agree()
    assert sum(0 < size < len(CROWD) for size in sizes) > len(sizes) / 2


def test_live_rules_agree_in_all_three(answer: Answer) -> None:
    @settings(RUN, max_examples=depth(120, 400))
    @given(rules(live=True))
    def agree(json: dict[str, Any]) -> None:
        answers = answer(json)
        assert answers["postgres"] == answers["python"]
        assert answers["lake"] == answers["python"]

    agree()


def _break_guard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lake_compiler, "present", lambda expression, missing: "1")


def _break_bounds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        lake_compiler, "shift", lambda today, days: today.fromordinal(max(719163, today.toordinal() + days - 1))
    )


def _break_operator(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(lake_compiler._SQL_OP, "ge", ">")


def _break_complement(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lake_compiler, "COMPARE", dict.fromkeys(lake_compiler.COMPARE, lambda a, b: False))


def _break_bitmaps(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        lake_compiler, "_intersect", lambda parts: (lake_compiler._fold("bitmapAnd", [b for b, _ in parts]), False)
    )


def _break_deadline(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lake_sequence, "judged_until", lambda today, hours: today)


def _break_hours(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lake_sequence, "_HOUR_MS", 3_590_000)


def _break_run(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lake_sequence, "_many_in_run", lambda leaf, days, to: f"length({days}) >= {leaf.value}")


def _break_live_guard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(live_compiler._Compiler, "_guard", lambda self, asked, expression: sql.SQL("true"))


@pytest.mark.parametrize(
    "break_it",
    [
        _break_guard,
        _break_bounds,
        _break_operator,
        _break_complement,
        _break_bitmaps,
        _break_live_guard,
        _break_deadline,
        _break_hours,
        _break_run,
    ],
)
def test_a_fault_in_a_compiler_is_found(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, break_it: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """The one place where our own code is patched: to see the comparison fail."""
    break_it(monkeypatch)
    live = break_it is _break_live_guard
    once = settings(RUN, phases=[Phase.generate])
    drawn = {_break_deadline: sequences, _break_hours: sequences, _break_run: counts_within}.get(break_it, rules)
    found = find(drawn(live=True) if live else drawn(), lambda json: not _agree(answer(json)), settings=once)
    assert found


def test_without_a_fault_nothing_is_found(answer: Answer) -> None:
    with pytest.raises(NoSuchExample):
        find(
            rules(),
            lambda json: not _agree(answer(json)),
            settings=settings(RUN, max_examples=50, phases=[Phase.generate]),
        )
