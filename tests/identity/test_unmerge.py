"""Taking people apart again: exact, also after later events; and bringing them together by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.identity.seeing import observe, people, sight

from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.core.people import person_data
from regulars.identity import api, value_blocks
from regulars.identity.person_port import IdentityData


def snapshot(ctx) -> tuple[set[frozenset[str]], dict[int, int]]:
    aliases = {r["suid"]: r["uid"] for r in ctx.tx.execute("select suid, uid from uid_alias").fetchall()}
    return people(ctx), aliases


def last_merge(ctx, uid: int) -> int:
    return next(e.id for e in api.why(ctx, uid).ledger if e.kind in ("merge", "bulk") and e.undone_by is None)


def test_an_unmerge_brings_back_exactly_what_was(ctx) -> None:
    observe(ctx, [sight(0, "customer_id:a", "email:x@shop.cn"), sight(1, "customer_id:b", "phone:13812340001")])
    before = snapshot(ctx)
    observe(ctx, [sight(2, "customer_id:b", "email:x@shop.cn")])
    assert len(people(ctx)) == 1
    # Later events of each side, each on identifiers only that side had.
    suids = observe(
        ctx,
        [
            sight(3, "email:x@shop.cn"),
            sight(4, "phone:13812340001"),
            sight(5, "customer_id:b", "device:d1"),
            sight(6, "customer_id:b", "email:x@shop.cn"),
        ],
    )
    assert api.uid_of(ctx, [s for s in suids if s]) == dict.fromkeys(suids, 1)
    api.unmerge(ctx, ledger_id=last_merge(ctx, 1), reason="shared mailbox")
    now, aliases = snapshot(ctx)
    assert now == {g | {"device:d1"} if "customer_id:b" in g else g for g in before[0]}
    assert {k: v for k, v in aliases.items() if k in before[1]} == before[1]
    assert api.uid_of(ctx, [s for s in suids if s]) == {3: 1, 4: 2, 2: 2}
    # The same evidence again does not bring them together, nor does new evidence; that waits in the queue.
    observe(ctx, [sight(7, "customer_id:b", "email:x@shop.cn"), sight(8, "customer_id:a", "device:d1")])
    assert api.uid_of(ctx, [1, 2]) == {1: 1, 2: 2}
    (item,) = api.review_queue(ctx)
    assert item.reason == "kept_apart"
    api.decide(ctx, item.id, "merge")
    assert api.uid_of(ctx, [1, 2]) == {1: 1, 2: 1}
    assert api.review_queue(ctx) == []


def test_an_unmerge_is_exact_when_the_joining_evidence_is_older_than_the_rest(ctx) -> None:
    observe(ctx, [sight(5, "customer_id:a", "email:x@shop.cn"), sight(6, "email:x@shop.cn"), sight(7, "customer_id:b")])
    before = snapshot(ctx)
    observe(ctx, [sight(1, "customer_id:b", "email:x@shop.cn")])
    assert len(people(ctx)) == 1
    api.unmerge(ctx, ledger_id=last_merge(ctx, 1), reason="test")
    assert snapshot(ctx) == before


def test_what_first_came_with_the_merge_stays_with_one_side(ctx) -> None:
    observe(ctx, [sight(0, "customer_id:a", "email:x@shop.cn")])
    observe(ctx, [sight(1, "customer_id:b", "phone:13812340001", "email:x@shop.cn")])
    api.unmerge(ctx, ledger_id=last_merge(ctx, 1), reason="test")
    assert people(ctx) == {
        frozenset({"customer_id:a", "email:x***@shop.cn"}),
        frozenset({"customer_id:b", "phone:138****0001"}),
    }
    assert api.review_queue(ctx) == []


def test_three_people_by_hand_and_back_in_any_order(ctx) -> None:
    observe(ctx, [sight(i, f"customer_id:{name}") for i, name in enumerate("abc")])
    apart = snapshot(ctx)
    first = api.merge(ctx, 1, 2, "same letter")
    api.merge(ctx, 3, 2, "same letter")
    assert len(people(ctx)) == 1
    api.unmerge(ctx, ledger_id=first.ledger_ids[0], reason="no")
    assert people(ctx) == {frozenset({"customer_id:a", "customer_id:c"}), frozenset({"customer_id:b"})}
    with pytest.raises(Conflict):
        api.unmerge(ctx, ledger_id=first.ledger_ids[0], reason="again")
    again = api.merge(ctx, 2, 3, "yes after all")
    assert len(people(ctx)) == 1
    assert api.uid_of(ctx, [1, 2, 3]) == {1: 1, 2: 1, 3: 1}
    undone = {e.id: e.undone_by for e in api.why(ctx, 1).ledger}
    assert again.ledger_ids[0] in undone.values(), "the separation was taken back by the second merge"
    api.unmerge(ctx, ledger_id=again.ledger_ids[0], reason="no")
    assert people(ctx) == {frozenset({"customer_id:a", "customer_id:c"}), frozenset({"customer_id:b"})}
    api.unmerge(ctx, ledger_id=last_merge(ctx, 1), reason="no")
    assert snapshot(ctx) == apart


def test_one_piece_of_evidence_is_void(ctx) -> None:
    observe(
        ctx,
        [
            sight(0, "customer_id:a", "email:x@shop.cn"),
            sight(1, "customer_id:b", "email:x@shop.cn"),
            sight(2, "customer_id:c", "email:x@shop.cn"),
        ],
    )
    edge = next(e for e in api.why(ctx, 1).edges if "b" in (e.a.masked, e.b.masked))
    result = api.unmerge(ctx, edge_id=edge.id, reason="not hers")
    assert people(ctx) == {
        frozenset({"customer_id:a", "customer_id:c", "email:x***@shop.cn"}),
        frozenset({"customer_id:b"}),
    }
    assert result.aliases == {2: 2}
    assert [e.reason for e in api.why(ctx, 2).refused] == ["voided"]
    with pytest.raises(NotFound):
        api.unmerge(ctx, edge_id=edge.id, reason="again")
    with pytest.raises(BadInput):
        api.unmerge(ctx, reason="nothing named")


def test_constraints_stop_a_merge_by_hand(ctx) -> None:
    observe(ctx, [sight(0, "member_no:A"), sight(1, "member_no:B")])
    with pytest.raises(Conflict, match="member number"):
        api.merge(ctx, 1, 2, "x")
    with pytest.raises(Conflict, match="already"):
        api.merge(ctx, 1, 1, "x")
    with pytest.raises(NotFound):
        api.merge(ctx, 1, 77, "x")
    with pytest.raises(NotFound):
        api.unmerge(ctx, ledger_id=12345, reason="x")


def test_every_act_is_audited(ctx) -> None:
    observe(ctx, [sight(0, "customer_id:a"), sight(1, "customer_id:b")])
    entry = api.merge(ctx, 1, 2, "one").ledger_ids[0]
    api.unmerge(ctx, ledger_id=entry, reason="two")
    rows = ctx.tx.execute("select action from audit_entry order by id").fetchall()
    assert [r["action"] for r in rows] == ["people.merged", "people.separated"]


class Derived:
    """Another room, with one row for each of some suids."""

    room = "derived"

    def __init__(self) -> None:
        self.rows = {1: "one", 2: "two", 3: "three"}

    def realigned(self, ctx, uids) -> None:
        """Derive nothing."""

    def erase(self, ctx, suids) -> int:
        return sum(self.rows.pop(s, None) is not None for s in suids)

    def export(self, ctx, suids) -> dict:
        return {str(s): self.rows[s] for s in suids if s in self.rows}


@pytest.fixture
def derived() -> Iterator[Derived]:
    room = Derived()
    person_data.register(room)
    yield room
    person_data._ports.pop("derived")


def test_erasing_and_exporting_a_person(ctx, derived) -> None:
    observe(ctx, [sight(0, "customer_id:a", "phone:13812340001"), sight(1, "customer_id:b"), sight(2, "customer_id:c")])
    api.merge(ctx, 1, 2, "x")
    copy = IdentityData().export(ctx, api.suids_of(ctx, [1])[1])
    assert {i["value"] for i in copy["identifiers"]} == {"a", "b", "13812340001"}
    gone = api.erase(ctx, 1, "asked for it")
    assert gone["identity"] > 0
    assert derived.rows == {3: "three"}
    assert api.find(ctx, "phone", "", "13812340001") is None
    assert api.erase(ctx, 1, "again") == dict.fromkeys(gone, 0)
    assert people(ctx) == {frozenset({"customer_id:c"})}
    kept = [
        v
        for r in ctx.tx.execute("select id, ciphertext from identifier_value")
        for v in value_blocks.unseal(r["id"], r["ciphertext"])
        if v is not None
    ]
    assert kept == ["c"]
    (event,) = ctx.tx.execute("select props from event_log where type = 'person.erased'").fetchall()
    assert event["props"]["suids"] == [1, 2]
    # Numbers are never used again: the same customer later is somebody new.
    assert observe(ctx, [sight(9, "customer_id:a")]) == [4]


def test_erasing_somebody_releases_what_was_over_its_cap(ctx) -> None:
    cap = api.policies(ctx).of("device").cap
    observe(ctx, [sight(i, f"customer_id:{i + 50}", "device:till") for i in range(cap + 1)])
    assert len(people(ctx)) == cap + 1
    api.erase(ctx, 1, "x")
    assert len(people(ctx)) == 1
