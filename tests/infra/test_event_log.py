"""The log: nothing skipped, nothing twice, one bad event does not stop the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from regulars.core.errors import BadInput, Unavailable
from regulars.core.event import IdentifierRef
from regulars.infra import event_log
from regulars.infra.event_log import Consumer
from regulars.infra.lake import LakeError
from regulars.profiles.handlers import write_facts

NOON = datetime(2011, 12, 10, 12, tzinfo=UTC)


def _view(ctx, number):
    return event_log.emit(ctx, "page.viewed", "test", str(number), {"page": str(number)})


def _emit(db, make_ctx, numbers):
    with db.tx() as tx:
        for number in numbers:
            _view(make_ctx(tx), number)


def _collector(seen, name="reader", **options):
    return Consumer(name, lambda ctx, events: seen.extend(int(e.props["page"]) for e in events), **options)


def test_a_consumer_gets_every_event_once_and_in_order(db, make_ctx):
    _emit(db, make_ctx, range(25))
    seen: list[int] = []
    reader = _collector(seen)
    while event_log.step(db, make_ctx, reader, limit=10):
        pass
    assert seen == list(range(25))
    assert event_log.step(db, make_ctx, reader) == 0


def test_what_a_consumer_hears_is_asked_for_each_batch(db, make_ctx):
    seen: list[int] = []
    heard: set[str] = set()
    reader = _collector(seen, hears=lambda tx: heard)
    _emit(db, make_ctx, [1, 2])
    assert event_log.step(db, make_ctx, reader) == 2  # passed, and none of them taken
    heard.add("page.viewed")
    _emit(db, make_ctx, [3])
    assert event_log.step(db, make_ctx, reader) == 1
    assert seen == [3]


def test_a_late_committer_is_not_skipped(db, make_ctx):
    seen: list[int] = []
    reader = _collector(seen)
    with db.tx() as slow:
        _view(make_ctx(slow), 1)
        _emit(db, make_ctx, [2])  # begins later, commits first
        assert event_log.step(db, make_ctx, reader) == 0  # waits rather than skip
    while event_log.step(db, make_ctx, reader):
        pass
    assert sorted(seen) == [1, 2]


def test_effects_and_offset_commit_together(db, make_ctx):
    _emit(db, make_ctx, range(3))
    with db.tx() as tx:
        tx.execute("create table effect (n int)")

    def write_then_lose_the_store(ctx, events):
        for event in events:
            ctx.tx.execute("insert into effect values (%s)", (int(event.props["page"]),))
        raise Unavailable("the lake is away")

    def write(ctx, events):
        for event in events:
            ctx.tx.execute("insert into effect values (%s)", (int(event.props["page"]),))

    with pytest.raises(Unavailable):
        event_log.step(db, make_ctx, Consumer("writer", write_then_lose_the_store))
    assert event_log.step(db, make_ctx, Consumer("writer", write)) == 3
    with db.tx() as tx:
        assert [r["n"] for r in tx.execute("select n from effect order by n").fetchall()] == [0, 1, 2]
        assert tx.execute("select count(*) as n from event_parked").fetchone()["n"] == 0


def test_a_batch_taken_again_after_a_crash_is_the_same_batch(db, make_ctx):
    _emit(db, make_ctx, range(3))
    batches: list[list[int]] = []

    def crash(ctx, events):
        batches.append([e.seq for e in events])
        raise Unavailable("crash")

    with pytest.raises(Unavailable):
        event_log.step(db, make_ctx, Consumer("lake", crash))
    _emit(db, make_ctx, range(3, 9))
    with pytest.raises(Unavailable):
        event_log.step(db, make_ctx, Consumer("lake", crash))
    assert batches[0] == batches[1]


def test_a_poison_event_is_parked_with_its_reason_and_can_be_replayed(db, make_ctx):
    _emit(db, make_ctx, range(5))
    seen: list[int] = []
    broken = [True]

    def handle(ctx, events):
        for event in events:
            if event.props["page"] == "2" and broken[0]:
                raise BadInput("page 2 cannot be taken")
        seen.extend(int(e.props["page"]) for e in events)

    reader = Consumer("picky", handle)
    event_log.add_consumer(reader)
    event_log.step(db, make_ctx, reader)
    assert seen == [0, 1, 3, 4]
    with db.tx() as tx:
        (parked,) = event_log.parked(make_ctx(tx), "picky")
        assert "page 2 cannot be taken" in parked.reason
        broken[0] = False
        event_log.replay_parked(make_ctx(tx), "picky", parked.event.seq)
        assert list(event_log.parked(make_ctx(tx), "picky")) == []
    assert seen == [0, 1, 3, 4, 2]


def _in_lake(lake):
    rows = lake.rows(
        "SELECT JSONExtractString(props, 'page') AS page, count() AS n FROM events"
        " GROUP BY page ORDER BY toUInt32(page)"
    )
    return [(r["page"], r["n"]) for r in rows]


def _once_each(numbers):
    return [(str(n), 1) for n in numbers]


def test_a_lake_that_fails_after_it_wrote_gets_the_same_batch_again(db, make_ctx, lake):
    _emit(db, make_ctx, range(4))
    answers = [LakeError("Code: 241. DB::Exception: Memory limit exceeded (MEMORY_LIMIT_EXCEEDED)"), None]

    def write(ctx, events):
        write_facts(ctx, events)
        if answer := answers.pop(0):
            raise answer

    with pytest.raises(LakeError):
        event_log.step(db, make_ctx, Consumer("writer", write))
    _emit(db, make_ctx, [4])
    assert event_log.step(db, make_ctx, Consumer("writer", write)) == 4
    with db.tx() as tx:
        assert list(event_log.parked(make_ctx(tx))) == []
    assert _in_lake(lake) == _once_each(range(4))


def test_a_crash_during_the_search_for_a_bad_event_doubles_none(db, make_ctx, lake):
    _emit(db, make_ctx, range(9))
    crashes = [True] * 5

    def write(ctx, events):
        if any(e.props["page"] == "5" for e in events):
            raise BadInput("page 5 cannot be taken")
        write_facts(ctx, events)
        if crashes:
            crashes.pop()
            raise Unavailable("killed after the lake has it, before the mark")

    writer = Consumer("writer", write)
    while crashes:
        with pytest.raises(Unavailable):
            event_log.step(db, make_ctx, writer)
    while event_log.step(db, make_ctx, writer):
        pass
    with db.tx() as tx:
        assert [p.event.props["page"] for p in event_log.parked(make_ctx(tx))] == ["5"]
    assert _in_lake(lake) == _once_each([0, 1, 2, 3, 4, 6, 7, 8])


def test_a_value_that_the_lake_cannot_hold_is_the_events_own_fault(db, make_ctx, lake):
    with db.tx() as tx, pytest.raises(LakeError) as refused:
        make_ctx(tx).lake.command("INSERT INTO events (brand_id, type, business_on) SELECT 1, 'x', toDate('never')")
    assert refused.value.is_of_the_data
    with db.tx() as tx, pytest.raises(LakeError) as ours:
        make_ctx(tx).lake.rows("SELECT nothing_of_this_name FROM events")
    assert not ours.value.is_of_the_data


def test_lag_is_none_at_the_end_and_at_most_what_is_left(db, make_ctx):
    _emit(db, make_ctx, range(6))
    reader = _collector([], "reader")
    event_log.add_consumer(reader)
    event_log.step(db, make_ctx, reader, limit=2)
    with db.tx() as tx:
        assert [(o.consumer, o.events) for o in event_log.lag(make_ctx(tx))] == [("reader", 4)]
        assert event_log.slowest(make_ctx(tx)).events == 4
    event_log.step(db, make_ctx, reader)
    with db.tx() as tx:
        assert event_log.slowest(make_ctx(tx)).events == 0
    del event_log._handlers["reader"]


def test_texts_reach_the_log_as_they_are(db, make_ctx):
    odd = 'tab\t line\n "quote" back\\slash \\N \\. 中文 \r\x1f'
    with db.tx() as tx:
        event_log.emit(make_ctx(tx), "page.viewed", odd, odd, {"page": odd, "more": {"a": [1, 2.5, None, odd]}},
                       identifiers=[IdentifierRef("order", odd, "0" * 32)])  # fmt: skip
    found = []
    event_log.step(db, make_ctx, Consumer("reader", lambda ctx, events: found.extend(events)))
    assert [(e.source, e.source_id, e.identifiers[0].scope) for e in found] == [(odd, odd, odd)]
    assert found[0].props["page"] == odd
    assert found[0].props["more"] == {"a": [1, 2.5, None, odd]}


def test_a_consumer_stays_behind_the_one_it_follows(db, make_ctx):
    _emit(db, make_ctx, range(4))
    first, second = [], []
    leader = _collector(first, "leader")
    follower = _collector(second, "follower", after=("leader",))
    assert event_log.step(db, make_ctx, follower) == 0
    event_log.step(db, make_ctx, leader, limit=2)
    event_log.step(db, make_ctx, follower)
    assert second == [0, 1]


def test_the_suid_given_by_identity_reaches_those_behind_it(db, make_ctx):
    _emit(db, make_ctx, range(2))
    seen = []
    event_log.step(
        db, make_ctx, Consumer("naming", lambda ctx, es: event_log.assign_suids(ctx, {e.seq: 40 + e.seq for e in es}))
    )
    event_log.step(
        db, make_ctx, Consumer("after", lambda ctx, es: seen.extend((e.seq, e.suid) for e in es), after=("naming",))
    )
    assert seen
    assert all(suid == 40 + seq for seq, suid in seen)


def test_back_filled_history_triggers_no_handler(db, make_ctx):
    with db.tx() as tx:
        event_log.emit(make_ctx(tx), "page.viewed", "t", "1", {"page": "1"}, origin="backfill")
        event_log.emit(make_ctx(tx), "page.viewed", "t", "2", {"page": "2"})
    seen: list[int] = []
    event_log.step(db, make_ctx, _collector(seen, "room", origins=frozenset({"live", "late"})))
    assert seen == [2]


def test_old_rows_go_once_everybody_has_taken_them(db, make_ctx, clock):
    _emit(db, make_ctx, range(3))
    reader = _collector([], "only")
    event_log.step(db, make_ctx, reader)
    with db.tx() as tx:
        event_log.prune(make_ctx(tx), clock.system_now() + timedelta(days=1))
        assert tx.execute("select count(*) as n from event_log").fetchone()["n"] == 0
