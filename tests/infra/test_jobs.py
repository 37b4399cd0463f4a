"""Jobs: run once, kept when they fail, given to another worker when one dies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from regulars.core.errors import NotFound
from regulars.infra import jobs, lease

done: list[int] = []
left: list[tuple[int, str]] = []


@jobs.job("test.count")
def _count(ctx, payload):
    if payload.get("fail"):
        raise ValueError("cannot")
    done.append(payload["n"])


@pytest.fixture(autouse=True)
def _clean():
    done.clear()
    left.clear()


def test_a_job_runs_once_after_the_transaction_that_asked_for_it(db, make_ctx):
    with db.tx() as tx:
        jobs.enqueue(make_ctx(tx), "test.count", {"n": 1})
        assert jobs.run_due(db, make_ctx, owner="w") == 0  # not committed yet
    assert jobs.run_due(db, make_ctx, owner="w") == 1
    assert jobs.run_due(db, make_ctx, owner="w") == 0
    assert done == [1]


def test_a_key_waits_only_once(db, make_ctx):
    with db.tx() as tx:
        assert jobs.enqueue(make_ctx(tx), "test.count", {"n": 1}, key="k") > 0
        assert jobs.enqueue(make_ctx(tx), "test.count", {"n": 2}, key="k") == 0


def test_a_failing_job_is_tried_later_and_ends_as_a_dead_letter(db, make_ctx, clock):
    with db.tx() as tx:
        jobs.enqueue(make_ctx(tx), "test.count", {"fail": True})
    tries = 0
    while jobs.run_due(db, make_ctx, owner="w"):
        tries += 1
        assert jobs.run_due(db, make_ctx, owner="w") == 0  # not at once
        clock.advance(timedelta(hours=1))
    assert tries == lease.MAX_ATTEMPTS
    with db.tx() as tx:
        row = tx.execute("select state, error from job").fetchone()
    assert row["state"] == "dead"
    assert "cannot" in row["error"]


@jobs.given_up("test.count")
def _left(ctx, payload, why):
    left.append((payload["n"], why))
    if payload["n"] == 3:
        raise ValueError("nor this")


def test_what_is_left_of_a_job_is_settled_once_when_it_is_given_up(db, make_ctx, clock):
    with db.tx() as tx:
        for n in (2, 3):
            jobs.enqueue(make_ctx(tx), "test.count", {"n": n, "fail": True})
    for _ in range(2 * lease.MAX_ATTEMPTS):
        jobs.run_due(db, make_ctx, owner="w")
        clock.advance(timedelta(minutes=15))
    assert sorted(left) == [(n, "Something unexpected failed. The server's log says what.") for n in (2, 3)]
    with db.tx() as tx:
        assert [row["state"] for row in tx.execute("select state from job").fetchall()] == ["dead", "dead"]


def test_a_job_whose_workers_all_died_is_given_up(db, make_ctx, clock):
    with db.tx() as tx:
        jobs.enqueue(make_ctx(tx), "test.count", {"n": 4})
    for _ in range(lease.MAX_ATTEMPTS):
        with db.tx() as tx:
            assert len(lease.claim(tx, queue="default", owner="dead", now=clock.system_now())) == 1
        clock.advance(lease.LEASE + timedelta(seconds=1))
    assert left == []
    assert jobs.run_due(db, make_ctx, owner="alive") == 0
    assert left == [(4, "The process that did it ended each time. The server's log says why.")]
    assert done == []


def test_a_dead_workers_job_goes_to_another_and_the_dead_one_is_fenced(db, make_ctx, clock):
    with db.tx() as tx:
        jobs.enqueue(make_ctx(tx), "test.count", {"n": 7})
        now = clock.system_now()
    with db.tx() as tx:
        (lost,) = lease.claim(tx, queue="default", owner="dead", now=now)
    clock.advance(lease.LEASE + timedelta(seconds=1))
    assert jobs.run_due(db, make_ctx, owner="alive") == 1
    assert done == [7]
    with db.tx() as tx:
        assert not lease.acknowledge(tx, lost, clock.system_now())


def test_an_unknown_job_is_refused_with_the_known_names(ctx):
    with pytest.raises(NotFound, match="no job"):
        jobs.enqueue(ctx, "test.nobody", {})


def test_the_schedule_has_one_winner(db, make_ctx, clock):
    jobs.cron("* * * * *", "test.count")
    jobs.tick(db, make_ctx)
    clock.advance(timedelta(minutes=2))
    jobs.tick(db, make_ctx)
    jobs.tick(db, make_ctx)
    with db.tx() as tx:
        assert tx.execute("select count(*) as n from job where name = 'test.count'").fetchone()["n"] == 1
