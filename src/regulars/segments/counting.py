"""Counting a rule's people: exactly, or, where that takes long, first from a sample."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date

from regulars.core.ctx import Ctx
from regulars.core.rule import Rule, check, fields
from regulars.core.rule.ast import Everyone
from regulars.segments import costing, logic, store_lake
from regulars.segments import refresh as refreshing
from regulars.segments.answering import Answering, ToTake
from regulars.segments.contract import Cost, Preview
from regulars.segments.explain import in_words
from regulars.segments.refresh import Asking

_Counted = tuple[int, bool, int, int, int, str]
"""people, estimate, low, high, of_people, path."""


def preview(ctx: Ctx, rule: Rule, *, as_of: date | None, exact: bool, key: str) -> Preview:
    """Count a rule's people within the limits of a count. Raises as the door's `preview` does."""
    check(rule, fields)
    bounded = costing.bounded(ctx, key)
    # perf_counter measures a span; it is no clock that business could depend on.
    begun = time.perf_counter()
    if as_of:
        cost = costing.cost_of(bounded, _parts_then(ctx, rule, as_of))
        with costing.heavy(cost):
            counted = _counted_then(bounded, rule, as_of)
    else:
        answering = refreshing.answering(bounded, rule)
        cost = costing.cost_of(bounded, answering.to_take(rule))
        with costing.heavy(cost):
            guess = cost.over and not exact
            counted = _guessed(bounded, rule) if guess else _counted_now(answering, rule, cost)
    seconds = round(time.perf_counter() - begun, 4)
    return Preview(*counted, seconds=seconds, sentence=in_words(ctx, rule), cost=cost)


def each(ctx: Ctx, rules: Sequence[Rule], *, key: str) -> list[int | None]:
    """Count each rule's people alone, as long as all of it stays within the bound. Raises as the door's does."""
    for rule in rules:
        check(rule, fields)
    bounded, spent_s = costing.bounded(ctx, key), 0.0
    found: list[int | None] = []
    for rule in rules:
        answering = refreshing.answering(bounded, rule)
        cost = costing.cost_of(bounded, answering.to_take(rule))
        if costing.too_long(spent_s + cost.seconds):
            found.append(None)
            continue
        spent_s += cost.seconds
        found.append(_counted_now(answering, rule, cost)[0])
    return found


def _counted_now(answering: Answering, rule: Rule, cost: Cost) -> _Counted:
    begun = time.perf_counter()
    (people, of_people), path = answering.told(
        rule, lambda found: (store_lake.count_named(answering.ctx, found), found.path), scoped=True
    )
    costing.rates.learn(cost, time.perf_counter() - begun)
    return people, False, people, people, of_people, path


def _guessed(ctx: Ctx, rule: Rule) -> _Counted:
    _, of_people = refreshing.told(ctx, Everyone(), lambda found: store_lake.count_named(ctx, found), scoped=True)
    part = Asking(sampled=True)
    question = refreshing.compiled(ctx, rule, part)
    hits = store_lake.count_found(ctx, question)
    sampled = store_lake.count_found(ctx, refreshing.compiled(ctx, Everyone(), part))
    people, low, high = logic.estimate(hits, sampled, of_people)
    return people, True, low, high, of_people, question.path


def _parts_then(ctx: Ctx, rule: Rule, as_of: date) -> list[ToTake]:
    question = refreshing.compiled(ctx, rule, Asking(as_of=as_of))
    return [ToTake(question.path, question.sql, question.parameters)]


def _counted_then(ctx: Ctx, rule: Rule, as_of: date) -> _Counted:
    then = Asking(as_of=as_of)
    question = refreshing.compiled(ctx, rule, then)
    people = store_lake.count_found(ctx, question)
    of_people = store_lake.count_found(ctx, refreshing.compiled(ctx, Everyone(), then))
    return people, False, people, people, of_people, question.path
