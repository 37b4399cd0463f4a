"""kill -9 of web, worker, lake server, PostgreSQL, supervisor and importer while all of them work: no loss, no double.

REGULARS_SOAK_RUNS: how many seeds are run, from 1 (default 3). REGULARS_SOAK_SEED: only this one.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.soak import audit
from tests.soak.receiver import Receiver
from tests.soak.shop import CUSTOMERS, SILENT, Expected, Shop
from tests.soak.world import World, plan_of, settings_of, watch

from regulars.app.boot import House
from regulars.app.stores import ensure_stores, running_server
from regulars.app.worker import Worker
from regulars.channels.contract import Message
from regulars.core.rule import parse
from regulars.ingest import api as ingest
from regulars.journeys import api as journeys
from regulars.journeys.contract import Draft
from regulars.segments import api as segments
from regulars.workspace import api as workspace
from regulars.workspace.contract import Brand

SEEDS = [int(s) for s in os.environ.get("REGULARS_SOAK_SEED", "").split()] or range(
    1, 1 + int(os.environ.get("REGULARS_SOAK_RUNS", "3"))
)
NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the processes run on the wall clock, too


@dataclass(frozen=True, slots=True)
class Before:
    """A home as it stands before a run; copied for each."""

    home: Path
    key: str
    campaign_id: int
    receiver: Receiver
    shop: Expected


@pytest.fixture(scope="module")
def before() -> Iterator[Before]:
    """Customers, a segment and a draft of a campaign, made once."""
    root = Path(tempfile.mkdtemp(prefix="regulars-soak-"))
    root.chmod(0o711)  # PostgreSQL's own user passes through
    home, receiver = root / "before", Receiver()
    home.mkdir()
    settings = settings_of(home)
    with ensure_stores(settings) as endpoints:
        house = House(endpoints.database_url, endpoints.lake_url, settings)
        house.migrate()
        key, campaign_id, expected = _prepare(house, root, receiver.url)
        house.close()
    yield Before(home, key, campaign_id, receiver, expected)
    receiver.close()
    if not os.environ.get("REGULARS_SOAK_KEEP"):
        shutil.rmtree(root, ignore_errors=True)


def _prepare(house: House, folder: Path, url: str) -> tuple[str, int, Expected]:
    with house.ctx() as ctx:
        workspace.add_brand(ctx, Brand(1, "web", "Web", "Asia/Shanghai", "CNY"))
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "soak", ["*"])
    shop = Shop(0, NOW)
    consenting = range(CUSTOMERS - SILENT)
    for customers in (consenting, range(CUSTOMERS - SILENT, CUSTOMERS)):
        file, mapping = shop.customers_file(folder, customers, consent=customers is consenting)
        ingest.run_import(house.db, house.make_ctx, file, ingest.read_mapping(mapping), brand_id=1)
    Worker(house).drain()
    with house.ctx(1) as ctx:
        rule = parse({"op": "ge", "field": "person.purchase_number", "value": 1})
        segment = segments.create(ctx, name="Everybody who bought", rule=rule)
        assert segment.people == CUSTOMERS
        secret = "whsec_" + b64encode(b"k" * 32).decode()
        config = {"url": url, "secret": secret, "wait_s": 3, "stands_for": "email"}
        words = Message(title="Hello", body="We kept something for you.")
        campaign = journeys.create(ctx, Draft("Soak", segment.id, "webhook", config, words, holdout_bp=2000))
    return key, campaign.id, shop.expected


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
    shop = Shop(seed, NOW)
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
    hand(lambda: watch(world, before.receiver, _look(world), stop))
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
    home = before.home.parent / f"run-{seed}"
    subprocess.run(["cp", "-a", str(before.home), str(home)], check=True)
    before.receiver.clear()
    world = World(home, _free_port())
    started = time.monotonic()
    try:
        expected = _run(world, seed, before)
        with audit.opened(world) as house:
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
