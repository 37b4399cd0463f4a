"""A large broken file: modest memory, clear reasons, nothing lost. 200 MB with REGULARS_TEST_LARGE_MB=200."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LARGE_MB = int(os.environ.get("REGULARS_TEST_LARGE_MB", "12"))

PROGRAM = """
import resource, sys, time, json
from pathlib import Path
from datetime import UTC, datetime
from regulars.infra.crypto import Vault, set_vault
from regulars.ingest import parts
from regulars.ingest.mapping import load_mapping
from regulars.ingest.ordinals import OrdinalCounter
from regulars.ingest.plan import Frame, compile_plan, source_kinds
from regulars.ingest.readers.opening import open_reader
set_vault(Vault(b"0123456789abcdef0123456789abcdef"))
mapping = load_mapping(sys.argv[2])
started = time.monotonic()
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
reader = open_reader(Path(sys.argv[1]), mapping.source)
plan = compile_plan(mapping, source_kinds(reader.schema), Frame(1, "Europe/London", "GBP"))
counter, good, bad, broken = OrdinalCounter(), 0, 0, 0
for no, batch in enumerate(reader.batches(mapping.part_rows)):
    keys = plan.document_keys(batch.table)
    rows = parts.Rows(batch.table, batch.row_nos, counter.number(keys))
    part = parts.seal(plan, rows, parts.Seal(1, str(no), "x", datetime(2024, 1, 1, tzinfo=UTC)))
    kept = parts.quarantined(1, 1, rows, keys, part)
    good, bad, broken = good + part.batch.rows, bad + len(kept), broken + len(batch.broken)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"good": good, "bad": bad, "broken": broken, "grown_mb": (peak - base) / 1024,
                  "seconds": time.monotonic() - started, "details": reader.details}))
"""

MAPPING = """
zone: Asia/Shanghai
columns:
  shop: {const: tmall}
  document_id: 订单号
  occurred_at: 下单时间
  item_name: 商品名称
  quantity: 数量
  unit_price: 单价
  kind: {expr: "if(数量 < 0, 'refund', 'sale')"}
identifiers:
  - {ns: phone, from: 手机号}
"""


def test_a_large_broken_file(tmp_path: Path) -> None:
    import json

    path = tmp_path / "large.csv"
    rows = dates = torn = 0
    with path.open("wb") as out:
        out.write("订单号,下单时间,商品名称,数量,单价,手机号\n".encode("gb18030"))
        while out.tell() < LARGE_MB * 1024 * 1024:
            block: list[str] = []
            for n in range(rows, rows + 10_000):
                day = "2022-13-01" if n % 33 == 0 else f"2024-03-{n % 28 + 1:02d}"
                block.append(
                    f"T{n // 3},{day} 10:00:00,蜂花护发素 滋润型 {n % 50} 号,{n % 4 + 1},19.90,138{n % 10**8:08d}"
                )
            block[77] = "\x00" * 60
            block[99] = "torn,line"
            dates += sum(n % 33 == 0 for n in range(rows, rows + 10_000) if n - rows not in (77, 99))
            torn += 2
            rows += 10_000
            out.write(("\n".join(block) + "\n").encode("gb18030"))
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), MAPPING], capture_output=True, text=True, check=True
    )
    found = json.loads(ran.stdout)
    assert found["details"]["encoding"] == "gb18030"
    assert (found["good"], found["bad"], found["broken"]) == (rows - dates - torn, dates, torn)
    assert found["grown_mb"] < 700, found
    print(f"{LARGE_MB} MB, {rows:,} rows: {found['seconds']:.1f} s, {found['grown_mb']:.0f} MB")  # noqa: T201
