"""The sender under every kind of trouble: keyed channels lose and double nothing, the others list what is unclear."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from tests.channels.counting import Killed, per_person, taken
from tests.journeys import shop

from regulars.channels import api
from regulars.channels.contract import Frequency, Message, SendPass, Tally
from regulars.channels.sender import LEASE
from regulars.core.event import TRIGGERING
from regulars.infra import event_log

N = 25  # three requests of ten


@pytest.fixture
def uids(db, make_ctx) -> list[int]:
    with db.tx() as tx:
        made = shop.people(make_ctx(tx), N)
        shop.consent(make_ctx(tx), made)
        return made


@pytest.fixture
def book(tmp_path) -> Path:
    return tmp_path / "book"


def plan(db, make_ctx, uids, **changes) -> None:
    with db.tx() as tx:
        api.plan(make_ctx(tx), shop.order("batch", **changes), [(1, uids)])


def tally(db, make_ctx) -> Tally:
    with db.tx() as tx:
        return api.tally(make_ctx(tx), "batch")


def until_quiet(db, make_ctx, clock) -> None:
    """Send, with time passing, until nothing is open."""
    for _ in range(40):
        api.send_due(db, make_ctx)
        if not api.open_requests(db):
            return
        clock.advance(timedelta(minutes=11))
    raise AssertionError("requests stay open")


def test_everybody_gets_it_once_and_events_tell(db, make_ctx, uids, book):
    plan(db, make_ctx, uids, **shop.counting(book), message=Message("Hi", "All yours."))
    done = api.send_due(db, make_ctx)
    assert done == SendPass(requests=3, sent=N)
    assert per_person(book) == dict.fromkeys(uids, 1)
    assert tally(db, make_ctx) == Tally(sent=N)
    with db.tx() as tx:
        rows = tx.execute(
            "select l.type, l.origin, s.suid from event_log l join event_subject s on s.seq = l.seq"
            " where l.type like 'message.%'"
        ).fetchall()
    assert sorted(r["suid"] for r in rows) == sorted(uids)
    assert {(r["type"], r["origin"]) for r in rows} == {("message.sent", "live")}


def test_planning_twice_sends_once(db, make_ctx, uids, book):
    for _ in range(3):
        plan(db, make_ctx, uids, **shop.counting(book))
    api.send_due(db, make_ctx)
    plan(db, make_ctx, uids, **shop.counting(book))
    api.send_due(db, make_ctx)
    assert per_person(book) == dict.fromkeys(uids, 1)


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (["later", "later"], Tally(sent=N)),
        (["refused"], Tally(failed=N)),
        (["lost"], Tally(sent=N)),
        (["answer lost", "lost"], Tally(sent=N)),
        (["lost", "refused"], Tally(unknown=N)),  # the first attempt may have arrived after all
        (["lost"] * 8, Tally(unknown=N)),
        (["later"] * 8, Tally(failed=N)),
        (["refuses one"], Tally(sent=N - 3, failed=3)),
        (["unsure of one"], Tally(sent=N - 3, unknown=3)),
    ],
)
def test_trouble_on_a_keyed_channel(db, make_ctx, clock, uids, book, trouble, expected):
    plan(db, make_ctx, uids, **shop.counting(book, trouble=trouble))
    until_quiet(db, make_ctx, clock)
    assert tally(db, make_ctx) == expected
    assert set(per_person(book).values()) <= {1}


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (["later", "later"], Tally(sent=N)),
        (["refused"], Tally(failed=N)),
        (["lost"], Tally(unknown=N)),
        (["answer lost"], Tally(unknown=N)),
        (["refuses one"], Tally(sent=N - 3, failed=3)),
    ],
)
def test_trouble_without_a_key_is_listed_and_never_sent_again(db, make_ctx, clock, uids, book, trouble, expected):
    plan(db, make_ctx, uids, **shop.counting(book, trouble=trouble, keyed=False))
    until_quiet(db, make_ctx, clock)
    assert tally(db, make_ctx) == expected
    assert set(per_person(book).values()) <= {1}
    with db.tx() as tx:
        listed = api.outcome_page(make_ctx(tx), "batch", state="unknown", limit=1000)
    assert len(listed) == expected.unknown


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "without key"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_commit(db, make_ctx, clock, uids, book, keyed, after):
    """However a sender dies, the next one ends it: kill at the 1st, 2nd, ... commit until one run dies nowhere."""
    reached: dict[int, int] = {}
    for at in range(1, 100):
        own = book.with_name(f"book-{at}")
        with db.tx() as tx:
            api.plan(make_ctx(tx), shop.order(f"b{at}", **shop.counting(own, keyed=keyed)), [(1, uids)])
        dying = shop.Dying(db, at, after=after)
        try:
            api.send_due(dying, make_ctx)
        except Killed:
            pass
        else:
            break
        clock.advance(LEASE + timedelta(seconds=1))
        until_quiet(db, make_ctx, clock)
        with db.tx() as tx:
            found = api.tally(make_ctx(tx), f"b{at}")
            unknown = {o.uid for o in api.outcome_page(make_ctx(tx), f"b{at}", state="unknown", limit=100)}
        times = per_person(own)
        assert found.sent + found.unknown == N
        assert set(times.values()) <= {1}, "nobody is reached twice"
        if keyed:
            assert (found.sent, times) == (N, dict.fromkeys(uids, 1))
        else:
            assert unknown <= set(uids)
            assert set(uids) - set(times) <= unknown, "who was not reached is listed"
        reached[at] = found.unknown
    else:
        raise AssertionError("it never ran to the end")
    assert len(reached) >= 9  # three requests of three commits each
    assert keyed or any(reached.values())


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "without key"])
@pytest.mark.parametrize("when", ["killed before", "killed after"])
def test_killed_within_the_call(db, make_ctx, clock, uids, book, keyed, when):
    plan(db, make_ctx, uids, **shop.counting(book, trouble=[when], keyed=keyed))
    for _ in range(3):
        with pytest.raises(Killed):
            api.send_due(db, make_ctx)
    clock.advance(LEASE + timedelta(seconds=1))
    until_quiet(db, make_ctx, clock)
    assert tally(db, make_ctx) == (Tally(sent=N) if keyed else Tally(unknown=N))
    assert set(per_person(book).values()) <= {1}


def test_two_senders_at_once_share_the_work(db, make_ctx, uids, book):
    plan(db, make_ctx, uids, **shop.counting(book, keyed=False))
    threads = [threading.Thread(target=api.send_due, args=(db, make_ctx)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert per_person(book) == dict.fromkeys(uids, 1)
    assert tally(db, make_ctx) == Tally(sent=N)


def test_two_senders_cannot_both_use_the_last_of_a_budget(db, make_ctx, uids, book):
    for key in ("one", "two", "three"):
        with db.tx() as tx:
            order = shop.order(key, **shop.counting(book, keyed=False), frequency=Frequency(1, 3))
            api.plan(make_ctx(tx), order, [(1, uids)])
    threads = [threading.Thread(target=api.send_due, args=(db, make_ctx)) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert per_person(book) == dict.fromkeys(uids, 1)


def test_a_refusal_gives_the_budget_back(db, make_ctx, clock, uids, book):
    once = {"frequency": Frequency(1, 3)}
    plan(db, make_ctx, uids, **shop.counting(book, trouble=["refused"]), **once)
    api.send_due(db, make_ctx)
    with db.tx() as tx:
        api.plan(make_ctx(tx), shop.order("again", **shop.counting(book), **once), [(1, uids)])
    assert api.send_due(db, make_ctx).sent == N


def test_a_withdrawal_after_an_unclear_attempt_is_unknown_not_suppressed(db, make_ctx, clock, uids, book):
    plan(db, make_ctx, uids, **shop.counting(book, trouble=["lost"]))
    api.send_due(db, make_ctx)
    with db.tx() as tx:
        shop.consent(make_ctx(tx), uids[:2], "withdrawn", at=clock.business_now())
    until_quiet(db, make_ctx, clock)
    assert tally(db, make_ctx) == Tally(sent=N - 2, unknown=2)
    assert set(per_person(book)) == set(uids[2:])


def test_the_sender_stands_still_while_the_log_is_behind(db, make_ctx, clock, uids, book):
    event_log.add_consumer(event_log.Consumer("test.slow", lambda ctx, events: None, origins=frozenset(TRIGGERING)))
    try:
        with db.tx() as tx:
            tx.execute("insert into event_consumer (name) values ('test.slow')")
            event_log.emit(make_ctx(tx), "page.viewed", "test", "p1", {"url": "https://shop.test/"}, suid=uids[0])
        plan(db, make_ctx, uids, **shop.counting(book))
        clock.advance(timedelta(minutes=5))
        halted = api.send_due(db, make_ctx)
        assert "test.slow" in halted.halted
        assert taken(book) == []
        assert event_log.step(db, make_ctx, next(c for c in event_log.consumers() if c.name == "test.slow"))
        assert api.send_due(db, make_ctx).sent == N
    finally:
        event_log._handlers.pop("test.slow", None)


def test_erasure_reaches_requests_that_are_planned(db, make_ctx, uids, book):
    plan(db, make_ctx, uids, **shop.counting(book))
    from regulars.channels.people_port import ChannelsPeople

    with db.tx() as tx:
        assert ChannelsPeople().erase(make_ctx(tx), uids[:4]) > 0
        assert ChannelsPeople().erase(make_ctx(tx), uids[:4]) == 0
    api.send_due(db, make_ctx)
    assert set(per_person(book)) == set(uids[4:])
    with db.tx() as tx:
        assert ChannelsPeople().export(make_ctx(tx), uids[:4]) == {}
        assert len(ChannelsPeople().export(make_ctx(tx), [uids[5]])["messages"]) == 1


_SENDER = """
import sys
from datetime import UTC, datetime
from random import Random
import regulars.core.events
import tests.channels.counting
from regulars.channels import api
from regulars.core.clock import ManualClock
from regulars.core.ctx import Actor, Ctx, Scope
from regulars.infra.crypto import Vault, set_vault
from regulars.infra.db import Database
from regulars.infra.lake import LakeClient

