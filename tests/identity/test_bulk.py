"""Bulk gives what online gives, and both what the pure function says."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.depth import depth
from tests.identity.seeing import START, Sight, groups, long_table, observe, people, pure, ref, sight

from regulars.core.errors import BadInput
from regulars.identity import api, bulk, store, store_people
from regulars.identity.contract import ANONYMOUS_FROM, Policy

VALUES = {
    "member_no": ["m1", "m2"],
    "customer_id": ["c1", "c2", "c3"],
    "phone": ["13812340001", "13812340002"],
    "email": ["a@shop.cn", "b@shop.cn"],
    "device": ["d1"],
    "order": ["o1", "o2"],
}
NAMES = st.sampled_from([(ns, v) for ns, values in VALUES.items() for v in values])
SIGHTS = st.lists(
    st.builds(
        Sight, st.lists(NAMES, min_size=1, max_size=4, unique=True).map(tuple), st.integers(min_value=0, max_value=4)
    ),
    max_size=10,
)


def tighten(ctx) -> None:
    """Make caps small, so that small graphs reach them."""
    for ns in VALUES:
        policy = api.policies(ctx).of(ns)
        store.save_policy(ctx.tx, replace(policy, cap=2, window_days=0), 1, "test", START)


def forbid(ctx, apart) -> None:
    known = store.lookup(ctx.tx, [r for pair in apart for r in pair])
    pairs = [(known[a].id, known[b].id) for a, b in apart if a in known and b in known]
    store_people.forbid(ctx.tx, pairs, store_people.By("test", "test", 0, START))


@given(SIGHTS, st.lists(st.tuples(NAMES, NAMES), max_size=2), st.randoms(use_true_random=False), st.integers(1, 4))
@settings(
    max_examples=depth(25, 200),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_online_in_any_order_is_bulk_is_the_pure_partition(ctx, sights, apart, rng, batch) -> None:
    if not ctx.tx.execute("select 1 from identifier_policy limit 1").fetchone():
        tighten(ctx)
    policies = api.policies(ctx)
    shuffled = rng.sample(sights, len(sights))
    kept = [(ref(*a), ref(*b)) for a, b in apart if a != b]
    refs = sorted({r for pair in kept for r in pair}, key=lambda r: (r.ns, r.hmac))
    want = pure(sights, policies, "", kept)
    half = len(shuffled) // 2
    ways = {
        "online": lambda: observe(ctx, sights, batch=batch),
        "shuffled": lambda: observe(ctx, shuffled, batch=batch),
        "online by columns": lambda: observe(ctx, shuffled, batch=batch, take=bulk.observe_many),
        "bulk": lambda: api.observe_bulk(ctx, long_table(sights)),
        "half bulk, half online": lambda: (
            api.observe_bulk(ctx, long_table(shuffled[:half])),
            observe(ctx, shuffled[half:], batch=batch),
        ),
    }
    for name, way in ways.items():
        with ctx.tx.transaction(force_rollback=True):
            store.add_identifiers(ctx.tx, [store.NewRow(r, blocked=False, connects=True) for r in refs])
            forbid(ctx, kept)
            way()
            assert groups(ctx, "") == want, name
            api.realign_all(ctx, "nothing changed")
            assert groups(ctx, "") == want, f"{name}, computed anew"


def wide() -> pa.Table:
    return pa.table(
        {
            "customer_id": ["17850", "17850", None, "13047", "", "12345"],
            "order": ["1", "2", "3", "4", "3", None],
            "order.scope": ["uk"] * 6,
            "phone": [None, "13812340001", None, None, None, "138-1234-0001"],
            "occurred_at": pa.array([START] * 6, pa.timestamp("us", "UTC")),
        }
    )


def test_a_wide_table_gives_each_row_its_suid(ctx) -> None:
    suids = api.observe_bulk(ctx, wide(), source="test").to_pylist()
    assert suids == [1, 1, ANONYMOUS_FROM, 2, ANONYMOUS_FROM, 3]
    assert api.uid_of(ctx, [1, 2, 3]) == {1: 1, 2: 2, 3: 1}
    assert people(ctx) == {
        frozenset({"customer_id:17850", "customer_id:12345", "order:1", "order:2", "phone:138****0001"}),
        frozenset({"customer_id:13047", "order:4"}),
        frozenset({"order:3"}),
    }
    (entry,) = api.why(ctx, 1).ledger
    assert (entry.kind, entry.uids) == ("bulk", (1, 3))
    assert api.observe_bulk(ctx, wide(), source="test").to_pylist() == suids
    assert len(api.why(ctx, 1).ledger) == 1
    api.unmerge(ctx, ledger_id=entry.id, reason="x")
    assert api.uid_of(ctx, [1, 3]) == {1: 1, 3: 3}
    assert api.observe_bulk(ctx, wide(), source="test").to_pylist() == suids
    assert api.uid_of(ctx, [1, 3]) == {1: 1, 3: 3}


def test_people_who_are_joined_by_news_bring_all_their_numbers(ctx) -> None:
    observe(ctx, [sight(0, "customer_id:a"), sight(1, "customer_id:b"), sight(2, "customer_id:c", "phone:13812340001")])
    observe(ctx, [sight(3, "customer_id:b", "phone:13812340001")])
    assert api.uid_of(ctx, [1, 2, 3]) == {1: 1, 2: 2, 3: 2}
    news = [sight(4, "customer_id:a", "email:a@mail.cn"), sight(5, "customer_id:b", "email:a@mail.cn")]
    assert observe(ctx, news, batch=2, take=bulk.observe_many) == [1, 2]
    assert api.uid_of(ctx, [1, 2, 3]) == {1: 1, 2: 1, 3: 1}
    newest, _ = api.why(ctx, 1).ledger
    assert (newest.kind, newest.uids, len(newest.edge_ids)) == ("merge", (1, 2), 2)
    assert newest.aliases_before == {2: 2, 3: 2}
    assert newest.aliases_after == {2: 1, 3: 1}
    api.unmerge(ctx, ledger_id=newest.id, reason="x")
    assert api.uid_of(ctx, [1, 2, 3]) == {1: 1, 2: 2, 3: 2}
    assert people(ctx) == {
        frozenset({"customer_id:a", "email:a***@mail.cn"}),
        frozenset({"customer_id:b", "customer_id:c", "phone:138****0001"}),
    }


def test_bulk_says_what_is_wrong_with_a_table(ctx) -> None:
    assert api.observe_bulk(ctx, wide().slice(0, 0)).to_pylist() == []
    with pytest.raises(BadInput, match="time zone"):
        api.observe_bulk(ctx, wide().drop_columns("occurred_at"))
    with pytest.raises(BadInput, match="time zone"):
        api.observe_bulk(
            ctx, wide().set_column(4, "occurred_at", pa.array([START.replace(tzinfo=None)] * 6, pa.timestamp("us")))
        )
    with pytest.raises(BadInput, match="no occurred_at"):
        api.observe_bulk(ctx, wide().set_column(4, "occurred_at", pa.nulls(6, pa.timestamp("us", "UTC"))))


def records(path: Path) -> list[dict]:
    return pq.read_table(path / "record_linkage" / "fake_1000.parquet").to_pylist()


def names_of(row: dict) -> Sight:
    found = [("record", str(row["unique_id"]))]
    if isinstance(row["email"], str):
        found.append(("email", row["email"]))
    key = [row[k] for k in ("first_name", "surname", "dob")]
    if all(isinstance(k, str) for k in key):
        found.append(("name_birthday", "|".join(key)))
    return Sight(tuple(found), row["unique_id"])


@pytest.mark.parametrize("way", ["online", "shuffled", "bulk", "wide", "mixed"])
def test_fake_1000(ctx, shared_data: Path, way: str) -> None:
    """588 people, precision 1.0, recall .4052: what e-mail and name with birthday can know, and nothing more.

    Source: MOJ's splink_datasets fake_1000 (MIT), 1,000 records of 251 people; the figure of the two rules
    was computed by union-find over the file.
    """
    rows = records(shared_data)
    email, birthday = api.policies(ctx).of("email"), api.policies(ctx).of("name_birthday")
    store.save_policy(ctx.tx, replace(email, block=()), 1, "test", START)  # the set's mailboxes are at example domains
    store.save_policy(ctx.tx, replace(birthday, linkable=True, cap=8), 1, "test", START)
    sights = [names_of(r) for r in rows]
    if way == "online":
        suids = observe(ctx, sights, batch=50)
    elif way == "shuffled":
        ctx.rng.shuffle(sights)
        suids = observe(ctx, sights, batch=7)
    elif way == "bulk":
        suids = by_record(ctx, sights)
    elif way == "wide":
        columns = {ns: [dict(s.names).get(ns) for s in sights] for ns in ("record", "email", "name_birthday")}
        at = pa.array([s.at for s in sights], pa.timestamp("us", "UTC"))
        suids = api.observe_bulk(ctx, pa.table({**columns, "occurred_at": at})).to_pylist()
    else:
        suids = by_record(ctx, sights[:400]) + observe(ctx, sights[400:], batch=100)
    uid = api.uid_of(ctx, [s for s in suids if s is not None])
    who = {s.minute: uid[suid] for s, suid in zip(sights, suids, strict=True) if suid is not None}
    assert len(who) == 1000
    assert len(set(who.values())) == 588
    assert api.counts(ctx).identified == 588
    truth = {r["unique_id"]: r["cluster"] for r in rows}
    together, true = pairs(who), pairs(truth)
    assert len(together & true) / len(together) == 1.0
    assert round(len(together & true) / len(true), 4) == 0.4052


def by_record(ctx, sights: list[Sight]) -> list[int]:
    """Observe in bulk and return one suid per sight: the rows of one observation all have the same."""
    table = long_table(sights)
    rows = zip(table["observation"].to_pylist(), api.observe_bulk(ctx, table).to_pylist(), strict=True)
    of: dict[int, set[int]] = defaultdict(set)
    for observation, suid in rows:
        of[observation].add(suid)
    assert all(len(found) == 1 for found in of.values())
    return [of[i].pop() for i in range(len(sights))]


def pairs(group_of: dict[int, int]) -> set[tuple[int, int]]:
    members = defaultdict(list)
    for i in sorted(group_of):
        members[group_of[i]].append(i)
    return {pair for group in members.values() for pair in combinations(group, 2)}


def test_bulk_and_online_wait_for_each_other(db, make_ctx) -> None:
    """An import holds its transaction open while somebody else observes the same people: neither is lost."""
    with db.tx() as tx:
        importing = make_ctx(tx)
        api.observe_bulk(importing, long_table([sight(0, "customer_id:a", "phone:13812340001")]))
        with contextlib.ExitStack() as stack:
            other = make_ctx(stack.enter_context(db.tx()))
            other.tx.execute("set local lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                observe(other, [sight(1, "customer_id:b", "phone:13812340001")])
            other.tx.rollback()
    with db.tx() as tx:
        ctx = make_ctx(tx)
        observe(ctx, [sight(1, "customer_id:b", "phone:13812340001")])
        assert len(people(ctx)) == 1


def test_a_policy_of_ones_own(ctx) -> None:
    api.save_policy(ctx, Policy("till_card", "hard", 12, linkable=True, anonymous=False, exclusive=True))
    table = long_table([sight(0, "till_card:1", "phone:13812340001"), sight(1, "till_card:2", "phone:13812340001")])
    api.observe_bulk(ctx, table)
    assert len(people(ctx)) == 2
    assert len(api.review_queue(ctx)) == 1
