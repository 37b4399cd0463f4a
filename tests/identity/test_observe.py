"""Evidence taken online: suids, people, constraints, and the log's consumer."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from tests.identity.seeing import START, groups, observe, people, ref, sight

from regulars.core.errors import BadInput, Forbidden, NotFound
from regulars.core.event import Event, Identifier, IdentifierRef
from regulars.core.ids import new_id
from regulars.identity import api, handlers, store
from regulars.identity.contract import ANONYMOUS_FROM, Observation, PeopleCounts, Policy
from regulars.infra import event_log


def aliases(ctx) -> dict[int, int]:
    return {r["suid"]: r["uid"] for r in ctx.tx.execute("select suid, uid from uid_alias").fetchall()}


def realigned(ctx) -> list[dict]:
    rows = ctx.tx.execute("select props from event_log where type = 'person.realigned' order by seq")
    return [r["props"] for r in rows]


def test_the_suid_is_that_of_the_strongest_identifier_and_stays(ctx) -> None:
    first, again, phone, both = observe(
        ctx,
        [
            sight(0, "customer_id:c1", "phone:13812340001"),
            sight(1, "customer_id:c1"),
            sight(2, "phone:13812340001"),
            sight(3, "customer_id:c2", "phone:13812340001"),
        ],
    )
    assert (first, again, phone, both) == (1, 1, 2, 3)
    assert aliases(ctx) == {2: 1, 3: 1}
    assert api.uid_of(ctx, [1, 2, 3, 99]) == {1: 1, 2: 1, 3: 1, 99: 99}
    assert api.suids_of(ctx, [1, 2]) == {1: [1, 2, 3], 2: []}
    assert [(p["uids"], p["aliases"]) for p in realigned(ctx)] == [([1], [[2, 1]]), ([1], [[3, 1]])]
    assert api.find(ctx, "phone", "", "138 1234 0001") == 1
    assert api.find(ctx, "phone", "", "13812340009") is None
    assert api.search(ctx, "13812340001") == {1: {"phone"}}
    assert api.search(ctx, "c2") == {1: {"customer_id"}}
    assert api.search(ctx, " ") == {}
    assert [e.kind for e in api.why(ctx, 1).ledger] == ["merge"]


def test_an_anonymous_basket_is_claimed_by_its_buyer(ctx) -> None:
    (basket,) = observe(ctx, [sight(0, "order:536544")])
    assert basket == ANONYMOUS_FROM
    assert api.counts(ctx) == PeopleCounts(0, 1)
    (claimed,) = observe(ctx, [sight(9, "order:536544", "customer_id:17850")])
    assert claimed == 1
    assert aliases(ctx) == {ANONYMOUS_FROM: 1}
    assert api.counts(ctx) == PeopleCounts(1, 0)
    assert people(ctx) == {frozenset({"order:536544", "customer_id:17850"})}


def test_oaid_and_garbage_are_nobody(ctx) -> None:
    found = observe(
        ctx,
        [
            sight(0, "oaid:abcdefg"),
            sight(1, "phone:null"),
            sight(2, "phone:13800138000", "customer_id:a"),
            sight(3, "phone:13800138000", "customer_id:b"),
            sight(4, "customer_id:0"),
        ],
    )
    assert found == [None, None, 1, 2, None]
    assert len(people(ctx)) == 2


def test_a_value_seen_to_be_garbage_late_takes_its_links_back(ctx) -> None:
    bad = ref("phone", "13800138000")
    for i, name in enumerate("ab"):
        api.observe(ctx, [Observation((bad, ref("customer_id", name)), START, "t", str(i), 1)])
    assert api.uid_of(ctx, [1, 2]) == {1: 1, 2: 1}
    api.remember(ctx, [Identifier("phone", "", "13800138000")])
    assert api.uid_of(ctx, [1, 2]) == {1: 1, 2: 2}
    assert [e.kind for e in api.why(ctx, 2).ledger] == ["unmerge", "merge"]


def test_an_unknown_namespace_names_but_does_not_connect_until_it_has_a_policy(ctx) -> None:
    (card,) = observe(ctx, [sight(0, "club_card:x", "order:1")])
    assert card == ANONYMOUS_FROM
    api.save_policy(ctx, Policy("club_card", "hard", 15, linkable=True, anonymous=False))
    assert observe(ctx, [sight(1, "club_card:y", "order:2")]) == [1]
    assert frozenset({"club_card:****", "order:2"}) in people(ctx)


def test_member_numbers_are_kept_apart_and_queued(ctx) -> None:
    observe(
        ctx,
        [
            sight(0, "member_no:A", "phone:13812340001"),
            sight(1, "member_no:B", "phone:13812340001"),
            sight(2, "member_no:B", "email:b@shop.cn"),
        ],
    )
    assert people(ctx) == {
        frozenset({"member_no:A", "phone:138****0001"}),
        frozenset({"member_no:B", "email:b***@shop.cn"}),
    }
    (item,) = api.review_queue(ctx)
    assert item.reason == "member_no"
    assert {item.a.masked, item.b.masked} == {"B", "138****0001"}
    assert [e.reason for e in api.why(ctx, 1).refused] == ["member_no"]
    # Earlier evidence for B turns it round, and the queue follows.
    observe(ctx, [sight(-5, "member_no:B", "phone:13812340001")])
    assert frozenset({"member_no:B", "phone:138****0001", "email:b***@shop.cn"}) in people(ctx)
    (other,) = api.review_queue(ctx)
    assert {other.a.masked, other.b.masked} == {"A", "138****0001"}
    assert api.review_queue(ctx, "obsolete")[0].id == item.id


def test_a_shared_phone_drops_out_and_its_people_part(ctx) -> None:
    api.save_policy(ctx, Policy("phone", priority=40, cap=2, linkable=True, anonymous=False))
    observe(ctx, [sight(i, f"customer_id:{i + 100}", "phone:13812340001") for i in range(2)])
    assert len(people(ctx)) == 1
    observe(ctx, [sight(5, "customer_id:102", "phone:13812340001")])
    assert people(ctx) == {frozenset({f"customer_id:{i}"}) for i in (100, 101, 102)}
    assert api.find(ctx, "phone", "", "13812340001") is None
    assert [e.reason for e in api.why(ctx, 1).refused] == ["over_cap"]
    # An event that needs it gives the split-off phone a number of its own.
    assert observe(ctx, [sight(6, "phone:13812340001")]) == [4]
    api.save_policy(ctx, Policy("phone", priority=40, cap=3, linkable=True, anonymous=False))
    assert len(people(ctx)) == 1


def test_a_policy_change_reads_the_values_again(ctx) -> None:
    observe(ctx, [sight(0, "customer_id:a", "email:till@shop.cn"), sight(1, "customer_id:b", "email:till@shop.cn")])
    assert len(people(ctx)) == 1
    email = api.policies(ctx).of("email")
    changed = api.save_policy(
        ctx, Policy("email", priority=50, block=(*email.block, "^till@"), linkable=True, anonymous=False)
    )
    assert changed.version == 1
    assert len(people(ctx)) == 2
    api.save_policy(ctx, email)
    assert len(people(ctx)) == 1


def test_known_evidence_takes_no_lock(ctx, db, make_ctx) -> None:
    seen = [sight(0, "customer_id:a", "phone:13812340001")]
    observe(ctx, seen)
    ctx.tx.commit()
    with db.tx() as other:
        store.lock(other)
        assert observe(ctx, [sight(1, "customer_id:a", "phone:13812340001")]) == [1]


def test_too_many_identifiers_are_refused(ctx) -> None:
    refs = tuple(IdentifierRef("device", "", f"{i:032x}") for i in range(51))
    with pytest.raises(BadInput, match="at most 50"):
        api.observe(ctx, [Observation(refs, START, "t", "1", 1)])


def test_one_transaction_waits_for_the_other_and_nothing_is_lost(db, make_ctx) -> None:
    """Each of two writers adds half of a chain; the links overlap, and both keep their transaction open a while."""
    names = [f"customer_id:{i}" if i % 2 else f"phone:138123400{i:02d}" for i in range(40)]
    chain = [sight(i, names[i], names[i + 1]) for i in range(39)]
    failures: list[BaseException] = []

    def write(part: int) -> None:
        try:
            for start in range(0, len(chain), 4):
                with db.tx() as tx:
                    observe(make_ctx(tx), chain[start + part : start + 4 : 2], batch=2)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(part,)) for part in (0, 1)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not failures
    with db.tx() as tx:
        ctx = make_ctx(tx)
        (everybody,) = groups(ctx, "")
        assert len(everybody) == 40
        assert set(aliases(ctx).values()) == {1}


def test_the_consumer_names_the_people_of_events(ctx, db, make_ctx) -> None:
    refs = api.remember(ctx, [Identifier("customer_id", "", "a"), Identifier("order", "", "1")])
    on = START.date()

    def event(i: int, *who: IdentifierRef) -> Event:
        return Event(
            id=new_id(), brand_id=1, type="page.viewed", source="t", source_id=str(i), recorded_at=START,
            occurred_at=START + timedelta(minutes=i), business_on=on, identifiers=who,
        )  # fmt: skip

    event_log.append(ctx, [event(0, refs[1]), event(1, *refs), event(2)])
    ctx.tx.commit()
    by_name = {c.name: c for c in event_log.consumers()}
    identity, to_lake = by_name["identity"], by_name[handlers.ALIASES]
    while event_log.step(db, make_ctx, identity):
        pass
    named = ctx.tx.execute("select suid from event_subject order by seq").fetchall()
    assert [r["suid"] for r in named] == [ANONYMOUS_FROM, 1]
    ctx.tx.commit()
    while event_log.step(db, make_ctx, to_lake):
        pass
    (row,) = ctx.lake.rows(
        f"SELECT dictGetOrDefault('uid_alias_dict', 'uid', toUInt64({ANONYMOUS_FROM}), toUInt32(0)) AS uid"
    )
    assert row["uid"] == 1
    entry = api.why(ctx, 1).ledger[0]
    api.unmerge(ctx, ledger_id=entry.id, reason="test")
    ctx.tx.commit()
    while event_log.step(db, make_ctx, identity) or event_log.step(db, make_ctx, to_lake):
        pass
    (row,) = ctx.lake.rows(
        f"SELECT dictGetOrDefault('uid_alias_dict', 'uid', toUInt64({ANONYMOUS_FROM}), toUInt32(0)) AS uid"
    )
    assert row["uid"] == ANONYMOUS_FROM


def test_revealing_needs_permission_and_a_reason_and_is_audited(ctx) -> None:
    from dataclasses import replace

    from regulars.core.ctx import Scope

    observe(ctx, [sight(0, "phone:13812340001")])
    (known,) = api.identifiers(ctx, 1)
    assert known.masked == "138****0001"
    assert api.labels(ctx, [1]) == {1: "138****0001"}
    assert api.reveal(ctx, known.id, "called back") == "13812340001"
    (row,) = ctx.tx.execute("select * from audit_entry where action = 'identifier.revealed'").fetchall()
    assert row["after"] == {"uid": 1, "ns": "phone", "reason": "called back"}
    with pytest.raises(BadInput):
        api.reveal(ctx, known.id, " ")
    with pytest.raises(NotFound):
        api.reveal(ctx, 999, "x")
    with pytest.raises(Forbidden):
        api.reveal(replace(ctx, scope=Scope(frozenset({"customers.read"}))), known.id, "x")


def test_scope_hides_another_brands_member_number(ctx) -> None:
    from dataclasses import replace

    from regulars.core.ctx import Scope

    refs = api.remember(ctx, [Identifier("member_no", "1", "M1"), Identifier("member_no", "2", "M2")])
    api.observe(ctx, [Observation(tuple(refs), START, "t", "1", 2)])
    assert len(api.identifiers(ctx, 1)) == 2
    narrow = replace(ctx, scope=Scope(frozenset({"*"}), brands=frozenset({1})))
    assert [i.scope for i in api.identifiers(narrow, 1)] == ["1"]
    assert api.why(narrow, 1).edges == ()
    assert api.scope_of(ctx, "member_no") == "1"
    assert api.scope_of(ctx, "order", shop="s") == "1:s"
