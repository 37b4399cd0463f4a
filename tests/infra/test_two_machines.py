"""Two machines over the same two stores: both take messages, both work, each message counts once."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from regulars.app.boot import House
from regulars.app.settings import Settings
from regulars.app.stores import Endpoints, ensure_stores
from regulars.infra import event_log
from regulars.workspace import api as workspace
from regulars.workspace.contract import Brand

KEY = b64encode(b"0123456789abcdef0123456789abcdef").decode()
PEOPLE, BATCHES, PER_BATCH = 40, 24, 25
PATIENCE_S = 240


@pytest.fixture
def stores() -> Iterator[tuple[Path, Endpoints]]:
    """A folder, and the two stores as servers known by URL alone."""
    root = Path(tempfile.mkdtemp(prefix="regulars-machines-"))
    root.chmod(0o711)  # PostgreSQL's own user passes through
    (root / "stores").mkdir()
    with ensure_stores(Settings(home=root / "stores", secret=KEY, database_url="", lake_url="")) as endpoints:
        yield root, endpoints
    shutil.rmtree(root, ignore_errors=True)


class Machine:
    """`regulars serve` with a home of its own, over stores given by URL."""

    def __init__(self, home: Path, endpoints: Endpoints) -> None:
        home.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("REGULARS_")}
        given = endpoints.environment(home) | {
            "REGULARS_SECRET": KEY,
            "REGULARS_LEASE_S": "2",
            "REGULARS_WEB_PROCESSES": "1",
        }
        with (home / "said.log").open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "regulars.app.cli", "serve", "--port", str(port)],
                env=kept | given, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    def send(self, key: str, batch: list[dict[str, object]]) -> dict[str, int]:
        answer = httpx2.post(f"{self.url}/v1/batch", json={"batch": batch}, auth=(key, ""), timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(60)


def _wait(until: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def _batches() -> list[list[dict[str, object]]]:
    """Orders of customers who come again and again, so that neighbouring messages are about the same people."""
    numbers = range(BATCHES * PER_BATCH)
    messages: list[dict[str, object]] = [
        {
            "type": "track", "event": "Order Completed", "messageId": f"m{n}", "userId": f"C-{n % PEOPLE}",
            "timestamp": "2026-01-05T10:00:00Z", "context": {"shop": "web"},
            "properties": {"order_id": f"o{n}", "total": 10, "products": [
                {"product_id": "TEA", "price": 10, "quantity": 1}]},
        }
        for n in numbers
    ]  # fmt: skip
    return [messages[start : start + PER_BATCH] for start in range(0, len(messages), PER_BATCH)]


def test_messages_sent_to_two_machines_count_once(stores: tuple[Path, Endpoints]) -> None:
    root, endpoints = stores
    settings = Settings(home=root / "stores", secret=KEY)
    house = House(endpoints.database_url, endpoints.lake_url, settings)
    house.migrate()
    with house.ctx() as ctx:
        workspace.add_brand(ctx, Brand(1, "web", "Web", "Asia/Shanghai", "CNY"))
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "two", ["*"])
    machines = [Machine(root / name, endpoints) for name in ("one", "two")]
    try:
        for machine in machines:
            _wait(machine.answers, f"{machine.url} does not answer")
        taken = [machines[n % 2].send(key, batch) for n, batch in enumerate(_batches())]
        assert sum(answer["accepted"] for answer in taken) == BATCHES * PER_BATCH
        machines[1].end(signal.SIGKILL)  # with whatever it holds
        again = [machines[0].send(key, batch) for batch in _batches()[::3]]
        assert sum(answer["duplicates"] for answer in again) == BATCHES // 3 * PER_BATCH
        _wait(lambda: _followed(house), "the log was not followed to its end")
        row = house.lake.rows(
            "SELECT count() AS n, uniqExact(source_id) AS messages, uniqExact(suid) AS people FROM events"
            " WHERE type = 'order.placed'"
        )[0]
        assert row == {"n": BATCHES * PER_BATCH, "messages": BATCHES * PER_BATCH, "people": PEOPLE}
        states = house.lake.rows(
            "SELECT count() AS people, sum(purchase_number) AS orders, sum(net_fen) AS fen FROM user_state"
            " WHERE brand_id = 1"
        )[0]
        assert states == {"people": PEOPLE, "orders": BATCHES * PER_BATCH, "fen": BATCHES * PER_BATCH * 1000}
    finally:
        for machine in machines:
            if machine.process.poll() is None:
                machine.end(signal.SIGTERM)
        house.close()


def _followed(house: House) -> bool:
    with house.ctx() as ctx:
        lags = event_log.lag(ctx)
    return {c.name for c in event_log.consumers()} <= {lag.consumer for lag in lags} and not any(
        lag.events for lag in lags
    )
