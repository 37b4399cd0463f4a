"""A file of order lines from its first byte to everybody's state."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
from pyarrow import csv

from regulars.core.errors import RegularsError
from regulars.ingest import api as ingest
from regulars.workspace import api as workspace
from regulars.workspace.contract import Brand
from regulars_bench import store_ingest
from regulars_bench.contract import Bench, Figure, Result, Setup
from regulars_bench.home import opened, versions

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

LINES = {"ci": 5_000, "1m": 1_000_000, "10m": 10_000_000, "max": 10_000_000}
_BAR = ">= 50000"
_LINES_AN_ORDER, _LINES_A_PERSON = 2.5, 10
_CHUNK = 1_000_000
_SEED = 20260101
_MAPPING = """
version: 1
name: bench
target: order_lines
zone: Asia/Shanghai
columns:
  shop: {from: shop}
  document_id: {from: order_no}
  occurred_at: {from: paid_at, format: "%Y-%m-%d %H:%M:%S"}
  kind: {expr: "if(quantity < 0, 'refund', 'sale')"}
  item_id: {from: sku}
  category: {from: category}
  quantity: {from: quantity}
  amount: {from: amount}
  region: {from: province}
identifiers:
  - {ns: customer_id, scope: shop, from: buyer}
  - {ns: order, scope: shop, from: order_no}
"""


class ImportBench(Bench):
    """Import a made-up CSV into an empty house, then once more, which must change nothing."""

    key: ClassVar[str] = "import"
    title: ClassVar[str] = "File import: order lines through mapping, identity and state"

    def run(self, setup: Setup) -> Result:
        """Measure in a house made anew each time; the file stays for the next run. Raises RegularsError: lines lost."""
        lines = LINES[setup.scale]
        file = setup.home / f"orders-{lines}.csv"
        if not file.exists():
            setup.say(f"writing {lines:,} lines")
            write_orders(file, lines)
        folder = setup.home / "import"
        shutil.rmtree(folder, ignore_errors=True)
        mapping = ingest.load_mapping(_MAPPING)
        with opened(folder) as house:
            with house.ctx() as ctx:
                workspace.add_brand(ctx, Brand(1, "bench", "Bench", "Asia/Shanghai", "CNY"))
            setup.say("importing")
            parts: list[float] = []

            def written(done: int, total: int, rate_per_s: float, left_s: float | None) -> None:
                parts.append(time.perf_counter())

            begun = time.perf_counter()
            report = ingest.run_import(house.db, house.make_ctx, file, mapping, brand_id=1, progress=written)
            seconds = time.perf_counter() - begun
            again = ingest.run_import(house.db, house.make_ctx, file, mapping, brand_id=1)
            with house.ctx(1) as ctx:
                found = store_ingest.lines(ctx)
            if (report.imported, found["lines"], again.unchanged) != (lines, lines, True):
                raise RegularsError(f"Of {lines} lines {report.imported} were taken, {found['lines']} are in the lake.")
            engines = versions(house)
        figures = {
            "lines_per_s": Figure(round(lines / seconds), "1/s", "" if setup.scale == "ci" else _BAR),
            "parts_seconds": Figure(round(parts[-1] - begun, 2), "s"),
            "deriving_seconds": Figure(round(begun + seconds - parts[-1], 2), "s"),
        }
        return Result(found | {"bytes": file.stat().st_size}, figures=figures, versions=engines)


def write_orders(file: Path, lines: int) -> None:
    """Write order lines as CSV: 2.5 lines an order, a few people buying much, 3 % refunds; the same every time."""
    part = file.with_suffix(".part")
    with csv.CSVWriter(part, _orders(0, 1).schema) as out:
        for start in range(0, lines, _CHUNK):
            out.write_table(_orders(start, min(_CHUNK, lines - start), people=max(lines // _LINES_A_PERSON, 10)))
    part.rename(file)


def _orders(start: int, rows: int, *, people: int = 10) -> pa.Table:
    rng = np.random.default_rng(_SEED + start)
    line = start + np.arange(rows)
    order = (line / _LINES_AN_ORDER).astype(np.int64)
    draw = (order * 2_654_435_761 % 2**32) / 2**32  # of the order, the same wherever a chunk begins
    refund = rng.random(rows) < 0.03
    quantity = np.where(refund, -1, 1 + line % 3)
    fen = 990 + line * 7_919 % 30_000
    seconds = 1_735_689_600 + order * 31_536_000 // max(int(order[-1]) + 1, 400_000)
    return pa.table(
        {
            "order_no": _words("", 10_000_000 + order * 2 + refund),
            "paid_at": pc.strftime(pa.array(seconds, pa.timestamp("s")), format="%Y-%m-%d %H:%M:%S"),
            "buyer": _words("b", (people * draw**2).astype(np.int64)),
            "shop": _words("shop", order % 8),
            "sku": _words("sku", line * 104_729 % 20_000),
            "category": _words("range ", line % 34),
            "quantity": pa.array(quantity, pa.int64()),
            "amount": pa.array(quantity * fen / 100, pa.float64()),
            "province": _words("province ", order % 34),
        }
    )


def _words(before: str, numbers: npt.NDArray[np.int64]) -> pa.Array:
    return pc.binary_join_element_wise(before, pc.cast(pa.array(numbers, pa.int64()), pa.string()), "")
