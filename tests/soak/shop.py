"""What happened in a shop, made up from a seed, and what must be known of it in the end."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

import yaml

CUSTOMERS, SILENT, NEWCOMERS = 600, 60, 200
"""Known before the run; the last SILENT of them never consented; NEWCOMERS come with the file of the run."""
ONLINE, TWINS = 240, 60
"""Customers who browse during the run; the first TWINS are pairs that share a phone, so two customers are one."""
BATCHES, BATCH = 30, 100
LINES, PART_ROWS = 10_000, 1_000
NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the processes run on the wall clock, too
CONSENT = "Granted in the soak test."

LineKey = tuple[str, str, int, int]
"""kind, document, ordinal, amount in fen."""


def price_fen(item: int) -> int:
    """Return what an item costs; always the same, so that a refund is worth what was paid."""
    return 500 + 137 * (item % 40)


def phone(customer: int) -> str:
    """Return a customer's phone; twins share one."""
    return f"1394711{customer // 2 if customer < TWINS else customer:04d}"


@dataclass(slots=True)
class Expected:
    """Lines by what they are, messages by id, devices by customer."""

    lines: Counter[LineKey] = field(default_factory=Counter[LineKey])
    messages: set[str] = field(default_factory=set[str])
    devices: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def money_fen(self) -> int:
        """Return what all lines come to."""
        return sum(key[3] * times for key, times in self.lines.items())


@dataclass(slots=True)
class _Document:
    number: str
    kind: str
    customer: int
    at: datetime
    items: list[tuple[int, int]]
    """item, pieces (negative for a refund)"""


class Shop:
    """One seed's year of files and hour of messages."""

    def __init__(self, seed: int) -> None:
        self._rng, self._seed, self._now = Random(seed), seed, NOW
        self.expected = Expected()

    # ---- files ----------------------------------------------------------------------------------------------
    def customers_file(self, folder: Path, customers: Sequence[int], *, consent: bool) -> tuple[Path, Path]:
        """Write one order per customer of before the run; return file and mapping."""
        name = "consenting" if consent else "silent"
        documents = [
            _Document(f"S{c}", "sale", c, self._now - timedelta(days=30 + c % 200), [(c, 1 + c % 3)]) for c in customers
        ]
        return self._write(folder / f"{name}.csv", documents, consent=consent, part_rows=50_000)

    def orders_file(self, folder: Path) -> tuple[Path, Path]:
        """Write the orders that are imported during the run: true duplicate lines and refunds among them."""
        rng, lines = self._rng, 0
        documents: list[_Document] = []
        while lines < LINES:
            number = len(documents)
            past = documents[rng.randrange(number)] if number and rng.random() < 0.03 else None
            if past is not None and past.kind == "sale" and past.number not in {d.number[1:] for d in documents}:
                items = [(item, -pieces) for item, pieces in past.items]
                made = _Document(f"R{past.number}", "refund", past.customer, past.at + timedelta(days=2), items)
            else:
                items = [(rng.randrange(400), rng.randint(1, 4)) for _ in range(rng.randint(1, 7))]
                items += items[:1] if rng.random() < 0.05 else []
                at = self._now - timedelta(days=rng.randrange(5, 300), seconds=rng.randrange(86_400))
                made = _Document(f"F{number}", "sale", rng.randrange(CUSTOMERS + NEWCOMERS), at, items)
            documents.append(made)
            lines += len(made.items)
        return self._write(folder / "orders.csv", documents, consent=False, part_rows=PART_ROWS)

    def _write(self, path: Path, documents: Sequence[_Document], *, consent: bool, part_rows: int) -> tuple[Path, Path]:
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(["document", "kind", "at", "customer", "phone", "item", "pieces", "price", "amount_fen"])
            for one in documents:
                known = phone(one.customer) if one.customer < ONLINE and not one.number.startswith("S") else ""
                for ordinal, (item, pieces) in enumerate(one.items, 1):
                    fen = price_fen(item) * pieces
                    price = f"{price_fen(item) / 100:.2f}"
                    writer.writerow([one.number, one.kind, f"{one.at:%Y-%m-%d %H:%M:%S}", f"c{one.customer}", known,
                                     f"i{item}", pieces, price, fen])  # fmt: skip
                    self.expected.lines[one.kind, one.number, ordinal, fen] += 1
        mapping = path.with_suffix(".yaml")
        mapping.write_text(yaml.safe_dump(_mapping(consent=consent, part_rows=part_rows)))
        return path, mapping

    # ---- messages -------------------------------------------------------------------------------------------
    def batches(self) -> list[bytes]:
        """Return the bodies of the batches: views of devices nobody knows yet, who they are, and orders."""
        messages = list(self._messages())
        self._rng.shuffle(messages)
        for number, message in enumerate(messages):
            message["messageId"] = f"soak-{self._seed}-{number}"
            message["context"] = {"shop": "web"}
            message["timestamp"] = (self._now - timedelta(seconds=self._rng.randrange(3_000))).isoformat()
        self.expected.messages = {str(m["messageId"]) for m in messages}
        return [
            json.dumps({"batch": messages[start : start + BATCH]}).encode() for start in range(0, len(messages), BATCH)
        ]

    def _messages(self) -> Iterator[dict[str, object]]:
        total = BATCHES * BATCH
        orders = 0
        for number in range(total):
            customer = number % ONLINE
            device = f"d{self._seed}-{customer}-{self._rng.randrange(2)}"
            turn = number // ONLINE
            if turn < 2:
                # Both devices get to be known, so every view before it ends with the person, too.
                device = f"d{self._seed}-{customer}-{turn}"
                self.expected.devices[device] = customer
                traits = {"phone": phone(customer), "city": f"city {customer % 7}"}
                yield {"type": "identify", "userId": f"c{customer}", "anonymousId": device, "traits": traits}
            elif turn % 4 == 2:
                orders += 1
                yield {"type": "track", "event": "Order Completed", "userId": f"c{customer}", "anonymousId": device,
                       "properties": self._order(f"H{orders}")}  # fmt: skip
            else:
                yield {"type": "page", "name": f"item {number % 50}", "anonymousId": device}

    def _order(self, number: str) -> dict[str, object]:
        items = [(self._rng.randrange(400), self._rng.randint(1, 3)) for _ in range(self._rng.randint(1, 4))]
        for ordinal, (item, pieces) in enumerate(items, 1):
            self.expected.lines["sale", number, ordinal, price_fen(item) * pieces] += 1
        products = [
            {"product_id": f"i{item}", "price": f"{price_fen(item) / 100:.2f}", "quantity": pieces}
            for item, pieces in items
        ]
        return {"order_id": number, "currency": "CNY", "products": products}


def _mapping(*, consent: bool, part_rows: int) -> dict[str, object]:
    made: dict[str, object] = {
        "version": 1,
        "target": "order_lines",
        "zone": "UTC",
        "currency": "CNY",
        "part_rows": part_rows,
        "columns": {
            "shop": {"const": "web"}, "document_id": {"from": "document"}, "occurred_at": {"from": "at"},
            "kind": {"from": "kind"}, "item_id": {"from": "item"}, "quantity": {"from": "pieces"},
            "unit_price": {"from": "price"}, "amount_fen": {"from": "amount_fen"},
        },
        "identifiers": [
            {"ns": "customer_id", "scope": "shop", "from": "customer"},
            {"ns": "order", "scope": "shop", "from": "document"},
            {"ns": "phone", "from": "phone"},
        ],
    }  # fmt: skip
    if consent:
        made["consents"] = [{"channel": "email", "purpose": "marketing", "basis": CONSENT}]
    return made
