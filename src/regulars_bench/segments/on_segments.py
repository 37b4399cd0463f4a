"""Segments among themselves: counted as bitmaps; by hand there is nothing but the raw tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from regulars_bench.generate import world
from regulars_bench.segments import raw_sql as sql
from regulars_bench.segments.asking import Case, Draw, Json, Known, Raw, all_of, any_of, did, field_is, last, none_of

EAST = ("浙江", "上海", "江苏")

SAVED: dict[str, tuple[Json, Callable[[Raw], str]]] = {
    "累计满 1000 元": (
        field_is("ge", "net_fen", value=100_000),
        lambda raw: sql.orders(raw, f"sum({sql.NET}) >= 100000"),
    ),
    "江浙沪": (
        field_is("in", "province", values=list(EAST)),
        lambda raw: sql.attribute(raw, "province", f"value IN {raw.texts(EAST)}"),
    ),
    "近 90 天买过": (
        did("order", last(90)),
        lambda raw: sql.purchases(raw, "count() >= 1", raw.last(90)),
    ),
    "近 30 天点过消息": (
        did("event:message.clicked", last(30)),
        lambda raw: sql.events(raw, "message.clicked", raw.last(30)),
    ),
    "会员": (field_is("eq", "member", value=True), sql.members),
    "半年没买": (
        field_is("older_than_days", "last_order_on", days=180),
        lambda raw: sql.purchases(raw, f"max(business_on) <= {raw.day(world.TODAY - timedelta(days=180))}"),
    ),
    "女性": (
        field_is("eq", "gender", value="female"),
        lambda raw: sql.attribute(raw, "gender", "value = 'female'"),
    ),
    "买过两次以上": (
        field_is("ge", "purchase_number", value=2),
        lambda raw: sql.purchases(raw, "count() >= 2"),
    ),
}
"""Saved segments of the group: the rule, and the query for the same people."""


def _drawn(draw: Draw, raw: Raw, known: Known, count: int) -> tuple[list[Json], list[str]]:
    names = draw.some(list(SAVED), count)
    return [{"op": "in_segment", "segment_id": known.segments[n]} for n in names], [SAVED[n][1](raw) for n in names]


def _one(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    rules, queries = _drawn(draw, raw, known, 1)
    return rules[0], queries[0]


def _three(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    rules, queries = _drawn(draw, raw, known, 3)
    return all_of(*rules), sql.both(*queries)


def _two_without(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    rules, queries = _drawn(draw, raw, known, 3)
    return all_of(rules[0], rules[1], none_of(rules[2])), sql.without(sql.both(*queries[:2]), queries[2])


def _either(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    rules, queries = _drawn(draw, raw, known, 2)
    return any_of(*rules), sql.either(*queries)


def _either_without(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    rules, queries = _drawn(draw, raw, known, 3)
    return all_of(any_of(*rules[:2]), none_of(rules[2])), sql.without(sql.either(*queries[:2]), queries[2])


def _one_without_two(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    rules, queries = _drawn(draw, raw, known, 3)
    return all_of(rules[0], *map(none_of, rules[1:])), sql.without(*queries)


CASES = (
    Case("segment", "bitmap", _one),
    Case("segments_all_three", "bitmap", _three),
    Case("segments_two_without_third", "bitmap", _two_without),
    Case("segments_either", "bitmap", _either),
    Case("segments_either_without_third", "bitmap", _either_without),
    Case("segment_without_two", "bitmap", _one_without_two),
)
