"""Messages over HTTP, answered after commit, sent by processes on the same machine to a whole running server."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import shutil
import signal
import statistics
import threading
import time
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, ClassVar

from regulars.app.boot import House
from regulars.app.stores import endpoints_file
from regulars.infra import event_log
from regulars.workspace import api as workspace
from regulars.workspace.contract import Brand
from regulars_bench import store_ingest
from regulars_bench.contract import Bench, Figure, Result, Setup
from regulars_bench.home import opened, versions
from regulars_bench.sending import Door
from regulars_bench.serving import behind, caught_up, house_of, served

BATCHES = {"ci": 24, "1m": 400, "10m": 2_000, "max": 2_000}
"""Of 500 messages each, sent once as plain JSON and half as many once more packed."""
CLIENTS = {"ci": 2, "1m": 8, "10m": 8, "max": 8}
_BAR = ">= 20000"
_BATCH = 500
_SENT_AT = "2026-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Line:
    """Where a client sends and what: batches from `first` on, every `step`th, below `end`."""

    port: int
    key: str
    first: int
    step: int
    end: int
    packed: bool = False


class IngestBench(Bench):
    """Send batches; at scale ci also end web and worker by kill -9 meanwhile, and count what arrived."""

    key: ClassVar[str] = "ingest"
    title: ClassVar[str] = "HTTP ingest: batches of 500, answered after commit"

    def run(self, setup: Setup) -> Result:
        """Measure in a house made anew each time. Raises Unavailable when the server does not start or catch up."""
        folder = setup.home / "ingest"
        shutil.rmtree(folder, ignore_errors=True)
        with opened(folder) as house:
            with house.ctx() as ctx:
                workspace.add_brand(ctx, Brand(1, "bench", "Bench", "Asia/Shanghai", "CNY"))
            with house.ctx(1) as ctx:
                key = workspace.add_api_key(ctx, "bench", ["ingest.write"])
            engines = versions(house)
        plain, clients = BATCHES[setup.scale], CLIENTS[setup.scale]
        figures: dict[str, Figure] = {}
        with served(folder) as port:
            setup.say(f"sending {plain * _BATCH:,} messages as they are")
            kills = _Kills(folder) if setup.scale == "ci" else None
            seconds, spent = _send([Line(port, key, n, clients, plain) for n in range(clients)], kills)
            figures["events_per_s"] = Figure(round(plain * _BATCH / seconds), "1/s", "" if kills else _BAR)
            figures |= {f"request_{name}": Figure(round(ms, 1), "ms") for name, ms in _percentiles(spent).items()}
            end = plain + plain // 2
            setup.say(f"sending {(end - plain) * _BATCH:,} messages packed with gzip")
            lines = [Line(port, key, plain + n, clients, end, packed=True) for n in range(clients)]
            seconds, _ = _send(lines, None)
            figures["events_per_s_gzip"] = Figure(round((end - plain) * _BATCH / seconds), "1/s")
            setup.say("waiting for the log's consumers")
            with house_of(folder) as house:
                begun, left = time.perf_counter(), behind(house)
                figures["consumers_behind_at_end"] = Figure(left, "events")
                caught_up(house)
                figures["consumers_caught_up_after"] = Figure(round(time.perf_counter() - begun, 1), "s")
                figures |= _lost_and_doubled(house, end * _BATCH)
        return Result({"events": end * _BATCH}, figures=figures, versions=engines)


def message(number: int) -> dict[str, Any]:
    """Return a message, the same for the same number: seven of ten a page seen, one an order of two lines."""
    who, kind = number * 7_919 % 200_003, number % 10
    common = {"messageId": f"bench-{number}", "timestamp": _SENT_AT, "anonymousId": f"device-{who}"}
    if kind < 7:
        properties = {"url": f"https://shop.example/{who}", "item_id": f"sku{number % 3_000}", "category": "tea"}
        return {**common, "type": "page", "name": "item", "properties": {**properties, "shop": "web"}}
    if kind < 9:
        properties = {"product_id": f"sku{number % 3_000}", "quantity": 1, "price": 9.9, "shop": "web"}
        return {**common, "type": "track", "event": "Product Added", "properties": properties}
    products = [{"product_id": f"sku{(number + n) % 3_000}", "quantity": n, "price": 10} for n in (1, 2)]
    properties = {"order_id": f"o{number}", "shop": "web", "total": 30, "products": products}
    return {**common, "type": "track", "event": "Order Completed", "userId": f"user-{who}", "properties": properties}


def _client(line: Line, start: Barrier, answers: Any) -> None:  # noqa: ANN401 - a queue of another process
    """Send a line's batches one after another over one connection; what is not answered is sent again."""
    bodies = [
        json.dumps({"batch": [message(batch * _BATCH + n) for n in range(_BATCH)]}).encode()
        for batch in range(line.first, line.end, line.step)
    ]
    if line.packed:
        bodies = [gzip.compress(body, 1) for body in bodies]
    door = Door(line.port, line.key, line.packed)
    start.wait()
    spent: list[float] = []
    for body in bodies:
        begun = time.perf_counter()
        while not door.takes(body):
            time.sleep(0.2)
        spent.append(time.perf_counter() - begun)
    answers.put(spent)


class _Kills:
    """Ends the web process and then the worker by kill -9, once each, while messages are sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self) -> None:
        """Kill; the supervisor starts them again."""
        for name in ("web", "worker"):
            children = json.loads(endpoints_file(self._folder).read_text())["children"]
            os.kill(children[name], signal.SIGKILL)
            time.sleep(1)


def _send(lines: list[Line], kills: _Kills | None) -> tuple[float, list[float]]:
    """Return how long all clients took together, and each request, in seconds."""
    spawn = multiprocessing.get_context("spawn")
    start, answers = spawn.Barrier(len(lines) + 1), spawn.Queue()
    clients = [spawn.Process(target=_client, args=(line, start, answers), daemon=True) for line in lines]
    for client in clients:
        client.start()
    start.wait()
    begun = time.perf_counter()
    killer = threading.Thread(target=kills.run) if kills else None
    if killer:
        killer.start()
    spent = [one for _ in lines for one in answers.get()]
    seconds = time.perf_counter() - begun
    for thread in filter(None, [killer, *clients]):
        thread.join()
    return seconds, spent


def _percentiles(spent: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(spent, n=100, method="inclusive")
    return {"p50": cuts[49] * 1000, "p95": cuts[94] * 1000}


def _lost_and_doubled(house: House, sent: int) -> dict[str, Figure]:
    with house.ctx(1) as ctx:
        found = store_ingest.messages(ctx)
        parked = sum(1 for _ in event_log.parked(ctx))
    return {
        "lost": Figure(sent - found["sent"], "events", "<= 0"),
        "doubled": Figure(found["rows"] - found["sent"], "events", "<= 0"),
        "parked": Figure(parked, "events", "<= 0"),
    }
