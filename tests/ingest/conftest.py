"""Ports of ingest, recording; and a way to import a text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ingest.sinks import RecordingSink, RecordingVault

from regulars.infra.db import Database
from regulars.ingest import api
from regulars.ingest.contract import ImportReport

SHOP = """
version: 1
target: order_lines
zone: Asia/Shanghai
currency: GBP
part_rows: 100
columns:
  shop: {const: tmall}
  document_id: {from: order}
  occurred_at: {from: at}
  item_id: {from: sku}
  quantity: {from: qty}
  unit_price: {from: price}
  kind: {expr: "if(qty < 0, 'refund', 'sale')"}
identifiers:
  - {ns: phone, from: phone}
  - {ns: order, scope: shop, from: order}
"""


@pytest.fixture
def sink(keeper: RecordingVault) -> RecordingSink:
    value = RecordingSink()
    api.wire(sink=value)
    return value


@pytest.fixture
def keeper() -> RecordingVault:
    value = RecordingVault()
    api.wire(vault=value)
    return value


@pytest.fixture
def load(db: Database, make_ctx: Callable, sink: RecordingSink) -> Callable[..., ImportReport]:
    """Import a file under a mapping written as YAML."""

    def run(path: Path, mapping: str = SHOP, **more: object) -> ImportReport:
        return api.run_import(db, make_ctx, path, api.load_mapping(mapping), brand_id=1, **more)

    return run


def shop_rows(count: int, start: int = 1) -> list[list[str]]:
    """Return rows of the shop's export: three lines an order."""
    return [
        [f"T{1000 + n // 3}", f"2024-03-{n % 28 + 1:02d} 10:{n % 60:02d}:00", f"S{n % 7}", "2", "9.90",
         f"1380000{n // 3:04d}"]
        for n in range(start - 1, start - 1 + count)
    ]  # fmt: skip


HEADER = ["order", "at", "sku", "qty", "price", "phone"]


def as_csv(rows: list[list[str]], *, header: list[str] | None = None, delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(r) for r in [header or HEADER, *rows]) + "\n"
