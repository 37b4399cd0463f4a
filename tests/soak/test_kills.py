"""kill -9 of web, worker, lake server, PostgreSQL, supervisor and importer while all of them work: no loss, no double.

REGULARS_SOAK_RUNS: how many seeds are run, from 1 (default 3). REGULARS_SOAK_SEED: only this one.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Mapping

import psycopg
import pytest
from tests.soak import audit
from tests.soak.shop import Expected, Shop
from tests.soak.world import Before, World, plan_of, watch

from regulars.app.stores import running_server

SEEDS = [int(s) for s in os.environ.get("REGULARS_SOAK_SEED", "").split()] or range(
    1, 1 + int(os.environ.get("REGULARS_SOAK_RUNS", "3"))
)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _look(world: World) -> Callable[[], Mapping[str, int]]:
    """Return a look at the stores: parts of the run's file that are in."""

    def look() -> Mapping[str, int]:
        url = (running_server(world.home) or {}).get("database_url")
        if not url:
            return {}
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute(
                "select count(*), count(*) filter (where j.state = 'done') from import_part p"
                " join import_job j on j.id = p.import_id where j.file_name = 'orders.csv'"
            ).fetchone()
        return {"parts": row[0], "imported": int(row[1] > 0)} if row else {}

    return look


def _run(world: World, seed: int, before: Before) -> Expected:
    """Let everything happen at once while the kills fall; return what must be known in the end."""
    shop = Shop(seed)
    shop.expected.lines += before.shop.lines
    file, mapping = shop.orders_file(world.home)
    batches = shop.batches()
    uploaded = seed % 2 == 0
    stop, errors = threading.Event(), list[BaseException]()

    def hand(work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def publish() -> None:
        while world.progress["batches"] < 3 + seed % 5:
            world.progress.must_move("the first batches")
            time.sleep(0.05)
        world.publish(before.campaign_id, before.key)

    world.start()
    hand(lambda: watch(world, _look(world), stop))
    world.insist("GET", "/healthz", key=before.key)
    put_in = (lambda: world.upload(file, mapping, before.key)) if uploaded else lambda: world.import_file(file, mapping)
    hands = [hand(lambda: world.send(batches, before.key)), hand(put_in), hand(publish),
             hand(lambda: world.kill_along(plan_of(seed)))]  # fmt: skip
    while any(h.is_alive() for h in hands) and not errors:
        time.sleep(0.1)
    while not world.progress["imported"] and not errors:
        world.progress.must_move("the file to be in")
        time.sleep(0.1)
    stop.set()
    if errors:
        raise errors[0]
    world.insist("GET", "/healthz", key=before.key)
    return shop.expected


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_doubled(seed: int, before: Before) -> None:
    home = before.copy(f"run-{seed}")
    world = World(home, _free_port())
    before.receiver.clear(lambda count: world.progress.set("requests", count))
    started = time.monotonic()
    try:
        expected = _run(world, seed, before)
        with audit.opened(world.home) as house:
            audit.settle(world, house, before.campaign_id)
            settled = time.monotonic() - started
            found = audit.faults(house, expected, before.receiver, before.campaign_id)
    except BaseException as error:
        pytest.fail(f"seed {seed}: {type(error).__name__}: {error}\n{world.deaths}\n{world.said()}")
    finally:
        world.end()
    repeats = sum(map(len, before.receiver.repeated.values()))
    print(f"seed {seed}: {settled:.1f} s, killed {' '.join(world.deaths)}, {repeats} requests repeated")  # noqa: T201
    assert not found, f"seed {seed}, killed {world.deaths}:\n" + "\n".join(found) + "\n" + world.said()
    if not os.environ.get("REGULARS_SOAK_KEEP"):
        shutil.rmtree(home, ignore_errors=True)
