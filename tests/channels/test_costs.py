"""What messages cost: each is booked once, whatever goes wrong; and whose budget comes first."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.channels.counting import messages, per_person
from tests.journeys import shop

from regulars.channels import api, codes, receipts, store_costs
from regulars.channels.billing import Bill
from regulars.channels.codes import Code
from regulars.channels.contract import Frequency, Message, Receipt
from regulars.core.errors import BadInput

N = 23  # three requests of ten


@pytest.fixture
def uids(db, make_ctx) -> list[int]:
    with db.tx() as tx:
        made = shop.people(make_ctx(tx), N)
        shop.consent(make_ctx(tx), made)
        return made


def plan(db, make_ctx, uids, key="batch", **changes) -> None:
    with db.tx() as tx:
        api.plan(make_ctx(tx), shop.order(key, **changes), [(1, uids)])


def booked(db, make_ctx) -> Counter[str]:
    with db.tx() as tx:
        ctx = make_ctx(tx)
        sums: Counter[str] = Counter()
        for row in store_costs.sums(ctx, ctx.today - timedelta(days=30), ctx.today):
            sums.update({name: row[name] for name in ("messages", "parts", "cost_fen")})
        return sums


TROUBLE = st.lists(
    st.sampled_from(["", "later", "lost", "answer lost", "refuses one", "unsure of one", "refused"]), max_size=3
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trouble=TROUBLE, keyed=st.booleans(), told=st.lists(st.integers(0, 4), min_size=N, max_size=N), run=st.uuids())
def test_the_ledger_is_the_messages_whatever_goes_wrong(
    db, make_ctx, clock, uids, tmp_path: Path, *, trouble, keyed, told, run
):
    """Faults of the provider, late answers and receipts that count otherwise, in any order: sums equal the messages."""
    before, earlier = booked(db, make_ctx), sent_pairs(db)
    sending = shop.counting(tmp_path / f"{run}", trouble=trouble, keyed=keyed)
    plan(db, make_ctx, uids, f"{run}", **sending)
    for _ in range(20):
        api.send_due(db, make_ctx)
        if not api.open_requests(db):
            break
        clock.advance(timedelta(minutes=11))
    with db.tx() as tx:
        chunks = tx.execute(
            "select id, uids from send_chunk where batch_id = (select max(id) from send_batch)"
        ).fetchall()
    whose = {uid: row["id"] for row in chunks for uid in row["uids"]}
    with db.tx() as tx:
        ctx = make_ctx(tx)
        for uid, parts in zip(uids, told, strict=True):
            ref = codes.write(Code(whose[uid], uid, "receipt"))
            came = [Receipt("delivered", clock.at, ref, parts=parts)] * 2 if parts else []
            receipts.apply(ctx, came)
    now = Counter(sent_pairs(db))
    now.subtract(earlier)
    new = [uid for (_, uid), n in now.items() if n]
    parts = sum(dict(zip(uids, told, strict=True))[uid] or 1 for uid in new)
    after = booked(db, make_ctx)
    after.subtract(before)
    assert {**after} == {"messages": len(new), "parts": parts, "cost_fen": 5 * parts}


def sent_pairs(db) -> Counter[tuple[int, int]]:
    with db.tx() as tx:
        rows = tx.execute("select c.id, u.uid from send_chunk c, unnest(c.sent) as u(uid)").fetchall()
    return Counter((row["id"], row["uid"]) for row in rows)


@given(st.integers(0, 99), st.integers(1, 9), st.dictionaries(st.integers(1, 2**32), st.integers(1, 20)))
def test_a_bill_is_read_as_it_was_written(fen, parts, of):
    bill = Bill(fen, parts, of)
    assert Bill.read(bill.json()) == bill


def test_nothing_is_booked_for_a_replay_or_for_who_is_not_reached(db, make_ctx, clock, uids, tmp_path: Path):
    with db.tx() as tx:
        shop.consent(make_ctx(tx), uids[:3], "withdrawn", at=clock.at - timedelta(days=1))
    plan(db, make_ctx, uids, "replay", origin="replay", replay_at=clock.at)
    plan(db, make_ctx, uids, **shop.counting(tmp_path / "book"))
    api.send_due(db, make_ctx)
    assert booked(db, make_ctx) == {"messages": N - 3, "parts": N - 3, "cost_fen": 5 * (N - 3)}


# --- priorities -------------------------------------------------------------------------------------------
ONE_A_DAY = Frequency(1, 1)


def test_the_higher_priority_gets_the_budget_though_the_lower_was_planned_first(db, make_ctx, uids, tmp_path: Path):
    counted = shop.counting(tmp_path / "book")
    low = {**counted, "frequency": ONE_A_DAY, "priority": 2, "message": Message("", "low")}
    high = {**counted, "frequency": ONE_A_DAY, "priority": 4, "message": Message("", "high")}
    plan(db, make_ctx, uids, "low", **low)
    plan(db, make_ctx, uids[:15], "high", **high)
    api.send_due(db, make_ctx)
    said = messages(tmp_path / "book")
    assert {uid: said[uid] for uid in uids[:15]} == dict.fromkeys(uids[:15], "high")
    assert {uid: said[uid] for uid in uids[15:]} == dict.fromkeys(uids[15:], "low")
    assert per_person(tmp_path / "book") == dict.fromkeys(uids, 1)
    with db.tx() as tx:
        assert api.tally(make_ctx(tx), "low").reasons == {"frequency.reached": 15}


def test_the_lower_waits_while_the_higher_is_under_way_but_not_for_what_stands_still(
    db, make_ctx, clock, uids, tmp_path: Path
):
    high = shop.counting(tmp_path / "book", trouble=["later"])
    plan(db, make_ctx, uids, "high", **high, frequency=ONE_A_DAY, priority=5)
    plan(db, make_ctx, uids, "low", **shop.counting(tmp_path / "low"), frequency=ONE_A_DAY)
    with db.tx() as tx:  # the provider's pace holds the higher one up
        tx.execute("update send_chunk set retry_at = retry_at + interval '5 s' where priority = 5")
    done = api.send_due(db, make_ctx)
    assert (done.sent, done.put_off, per_person(tmp_path / "low")) == (0, 3, {})
    clock.advance(timedelta(seconds=11))
    api.send_due(db, make_ctx)  # the higher one is refused for now: nobody waits for that
    assert sum(per_person(tmp_path / "low").values()) == N


def test_a_priority_is_one_to_five(db, make_ctx, uids):
    for priority in (0, 6):
        with pytest.raises(BadInput):
            plan(db, make_ctx, uids, priority=priority)
