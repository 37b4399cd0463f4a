"""What people do while live segments follow: visits with carts and orders, sent over HTTP at a steady rate."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random  # noqa: TID251 - seeded by the run and the person
from typing import Any

from regulars_bench.generate import world
from regulars_bench.sending import Door

Json = dict[str, Any]
_SENDERS, _BATCH, _AGAIN_S = 4, 100, 0.2
_SHOP = world.SHOPS[0][2]


def named(person: int) -> str:
    """Return the user id of a person."""
    return f"fresh-{person}"


def introduction(run: int, person: int) -> Json:
    """Return the message that makes a person known: a page seen some weeks before."""
    at = world.noon() - timedelta(days=40, seconds=person % 3_600)
    properties = {"url": "/hello", "shop": _SHOP}
    common = {"type": "page", "name": "home", "messageId": f"fresh-{run}-hello-{person}", "userId": named(person)}
    return common | {"timestamp": at.isoformat(), "properties": properties}


def visit(run: int, person: int) -> list[Json]:
    """Return what a person does in a visit of today, in order: goods looked at, a third with a cart, some an order."""
    random = Random(f"{world.SEED} {run} {person}")  # noqa: S311 - not for secrets
    at = world.noon() - timedelta(seconds=random.randrange(600, 36_000))
    category = random.choice(world.CATEGORIES)
    found: list[Json] = []

    def add(event: str, properties: Json) -> None:
        found.append(
            {
                "type": "track",
                "event": event,
                "messageId": f"fresh-{run}-{person}-{len(found)}",
                "userId": named(person),
                "timestamp": (at + timedelta(seconds=20 * len(found))).isoformat(),
                "properties": properties | {"shop": _SHOP},
            }
        )

    for _ in range(random.randint(1, 7)):
        seen = category if random.random() < 0.6 else random.choice(world.CATEGORIES)
        add("Product Viewed", {"product_id": _item(random), "category": seen, "url": "/item"})
    if random.random() < 0.35:
        goods = {"product_id": _item(random), "category": category, "price": random.randint(20, 600), "quantity": 1}
        add("Product Added", goods)
        if random.random() < 0.4:
            add("Order Completed", {"order_id": f"fresh-{run}-{person}", "products": [goods]})
    return found


def _item(random: Random) -> str:
    return f"I{random.randrange(world.ITEMS[0]):05d}"


def visits(run: int, people: Sequence[int], events: int) -> Iterator[tuple[list[int], list[Json]]]:
    """Yield batches of about a hundred messages with the people in them, each in one batch, until enough events."""
    sent, who, batch = 0, list[int](), list[Json]()
    for person in people:
        who.append(person)
        batch += visit(run, person)
        if len(batch) >= _BATCH or sent + len(batch) >= events:
            yield who, batch
            sent += len(batch)
            who, batch = [], []
            if sent >= events:
                return


@dataclass(slots=True)
class Sender:
    """Sends batches, each at its time. acknowledged: when a person's batch was answered, by time.monotonic."""

    port: int
    key: str
    acknowledged: dict[int, float] = field(default_factory=dict[int, float])
    refused: int = 0

    def send(self, batches: Sequence[tuple[list[int], list[Json]]], rate: float) -> float:
        """Send them at so many messages a second, those late as soon as possible; return how long it took."""
        times: list[float] = []
        before = 0
        for _, batch in batches:
            times.append(before / rate if rate else 0.0)
            before += len(batch)
        begun = time.monotonic()
        todo = iter(list(zip(times, batches, strict=True)))
        lock = threading.Lock()

        def work() -> None:
            with closing(Door(self.port, self.key)) as door:
                while True:
                    with lock:
                        following = next(todo, None)
                    if following is None:
                        return
                    due, (people, batch) = following
                    time.sleep(max(0.0, begun + due - time.monotonic()))
                    self._deliver(door, json.dumps({"batch": batch}).encode())
                    self.acknowledged.update(dict.fromkeys(people, time.monotonic()))

        with ThreadPoolExecutor(_SENDERS) as pool:
            for done in [pool.submit(work) for _ in range(_SENDERS)]:
                done.result()
        return time.monotonic() - begun

    def _deliver(self, door: Door, body: bytes) -> None:
        while not door.takes(body):
            self.refused += 1
            time.sleep(_AGAIN_S)