database_url, lake_url, lake_database, key = sys.argv[1:]
set_vault(Vault(bytes.fromhex(key)))
lake = LakeClient(lake_url, lake_database)
clock = ManualClock(datetime(2011, 12, 10, 12, tzinfo=UTC))

def make_ctx(tx, brand_id=1):
    return Ctx(tx=tx, lake=lake, brand_id=brand_id, actor=Actor("system", "t", "t"), scope=Scope(frozenset({"*"})),
               clock=clock, rng=Random(7), zone="Europe/London", currency="GBP")

api.send_due(Database(database_url), make_ctx)
"""


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "without key"])
def test_a_sender_killed_minus_nine_in_the_call(db, make_ctx, clock, lake, database_url, uids, book, keyed):
    plan(db, make_ctx, uids, **shop.counting(book, trouble=["slow"], keyed=keyed))
    child = subprocess.Popen(
        [sys.executable, "-c", _SENDER, database_url, lake.url, lake.database, shop.KEY.hex()],
        cwd=Path(__file__).parents[2],
    )
    try:
        deadline = time.monotonic() + 60
        while not taken(book):
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert len(taken(book)) == 10  # the provider took the first request, and nobody heard of it
    with db.tx() as tx:
        tx.execute("update send_batch set config = jsonb_set(config, '{trouble}', '[]')")
    clock.advance(LEASE + timedelta(seconds=1))
    until_quiet(db, make_ctx, clock)
    times = per_person(book)
    assert set(times.values()) <= {1}
    assert tally(db, make_ctx) == (Tally(sent=N) if keyed else Tally(sent=N - 10, unknown=10))
    assert set(times) == set(uids)
