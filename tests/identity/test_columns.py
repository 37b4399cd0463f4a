"""What is done by the column says of every value what the function for one value says."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.identity.seeing import START

from regulars.identity import api, graph, logic, packing, policies, screening, store_bulk
from regulars.identity.contract import Policies, Policy
from regulars.infra.crypto import normalise, vault

VALUES = [
    "13812340001", "+8613812340001", "138 1234 0001", "１３８１２３４０００１", "a@B.cn", "noreply@x.cn", "张三",
    "null", "N/A", "0", "-1", "--", "11111111", "+8613333333333", "1234567890", "无", "x y", "é", "ⅷ",
    "18888888888", "a\tb", "_",
]  # fmt: skip
TEXTS = st.one_of(st.sampled_from(VALUES), st.text(min_size=1, max_size=12).map(str.strip).filter(bool))


@given(st.lists(TEXTS, min_size=1, max_size=20), st.sampled_from(["phone", "email", "customer_id"]))
def test_normalised_blocked_and_indexed_as_one_by_one(values: list[str], ns: str) -> None:
    policy = policies.SHIPPED[ns]
    own = screening.normalised(ns, pa.array(values, pa.string()))
    assert own.to_pylist() == [normalise(ns, v) for v in values]
    assert screening.blocked(policy, own).tolist() == [policies.is_blocked(policy, v) for v in own.to_pylist()]
    digests = screening.indexes([screening.Portion(ns, "s", own)])
    assert [d.tobytes().hex() for d in digests] == [vault().blind_index(ns, "s", v) for v in values]


@pytest.mark.parametrize("pattern", [r"(a)\1", r"^\w{,3}$", r"^(?!x)", "^a+$"])
def test_a_pattern_that_only_python_reads_means_what_python_says(pattern: str) -> None:
    policy, values = Policy("card", block=(pattern,)), ["aa", "ab", "x1", "aaaa", "[b"]
    want = [policies.is_blocked(policy, v) for v in values]
    assert screening.blocked(policy, pa.array(values)).tolist() == want


def test_rows_packed_are_the_rows_that_arrive(ctx) -> None:
    n = 5
    us = np.array([0, -1, 10**15, 1, 2], np.int64)
    texts = ["", "é", "a" * 300, "b", ""]
    columns = [
        packing.numbers(np.arange(n), valid=np.arange(n) % 2 == 0),
        packing.moments(us),
        packing.texts(pa.array(texts)),
        packing.words(["one", "", "三"], np.array([0, 1, 2, 1, 0])),
        packing.flags(np.arange(n) > 2),
        packing.digests(np.arange(n * 2, dtype=np.uint8).reshape(n, 2)),
    ]
    ctx.tx.execute("create temporary table t (i bigint, at timestamptz, s text, w text, b boolean, h bytea)")
    store_bulk.copy_in(ctx.tx, "copy t from stdin (format binary)", packing.pack(columns, n))
    rows = ctx.tx.execute("select i, (extract(epoch from at) * 1000000)::bigint as us, s, w, b, h from t").fetchall()
    want = [
        {"i": i if i % 2 == 0 else None, "us": int(us[i]), "s": texts[i], "w": ["one", "", "三", "", "one"][i],
         "b": i > 2, "h": bytes([2 * i, 2 * i + 1])}
        for i in range(n)
    ]  # fmt: skip
    assert sorted(rows, key=str) == sorted(want, key=str)
    found = store_bulk.fetch(ctx.tx, "select 1::bigint, 2::bigint where false", 2)
    assert [len(c) for c in found] == [0, 0]
    many = "select (%(n)s - i)::bigint, i::bigint from generate_series(1, %(n)s) i"
    down, up = store_bulk.fetch(ctx.tx, many, 2, {"n": 1_000_003}, order=True)
    assert (down == np.arange(1_000_003)).all()
    assert (down + up == 1_000_003).all()


NODES = st.integers(min_value=0, max_value=11)
GRAPHS = st.lists(st.tuples(NODES, NODES, st.integers(0, 3)).filter(lambda k: k[0] != k[1]), max_size=24)


@given(GRAPHS, st.lists(st.tuples(NODES, NODES).filter(lambda p: p[0] != p[1]), max_size=2))
def test_people_by_arrays_are_people_link_by_link(links, apart) -> None:
    rules = Policies({"m": Policy("m", priority=1, linkable=True, exclusive=True), "x": Policy("x", linkable=True)})
    nodes = [logic.Node(i, "m" if i < 3 else "x", "", f"{i:02d}") for i in range(12)]
    every = [logic.Link(i, a, b, START + timedelta(days=d)) for i, (a, b, d) in enumerate(links)]
    want, refused = logic.unite({n.id: n for n in nodes}, every, apart, rules)

    def exactly(inside):
        chosen = set(inside.tolist())
        return [n for n in nodes if n.id in chosen], [k for k in every if k.a in chosen]

    a, b = (np.array([k[i] for k in links], np.int64) for i in (0, 1))
    whole = graph.Graph(12, a, b, np.arange(3), np.zeros(3, np.int64), apart, exactly)
    label, met = graph.groups(whole, rules)
    assert {frozenset(np.flatnonzero(label == at).tolist()) for at in set(label.tolist())} == set(map(frozenset, want))
    assert met == refused


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 20)), max_size=20))
def test_crowds_by_arrays_are_crowds_one_by_one(links) -> None:
    day, cap, window = 86_400_000_000, 2, [0, 5, 1]
    one, kind, at = (np.array([k[i] for k in links], np.int64) for i in range(3))
    caps = graph.Caps(np.full(3, cap), np.array(window) * day)
    found = graph.crowded(3, graph.Crowd(one, kind, at * day), caps)
    for node in range(3):
        sights = [[START + timedelta(days=d) for n, k, d in links if (n, k) == (node, own)] for own in (0, 1)]
        assert found[node] == any(logic.is_crowded(s, cap, window[node]) for s in sights)


def test_an_address_of_very_many_customers_drops_out_and_is_named(ctx) -> None:
    n = 3000
    at = pa.array([START] * n, pa.timestamp("us", "UTC"))
    customers = [f"c{i}" for i in range(n)]
    table = pa.table({"customer_id": customers, "email": ["office@shop.cn"] * n, "occurred_at": at})
    for _ in range(2):
        api.observe_bulk(ctx, table)  # into an empty house, then into a full one
        assert api.counts(ctx).identified == n
        (refused,) = api.why(ctx, 1).refused
        assert (refused.reason, {refused.a.ns, refused.b.ns}) == ("over_cap", {"customer_id", "email"})
    orders = pa.table({"customer_id": ["keen"] * n, "order": customers, "occurred_at": at})
    api.observe_bulk(ctx, orders)
    keen = api.find(ctx, "customer_id", "", "keen")
    assert keen is not None
    assert api.merge(ctx, keen, 1, "one person").aliases
    assert api.find(ctx, "order", "", "c17") == 1
