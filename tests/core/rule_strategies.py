"""Hypothesis strategies for rules as JSON over the test catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from tests.core.rule_catalog import LINE, ORDER, PAGE_VIEWED, PERSON
from tests.core.rule_people import ITEMS, SEGMENT_IDS, TEXTS, TODAY

from regulars.core.rule import Field, Relation

COMPARES = st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])
JSON = dict[str, Any]
_days = st.sampled_from([90, 30, 31, 91, 365, 366, 180, 60, 7, 8, 1, 4000, 36_500]) | st.integers(1, 500)
_dates = st.sampled_from([90, 30, 29, 31, 91, 365, 366, 7, 1, 0, 4000, -1]) | st.integers(-3, 500)
_iso = _dates.map(lambda ago: (TODAY - timedelta(days=ago)).isoformat())
_known_texts = st.sampled_from([*TEXTS, *ITEMS, "sms:marketing", "it's", "邮件"])
_wild_texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5)
_texts = st.one_of(_known_texts, _known_texts, _known_texts, _wild_texts)
_small_ints = st.integers(-1, 8)
_ints = st.one_of(
    _small_ints,
    _small_ints,
    st.sampled_from([0, 1, 300, 500, 999, 1000, 10_000]) | st.integers(0, 50_000),
    st.sampled_from([256, 65_536, 2**31, 2**32, -(2**40)]) | st.integers(-(2**53) + 1, 2**53 - 1),
)


def _values(asked: Field) -> st.SearchStrategy[Any]:
    if asked.options is not None:
        return st.sampled_from([option for option, _ in asked.options])
    return {"int": _ints, "money": _ints, "text": _texts, "set": _texts, "date": _iso, "bool": st.booleans()}[
        asked.type
    ]


def _range(asked: Field) -> st.SearchStrategy[JSON]:
    pairs = st.tuples(_values(asked), _values(asked)).map(sorted).filter(lambda pair: pair[0] < pair[1])
    return pairs.map(lambda pair: {"op": "between", "field": asked.key, "low": pair[0], "high": pair[1]})


def _field_leaves(asked: Field) -> st.SearchStrategy[JSON]:
    if asked.type in {"month_day", "cell"}:
        return _coarse_leaves(asked)
    key, values = st.just(asked.key), _values(asked)
    several = st.lists(values, min_size=1, max_size=4)
    known = st.fixed_dictionaries({"op": st.just("known"), "field": key})
    equal = st.fixed_dictionaries({"op": st.sampled_from(["eq", "ne"]), "field": key, "value": values})
    ordered = st.fixed_dictionaries({"op": COMPARES, "field": key, "value": values})
    listed = st.fixed_dictionaries({"op": st.just("in"), "field": key, "values": several})
    match asked.type:
        case "int" | "money":
            return known | ordered | listed | _range(asked)
        case "text":
            part = _texts.filter(bool) | st.sampled_from(["n", "o", "华", "'", "\\", "th"])
            within = st.fixed_dictionaries({"op": st.sampled_from(["contains", "starts"]), "field": key, "value": part})
            return known | equal | listed | within
        case "date":
            aged = st.fixed_dictionaries(
                {"op": st.sampled_from(["within_days", "older_than_days"]), "field": key, "days": _days}
            )
            return known | ordered | aged | aged | _range(asked)
        case "set":
            return known | st.fixed_dictionaries({"op": st.just("has"), "field": key, "value": values})
        case "bool":
            return known | equal


def _coarse_leaves(asked: Field) -> st.SearchStrategy[JSON]:
    known = st.just({"op": "known", "field": asked.key})
    if asked.type == "cell":
        return known | _near(asked.key)
    ahead = st.sampled_from([0, 1, 7, 21, 60])
    return known | ahead.map(lambda days: {"op": "birthday_within", "field": asked.key, "days": days})


def _near(key: str) -> st.SearchStrategy[JSON]:
    points = st.sampled_from([(30.274, 120.155), (30.27, 120.15), (31, 121), (-0.049, 0.101), (0.004, -179.996)])
    wild = st.tuples(st.floats(-80, 80), st.floats(-180, 180))
    kilometres = st.sampled_from([1, 3, 20, 50])
    return st.tuples(st.one_of(points, points, points, wild), kilometres).map(
        lambda where: {"op": "near", "field": key, "lat": where[0][0], "lon": where[0][1], "km": where[1]}
    )


def _trees(leaves: st.SearchStrategy[JSON], max_leaves: int) -> st.SearchStrategy[JSON]:
    def extend(inner: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
        rules = st.lists(inner, min_size=1, max_size=3)
        return st.fixed_dictionaries({"op": st.sampled_from(["and", "or"]), "rules": rules}) | st.fixed_dictionaries(
            {"op": st.just("not"), "rule": inner}
        )

    return st.recursive(leaves, extend, max_leaves=max_leaves)


def _over(fields: Sequence[Field]) -> st.SearchStrategy[JSON]:
    return st.sampled_from(fields).flatmap(_field_leaves)


_window = (
    st.fixed_dictionaries({"kind": st.just("last_days"), "days": _days})
    | st.tuples(_iso, _iso)
    .map(sorted)
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: {"kind": "between", "start": pair[0], "end": pair[1]})
    | st.just({"kind": "ever"})
)


def _did(relation: Relation) -> st.SearchStrategy[JSON]:
    numbers = [f.key for f in relation.fields if f.type in {"int", "money"}]
    narrow = _trees(_over(relation.fields), 3)
    where = st.one_of(st.none(), st.none(), st.just({"op": "everyone"}), narrow, narrow, narrow)
    base = {
        "op": st.just("did"),
        "relation": st.just(relation.key),
        "where": where,
        "window": _window,
        "compare": COMPARES,
    }
    counted = st.fixed_dictionaries(
        base | {"measure": st.sampled_from(["count", "days"]), "value": st.sampled_from([0, 1, 1, 2, 3, -1, 5])}
    )
    amounts = st.sampled_from([-100, 0, 1, 2, 30, 500, 999, 1000, 10_000]) | st.integers(0, 50_000)
    measured = st.fixed_dictionaries(
        base | {"measure": st.sampled_from(["sum", "min", "max"]), "of": st.sampled_from(numbers), "value": amounts}
    )
    return counted | measured


def _where(relation: Relation) -> st.SearchStrategy[JSON | None]:
    return st.one_of(st.none(), st.none(), st.just({"op": "everyone"}), _trees(_over(relation.fields), 2))


def _step(relation: Relation, *, first: bool) -> st.SearchStrategy[JSON]:
    hours = st.sampled_from([1, 23, 24, 25, 36, 240, 2_000, 2_000, 8_784, 8_784])
    step = {"relation": st.just(relation.key), "where": _where(relation)}
    return st.fixed_dictionaries(step if first else step | {"within_hours": hours})


def sequences() -> st.SearchStrategy[JSON]:
    """Sequences of two to four steps, the last one sometimes of rows that did not come."""
    rel = st.sampled_from([ORDER, LINE, PAGE_VIEWED])
    first = rel.flatmap(lambda relation: _step(relation, first=True))
    later = st.lists(rel.flatmap(lambda relation: _step(relation, first=False)), min_size=1, max_size=3)
    return st.tuples(first, later, st.booleans(), _window).map(
        lambda parts: {
            "op": "sequence",
            "steps": [parts[0], *parts[1][:-1], parts[1][-1] | {"absent": parts[2]}],
            "window": parts[3],
        }
    )


def counts_within() -> st.SearchStrategy[JSON]:
    """The most inside a run of days, of every relation and measure."""

    def of(relation: Relation) -> st.SearchStrategy[JSON]:
        numbers = [f.key for f in relation.fields if f.type in {"int", "money"}]
        base = {
            "op": st.just("count_within"),
            "relation": st.just(relation.key),
            "where": _where(relation),
            "window": _window,
            "days": st.sampled_from([1, 2, 7, 30, 60, 400]),
        }
        counted = {"measure": st.sampled_from(["count", "days"]), "value": st.integers(1, 4)}
        amounts = st.sampled_from([1, 30, 500, 10_000]) | st.integers(1, 50_000)
        summed = {"measure": st.just("sum"), "of": st.sampled_from(numbers), "value": amounts}
        return st.fixed_dictionaries(base | counted) | st.fixed_dictionaries(base | summed)

    return st.sampled_from([ORDER, LINE, PAGE_VIEWED]).flatmap(of)


def rules(*, live: bool = False) -> st.SearchStrategy[JSON]:
    """Rules as JSON. live: only over fields that PostgreSQL knows."""
    person = _over([f for f in PERSON.fields if f.live or not live])
    person = st.one_of(person, person, person, person, st.just({"op": "everyone"}))
    if live:
        return _trees(person, 6)
    did = _did(ORDER) | _did(LINE) | _did(PAGE_VIEWED)
    segment = st.sampled_from(SEGMENT_IDS).map(lambda number: {"op": "in_segment", "segment_id": number})
    # segments among themselves are folded into bitmaps, so they also come in trees of their own
    return _trees(person | did | sequences() | counts_within() | _trees(segment, 4), 5)


def did_over_arrays() -> st.SearchStrategy[JSON]:
    """`did` leaves that the person row's arrays can answer."""
    bare = st.fixed_dictionaries(
        {"op": st.just("did"), "relation": st.just("order"), "window": _window, "compare": COMPARES}
    )
    measured = st.sampled_from(["count", "days"]).map(lambda measure: {"measure": measure}) | st.sampled_from(
        ["sum", "min", "max"]
    ).map(lambda measure: {"measure": measure, "of": "order.net_fen"})
    value = st.sampled_from([0, 1, 2, 3, 500, 1000, 20_000])
    return st.tuples(bare, measured, value).map(lambda parts: parts[0] | parts[1] | {"value": parts[2]})
