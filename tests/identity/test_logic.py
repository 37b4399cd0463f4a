"""The partition: a pure function of the evidence set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import BadInput
from regulars.core.event import IdentifierRef
from regulars.identity import logic
from regulars.identity.contract import Policies, Policy
from regulars.identity.logic import KEPT_APART, OVER_CAP, SAME_SCOPE, Link, Node
from regulars.identity.policies import SHIPPED, check, combine, is_blocked

POLICIES = combine([], 0)
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def graph(*edges: tuple[str, str, float], blocked: Sequence[str] = ()) -> tuple[list[Node], list[Link], dict[str, int]]:
    """Build nodes and links from ("ns:value", "ns:value", day)."""
    names = list(dict.fromkeys(n for a, b, _ in edges for n in (a, b)))
    ids = {n: i for i, n in enumerate(names)}
    nodes = [Node(i, n.split(":")[0], "s", n.split(":")[1], n in blocked) for n, i in ids.items()]
    return nodes, [Link(k, ids[a], ids[b], at(day)) for k, (a, b, day) in enumerate(edges)], ids


def named(found: logic.Partition, ids: dict[str, int]) -> set[frozenset[str]]:
    back = {i: n for n, i in ids.items()}
    return {frozenset(back[i] for i in g) for g in found.groups}


def test_shared_phone_makes_one_person() -> None:
    nodes, links, ids = graph(("customer_id:1", "phone:p", 0), ("customer_id:2", "phone:p", 1))
    assert named(logic.partition(nodes, links, [], POLICIES), ids) == {
        frozenset({"customer_id:1", "customer_id:2", "phone:p"})
    }


def test_two_member_numbers_of_a_brand_never_meet() -> None:
    nodes, links, ids = graph(("member_no:1", "phone:p", 5), ("member_no:2", "phone:p", 3))
    found = logic.partition(nodes, links, [], POLICIES)
    assert named(found, ids) == {frozenset({"member_no:1"}), frozenset({"member_no:2", "phone:p"})}
    assert [(r.link.id, r.reason) for r in found.refused] == [(0, SAME_SCOPE)]


def test_member_numbers_of_two_brands_may_meet() -> None:
    nodes, links, _ = graph(("member_no:1", "phone:p", 5), ("member_no:2", "phone:p", 3))
    nodes = [replace(n, scope="other") if n.hmac == "2" else n for n in nodes]
    found = logic.partition(nodes, links, [], POLICIES)
    assert len(found.groups) == 1
    assert not found.refused


def test_a_stronger_edge_goes_before_an_earlier_one() -> None:
    edges = [("member_no:1", "device:d", 0), ("member_no:2", "phone:p", 9), ("device:d", "phone:p", 1)]
    nodes, links, ids = graph(*edges)
    found = logic.partition(nodes, links, [], POLICIES)
    assert frozenset({"member_no:2", "phone:p"}) in named(found, ids)


def test_a_manual_link_goes_first() -> None:
    nodes, links, ids = graph(("member_no:1", "phone:p", 0), ("member_no:2", "phone:p", 9))
    links[1] = replace(links[1], manual=True)
    assert frozenset({"member_no:2", "phone:p"}) in named(logic.partition(nodes, links, [], POLICIES), ids)


def test_cannot_link_holds_across_steps() -> None:
    edges = [("customer_id:1", "phone:p", 0), ("phone:p", "email:e", 1), ("email:e", "customer_id:2", 2)]
    nodes, links, ids = graph(*edges)
    found = logic.partition(nodes, links, [(ids["customer_id:1"], ids["customer_id:2"])], POLICIES)
    assert not any({"customer_id:1", "customer_id:2"} <= g for g in named(found, ids))
    assert [r.reason for r in found.refused] == [KEPT_APART]


def test_a_shared_device_connects_nobody() -> None:
    cap = SHIPPED["device"].cap
    nodes, links, ids = graph(*((f"customer_id:{i}", "device:till", i) for i in range(cap + 1)))
    found = logic.partition(nodes, links, [], POLICIES)
    assert found.dropped == {ids["device:till"]: OVER_CAP}
    assert len(found.groups) == cap + 2
    nodes, links, _ = graph(*((f"customer_id:{i}", "device:till", i) for i in range(cap)))
    assert len(logic.partition(nodes, links, [], POLICIES).groups) == 1


def test_anonymous_neighbours_do_not_make_a_phone_shared() -> None:
    nodes, links, _ = graph(*((f"order:{i}", "phone:p", i) for i in range(100)))
    assert len(logic.partition(nodes, links, [], POLICIES).groups) == 1


@pytest.mark.parametrize(
    ("days", "cap", "window", "crowded"),
    [
        ([0, 1, 2], 2, 0, True),
        ([0, 1, 2], 3, 0, False),
        ([0, 1, 2], 0, 0, False),
        ([0, 100, 200], 2, 150, False),
        ([0, 100, 149.9], 2, 150, True),
        ([400, 0, 399], 1, 5, True),
    ],
)
def test_crowding(days: list[float], cap: int, window: int, crowded: bool) -> None:
    assert logic.is_crowded([at(d) for d in days], cap, window) is crowded


def test_garbage_and_rotating_ids_connect_nobody() -> None:
    nodes, links, ids = graph(
        ("customer_id:1", "phone:null", 0), ("customer_id:2", "phone:null", 0), ("customer_id:2", "oaid:x", 0),
        ("customer_id:3", "oaid:x", 0), blocked=["phone:null"],
    )  # fmt: skip
    found = logic.partition(nodes, links, [], POLICIES)
    assert len(found.groups) == len(ids)


@pytest.mark.parametrize(
    ("ns", "value", "blocked"),
    [
        ("phone", "+8613800138000", True),
        ("phone", "+8613333333333", True),
        ("phone", "+8613812345678", False),
        ("email", "a@example.com", True),
        ("email", "noreply@shop.cn", True),
        ("email", "ann@shop.cn", False),
        ("customer_id", "00-000", True),
        ("customer_id", "-1", True),
        ("customer_id", "NULL", True),
        ("customer_id", "N/A", True),
        ("customer_id", "匿名", True),
        ("customer_id", "", True),
        ("customer_id", "--", True),
        ("customer_id", "17850", False),
        ("order", "C536379", False),
        ("record", "0", True),
    ],
)
def test_block_patterns(ns: str, value: str, blocked: bool) -> None:
    assert is_blocked(POLICIES.of(ns), value) is blocked


def test_bad_policies_are_refused() -> None:
    for policy in (Policy("Phone"), Policy("x", cap=-1), Policy("x", block=("(",)), Policy("x", priority=9999)):
        with pytest.raises(BadInput):
            check(policy)


def test_the_strongest_identifier() -> None:
    def of(*names: str) -> str | None:
        refs = [IdentifierRef(*n.split(":")[:1], "", n.split(":")[1]) for n in names]
        found = logic.strongest(refs, POLICIES)
        return found and f"{found.ns}:{found.hmac}"

    assert of("order:1", "device:d", "phone:p", "customer_id:c", "member_no:m") == "member_no:m"
    assert of("order:1", "device:d", "openid:o", "email:e", "phone:p") == "phone:p"
    assert of("order:1", "device:d") == "device:d"
    assert of("order:1", "something_new:x") == "something_new:x"
    assert of("phone:b", "phone:a") == "phone:a"
    assert of("oaid:x") is None


def naive(nodes: Sequence[Node], links: Sequence[Link], apart: Sequence[tuple[int, int]], policies: Policies):
    """The definition, word for word: every usable edge in canonical order, skipped on conflict."""
    by_id = {n.id: n for n in nodes}
    dropped = logic.dropouts(by_id, links, policies)
    group = {i: {i} for i in by_id}
    refused = set()
    for link in logic.in_order((k for k in links if not {k.a, k.b} & dropped.keys()), by_id, policies):
        both = group[link.a] | group[link.b]
        numbers = [(by_id[i].ns, by_id[i].scope) for i in both if policies.of(by_id[i].ns).exclusive]
        if len(numbers) > len(set(numbers)) or any({a, b} <= both for a, b in apart):
            refused.add(link.id)
            continue
        for i in both:
            group[i] = both
    return {frozenset(g) for g in group.values()}, refused


NAMES = [f"{ns}:{v}" for ns in ("member_no", "customer_id", "phone", "email", "device", "order") for v in "abc"]
TIGHT = Policies({ns: replace(p, cap=min(p.cap, 2)) for ns, p in SHIPPED.items()})


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 3)), max_size=25),
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=3),
    st.randoms(use_true_random=False),
)
def test_the_short_cut_equals_the_definition_in_any_order(edges, apart, rng) -> None:
    distinct = {frozenset(e[:2]): e for e in edges if e[0] != e[1]}
    nodes, links, ids = graph(*distinct.values())
    kept = [(ids[a], ids[b]) for a, b in apart if a in ids and b in ids and a != b]
    found = logic.partition(nodes, links, kept, TIGHT)
    assert (set(found.groups), {r.link.id for r in found.refused}) == naive(nodes, links, kept, TIGHT)
    rng.shuffle(nodes)
    rng.shuffle(links)
    rng.shuffle(kept)
    again = logic.partition(nodes, links, kept, TIGHT)
    assert set(again.groups) == set(found.groups)


def test_buyers_of_shop_platforms_are_known_by_what_stays_the_same():
    for ns in ("buyer_open_uid", "doudian_open_id", "yz_open_id", "jd_open_id"):
        assert SHIPPED[ns].subject
        assert SHIPPED[ns].linkable
    assert not SHIPPED["oaid"].subject
    assert SHIPPED["doudian_open_id"].scope_kind == SHIPPED["jd_open_id"].scope_kind == "app"
