"""Files into facts: sealed parts, rows to fix, resuming, and never twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.ingest.conftest import HEADER, SHOP, as_csv, shop_rows

from regulars.core.errors import BadInput, Conflict
from regulars.ingest import api
from regulars.workspace import api as workspace

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "online_retail"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_a_file_becomes_lines(load, sink, tmp_path: Path) -> None:
    report = load(write(tmp_path / "a.csv", as_csv(shop_rows(350))))
    assert (report.state, report.lines, report.imported, report.quarantined) == ("done", 350, 350, 0)
    assert report.kinds == {"sale": 350}
    assert len(sink.lines) == 350
    line = sink.lines["tmall", "T1000", 2]
    assert str(line["occurred_at"]) == "2024-03-02 02:01:00+00:00"  # Shanghai
    assert (line["amount_fen"], line["quantity"], str(line["unit_price"])) == (1980, 2, "9.9000")
    assert (line["currency"], line["origin"], line["batch_id"]) == ("GBP", "backfill", f"import-{report.import_id}")
    assert sink.people["tmall", "T1000", 2] == {"phone": "13800000000", "order": "T1000"}
    assert sink.finished == [report.import_id]


def test_the_same_file_again_changes_nothing(load, sink, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", as_csv(shop_rows(250)))
    first = load(path)
    calls = sink.calls
    again = load(path)
    assert again.unchanged
    assert again.import_id == first.import_id
    assert "nothing changed" in again.message
    assert sink.calls == calls
    other = load(path, SHOP.replace("tmall", "jd"))
    assert other.import_id != first.import_id


def test_true_duplicates_survive_across_parts(load, sink, tmp_path: Path) -> None:
    row = ["T1", "2024-03-01", "S1", "1", "5", "13800000001"]
    rows = [*shop_rows(95, start=100), row, row, *shop_rows(150, start=400), row]
    report = load(write(tmp_path / "a.csv", as_csv(rows)))
    assert report.imported == 248
    assert [k for k in sink.lines if k[1] == "T1"] == [("tmall", "T1", 1), ("tmall", "T1", 2), ("tmall", "T1", 3)]


def test_bad_rows_wait_and_the_others_go_in(load, sink, ctx, tmp_path: Path) -> None:
    rows = shop_rows(1000)
    for n in range(0, 1000, 33):
        rows[n][1] = "2022-13-01"
    rows[5][3] = "two"
    rows[6][0] = ""
    text = as_csv(rows).splitlines()
    text[500] = "\x00" * 40
    text[600] = "torn,line"
    report = load(write(tmp_path / "a.csv", "\n".join(text)))
    assert report.lines == 1000
    assert (report.imported, report.quarantined) == (965, 35)
    found = api.quarantine(ctx, import_id=report.import_id, limit=100)
    assert len(found) == 35
    first = found[0].reasons[0]
    assert first.reason.zh == "第 2 行的 at“2022-13-01”不是日期或时间"
    assert first.reason.en == "row 2: at '2022-13-01' is not a date or time"
    by_row = {r.row_no: [x.code for x in r.reasons] for r in found}
    assert by_row[7] == ["not_number"]
    assert by_row[8] == ["missing"]
    assert by_row[501] == ["nul"]
    assert by_row[601] == ["ragged"]


def test_rows_to_fix_are_encrypted_and_masked(load, sink, ctx, tmp_path: Path) -> None:
    rows = shop_rows(20)
    rows[0] = ["T1", "never", "S1", "1", "5", "13912345678"]
    report = load(write(tmp_path / "a.csv", as_csv(rows)))
    raw = ctx.tx.execute("select payload, reasons from quarantine_row").fetchone()
    assert b"139" not in bytes(raw["payload"])
    row = api.quarantine(ctx, import_id=report.import_id)[0]
    assert api.quarantine_row(ctx, row.id).fields["phone"] == "139****5678"
    assert api.quarantine_row(ctx, row.id, unmask=True).fields["phone"] == "13912345678"
    text = "".join(api.export_rows(ctx, import_id=report.import_id))
    assert "13912345678" not in text
    assert "第 2 行的 at" in text


def test_fixed_rows_fit_in_where_they_were_missing(load, sink, ctx, tmp_path: Path) -> None:
    rows = shop_rows(120)
    rows[1][1] = "never"  # second line of T1000
    rows[4][3] = "x"
    rows[7][0] = ""
    report = load(write(tmp_path / "a.csv", as_csv(rows)))
    assert ("tmall", "T1000", 2) not in sink.lines
    assert ("tmall", "T1000", 3) in sink.lines
    waiting = api.quarantine(ctx, import_id=report.import_id)
    done = api.replay_rows(ctx, [r.id for r in waiting])
    assert (done.replayed, done.still_bad) == (0, 3)
    api.fix_row(ctx, waiting[0].id, {"at": "2024-03-02 10:01"})
    api.fix_row(ctx, waiting[1].id, {"qty": "3"})
    api.fix_row(ctx, waiting[2].id, {"order": "T1002"})
    done = api.replay_rows(ctx, [r.id for r in waiting])
    assert (done.replayed, done.still_bad) == (3, 0)
    assert sink.lines["tmall", "T1000", 2]["amount_fen"] == 1980
    assert sink.lines["tmall", "T1001", 2]["quantity"] == 3
    assert sink.people["tmall", "T1000", 2]["phone"] == "13800000000"
    # Its document was not known when the file was counted, so it cannot displace a line that was.
    assert ("tmall", "T1002", 2_000_000_009) in sink.lines
    assert len(sink.lines) == 120
    assert api.import_job(ctx, report.import_id).imported == 120
    assert api.quarantine_counts(ctx, report.import_id) == {"replayed": 3}
    assert api.replay_rows(ctx, [r.id for r in waiting]).replayed == 0


def test_a_row_can_be_given_up_and_unknown_columns_are_refused(load, sink, ctx, tmp_path: Path) -> None:
    rows = shop_rows(20)
    rows[3][3] = "x"
    report = load(write(tmp_path / "a.csv", as_csv(rows)))
    row = api.quarantine(ctx, import_id=report.import_id)[0]
    with pytest.raises(BadInput, match="no column"):
        api.fix_row(ctx, row.id, {"quantity": "3"})
    assert api.drop_rows(ctx, [row.id]) == 1
    assert api.quarantine(ctx, import_id=report.import_id) == []
    with pytest.raises(BadInput, match="no longer waiting"):
        api.fix_row(ctx, row.id, {"qty": "3"})


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [(("from: sku", "from: skv"), "columns.item_id", "did you mean 'sku'?"),
     (("from: qty", "expr: 'qtty(qty)'"), "columns.quantity", "no function qtty"),
     (("Asia/Shanghai", "Asia/Shanghi"), "zone", "not a time zone"),
     (("currency: GBP", "currency: CNY"), "currency", "counts in GBP"),
     (("item_id:", "item:"), "columns.item", "no such field"),
     (("document_id: {from: order}", "region: {from: order}"), "columns.document_id", "needs document_id"),
     (("version: 1", "version: 2"), "version", ""),
     (("{from: sku}", "{from: sku, const: x}"), "item_id", "exactly one"),
     (("{from: at}", "{from: at, format: '%d/%q'}"), "occurred_at", "%q"),
     (("{from: at}", "{expr: '1 + 1'}"), "occurred_at", "must be a time"),
     (("ns: phone", "ns: Phone!"), "identifiers.0.ns", "")],
)  # fmt: skip
def test_a_wrong_mapping_is_one_clear_error(load, sink, ctx, tmp_path: Path, change, path: str, says: str) -> None:
    csv = write(tmp_path / "a.csv", as_csv(shop_rows(10)))
    with pytest.raises(BadInput) as caught:
        load(csv, SHOP.replace(*change))
    assert path in caught.value.message
    assert says in caught.value.message
    assert sink.calls == 0
    assert api.import_jobs(ctx) == []


def test_a_missing_column_and_nonsense_stop_before_anything_is_written(load, sink, ctx, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no column 'price'"):
        load(write(tmp_path / "a.csv", as_csv([r[:4] for r in shop_rows(5)], header=HEADER[:4])))
    swapped = [[r[0], r[3], r[2], r[1], *r[4:]] for r in shop_rows(200)]
    with pytest.raises(BadInput, match="100 of the first 100 rows") as caught:
        load(write(tmp_path / "b.csv", as_csv(swapped)))
    assert "row 2: at '2' is not a date or time" in caught.value.message
    assert sink.calls == 0
    assert api.import_jobs(ctx) == []
    assert api.quarantine(ctx) == []


def test_it_goes_on_after_a_crash_between_parts(load, sink, ctx, tmp_path: Path) -> None:
    rows = shop_rows(450)
    rows[20][3] = "x"
    path = write(tmp_path / "a.csv", as_csv(rows))
    sink.fail_at = frozenset({3})
    with pytest.raises(ConnectionError):
        load(path)
    job = api.import_jobs(ctx)[0]
    assert (job.state, job.imported) == ("failed", 199)
    assert "import the file again to go on" in job.message
    report = load(path)
    assert report.resumed
    assert (report.state, report.imported, report.quarantined) == ("done", 449, 1)
    assert len(sink.lines) == 449
    assert max(sink.tokens.values()) == 1
    assert {k for k in sink.lines if k[1] == "T1066"} == {("tmall", "T1066", n) for n in (1, 2, 3)}


def test_resume_by_id_needs_the_same_file(load, sink, ctx, db, make_ctx, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", as_csv(shop_rows(250)))
    sink.fail_at = frozenset({2})
    with pytest.raises(ConnectionError):
        load(path)
    import_id = api.import_jobs(ctx)[0].id
    other = write(tmp_path / "b.csv", as_csv(shop_rows(10)))
    with pytest.raises(BadInput, match="not the file of import"):
        api.resume(db, make_ctx, import_id, other, brand_id=1)
    assert api.resume(db, make_ctx, import_id, path, brand_id=1).imported == 250


def test_cancel_is_honoured_between_parts(load, sink, ctx, db, make_ctx, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", as_csv(shop_rows(500)))
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int, rate_per_s: float, left_s: float | None) -> None:
        seen.append((done, total))
        assert rate_per_s > 0
        if done == 200:
            with db.tx() as tx:
                found = workspace.operations(make_ctx(tx))[0]
                workspace.cancel(make_ctx(tx), found.id)

    report = load(path, progress=progress)
    assert report.state == "cancelled"
    assert report.imported in (200, 300)  # the part during which it was asked may finish
    assert seen[0][0] == 100
    assert workspace.operations(ctx)[0].state == "cancelled"
    assert load(path).imported == 500
    operation = workspace.operations(ctx)[0]
    assert (operation.state, operation.result["imported"], operation.done) == ("done", 500, 500)


def test_two_at_once_are_one(load, sink, db, make_ctx, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", as_csv(shop_rows(250)))
    refused: list[Exception] = []

    def progress(**_: object) -> None:
        try:
            api.run_import(db, make_ctx, path, api.load_mapping(SHOP), brand_id=1)
        except Conflict as error:
            refused.append(error)

    report = load(path, progress=lambda *a: progress())
    assert report.imported == 250
    assert len(refused) == 3


KILLED = """
import os, sys, time
from pathlib import Path
from random import Random
from datetime import UTC, datetime
import regulars.core.events
from regulars.core.clock import ManualClock
from regulars.core.ctx import Actor, Ctx, Scope
from regulars.infra.crypto import Vault, set_vault
from regulars.infra.db import Database
from regulars.ingest import api
from tests.ingest.sinks import RecordingSink

class Slow(RecordingSink):
    def write_part(self, ctx, batch):
        with open(sys.argv[3], "a") as out:
            out.write(batch.token + "\\n")
        time.sleep(0.2)
set_vault(Vault(b"0123456789abcdef0123456789abcdef"))
api.wire(sink=Slow())
db = Database(sys.argv[1])
clock = ManualClock(datetime(2011, 12, 10, 12, tzinfo=UTC))
def make(tx, brand_id):
    return Ctx(tx=tx, lake=None, brand_id=1, actor=Actor("system", "t", "t"), scope=Scope(frozenset({"*"})),
               clock=clock, rng=Random(1), zone="Europe/London", currency="GBP")
api.run_import(db, make, Path(sys.argv[2]), api.load_mapping(Path(sys.argv[4]).read_text()), brand_id=1)
"""


def test_a_killed_process_loses_and_doubles_nothing(load, sink, database_url: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", as_csv(shop_rows(1500)))
    mapping = write(tmp_path / "m.yaml", SHOP)
    tokens = tmp_path / "tokens"
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, database_url, str(path), str(tokens), str(mapping)],
        cwd=root, env={**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"},
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (tokens.exists() and len(tokens.read_text().splitlines()) >= 4):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    for _ in range(100):
        try:
            report = load(path)
            break
        except Conflict:  # the server has not yet noticed that the holder of the lock is gone
            time.sleep(0.1)
    before = tokens.read_text().split()
    assert report.resumed
    assert report.imported == 1500
    written = set(before) | set(sink.tokens)
    assert len(written) == 15
    # At most the part that was under way when the process died is written again, under its own token.
    assert len(set(before) & set(sink.tokens)) <= 1


def test_gb18030_with_a_drafted_mapping(load, sink, ctx, tmp_path: Path) -> None:
    header = [
        "订单编号",
        "订单创建时间",
        "商家编码",
        "宝贝标题",
        "购买数量",
        "单价",
        "联系手机",
        "买家会员名",
        "收货省份",
    ]
    rows = [["T1", "2024/3/1 10:05", "A-1", "蜂花护发素 滋润型", "2", "￥1,019.90", "13800000001", "小王", "浙江省"],
            ["T2", "2024年3月2日", "A-2", "纯棉毛巾", "1", "29元", "13800000002", "小李", "广东省"]]  # fmt: skip
    text = "\n".join(",".join(f'"{c}"' for c in r) for r in [header, *rows])
    path = write(tmp_path / "订单.csv", text, "gb18030")
    mapping = api.draft_mapping(path)
    assert mapping.source.encoding == "gb18030"
    assert mapping.columns["occurred_at"].source == "订单创建时间"
    assert {i.ns: i.source for i in mapping.identifiers} == {
        "customer_id": "买家会员名", "phone": "联系手机", "order": "订单编号",
    }  # fmt: skip
    found = api.preview(ctx, path, mapping)
    assert (found.rows, found.good, found.bad) == (2, 2, 0)
    assert found.first[0].values["item_name"] == "蜂花护发素 滋润型"
    assert found.first[0].values["identifier.phone"] == "138****0001"
    report = load(path, api.dump_mapping(mapping))
    assert report.imported == 2
    assert sink.lines["main", "T1", 1]["amount_fen"] == 203980
    assert str(sink.lines["main", "T2", 1]["occurred_at"]) == "2024-03-02 00:00:00+00:00"


def test_draft_finds_the_format_of_dates(tmp_path: Path) -> None:
    rows = [[f"T{n}", f"{n % 28 + 1}/12/2010 8:26", "S", "1", "2.55", "x"] for n in range(50)]
    path = write(
        tmp_path / "a.csv", as_csv(rows, header=["InvoiceNo", "InvoiceDate", "StockCode", "Quantity", "UnitPrice", "x"])
    )
    assert api.draft_mapping(path).columns["occurred_at"].formats == ("%d/%m/%Y %H:%M",)


def test_preview_writes_nothing_and_says_what_is_bad(ctx, sink, tmp_path: Path) -> None:
    rows = shop_rows(30)
    rows[2][1] = "31/31/2024"
    path = write(tmp_path / "a.csv", as_csv(rows))
    found = api.preview(ctx, path, api.load_mapping(SHOP))
    assert (found.rows, found.good, found.bad, found.reasons) == (30, 29, 1, {"not_time": 1})
    assert found.first[-1].reasons[0].reason.en == "row 4: at '31/31/2024' is not a date or time"
    assert json.dumps(dict(found.first[0].values))
    assert sink.calls == 0


def test_skip_rules_count(load, sink, tmp_path: Path) -> None:
    rows = shop_rows(100)
    rows[10][3] = "abc"
    mapping = SHOP + "skip:\n  - {when: \"sku == 'S3'\", reason: samples}\n  - {when: \"qty == 'abc'\", reason: junk}\n"
    report = load(write(tmp_path / "a.csv", as_csv(rows)), mapping)
    samples = sum(r[2] == "S3" for r in rows)
    assert (report.imported, report.skipped, report.quarantined) == (
        99 - samples + (rows[10][2] == "S3"),
        samples + (rows[10][2] != "S3"),
        0,
    )


def test_events_and_people_from_files(load, sink, ctx, tmp_path: Path) -> None:
    mapping = """
target: events
zone: Asia/Shanghai
columns:
  type: {expr: "if(kind == 'view', 'page.viewed', 'cart.added')"}
  occurred_at: {from: at}
props:
  item_id: {from: item}
identifiers:
  - {ns: customer_id, scope: shop, from: user}
"""
    rows = [
        "view,2024-03-01 10:00,A,u1",
        "cart,2024-03-01 10:05,,u1",
        "cart,2024-03-01 10:06,B,",
        "cart,2024-03-01,B,u2",
    ]
    text = "\n".join(["kind,at,item,user", *rows])
    report = load(write(tmp_path / "e.csv", text), mapping)
    assert (report.imported, report.quarantined) == (2, 2)
    assert {e.type: e.origin for e in sink.events.values()} == {"page.viewed": "backfill", "cart.added": "backfill"}
    assert [p["customer_id"] for p in sink.event_people] == ["u1", "u2"]
    codes = [r.reasons[0].code for r in api.quarantine(ctx, import_id=report.import_id)]
    assert codes == ["invalid", "nobody"]

    people = "target: people\ncolumns: {name: 姓名, phone: 手机, birthday: 生日, province: 省}\n"
    text = "姓名,手机,生日,省\n王小明,13800000001,1990-05-17,浙江\n李四,,1991-01-01,广东\n"
    report = load(write(tmp_path / "p.csv", text), people)
    assert (report.imported, report.quarantined) == (1, 1)
    event = list(sink.events.values())[-1]
    assert event.type == "person.identified"
    assert event.props["province"] == "浙江"
    assert event.props["birth_md"] == 517
    assert "王小明" not in json.dumps(dict(event.props), ensure_ascii=False)
    assert api.unseal(event) == {"name": "王小明", "birthday": "1990-05-17"}
    assert sink.event_people[-1] == {"phone": "13800000001"}


def test_an_event_with_its_own_id_counts_once_across_files(load, sink, tmp_path: Path) -> None:
    mapping = """
name: till
target: events
columns: {type: {const: page.viewed}, occurred_at: at, source_id: id}
identifiers: [{ns: customer_id, scope: shop, from: user}]
"""
    first = load(write(tmp_path / "1.csv", "id,at,user\na,2024-03-01,u1\nb,2024-03-01,u2\na,2024-03-01,u1\n"), mapping)
    second = load(write(tmp_path / "2.csv", "id,at,user\nb,2024-03-01,u2\nc,2024-03-02,u3\n"), mapping)
    assert (first.imported, first.skipped, second.imported, second.skipped) == (2, 1, 1, 1)
    assert [p["customer_id"] for p in sink.event_people] == ["u1", "u2", "u3"]


def test_online_retail(load, sink) -> None:
    """The complete year of a real shop, figures as published with the data."""
    source = pq.read_table(EXAMPLE / "online_retail.parquet")
    sink.write_part = lambda ctx, batch: sink.batches.append(batch)
    report = load(EXAMPLE / "online_retail.parquet", (EXAMPLE / "mapping.yaml").read_text())
    assert (report.lines, report.imported, report.quarantined) == (541_909, 541_909, 0)
    assert report.kinds == {"sale": 531_282, "refund": 9_288, "stock": 1_336, "cash": 3}
    lines = [batch.table for batch in sink.batches]
    import pyarrow as pa
    import pyarrow.compute as pc

    table = pa.concat_tables(lines)
    assert pc.sum(table["amount_fen"]).as_py() == 974_774_793
    keys = table.group_by(["shop", "document_id", "ordinal"]).aggregate([])
    assert keys.num_rows == source.num_rows
    assert len(pc.unique(table["document_id"])) == 25_900
    identified = pa.concat_arrays([b.identifiers[0].values for b in sink.batches])
    assert len(pc.unique(identified.drop_null())) == 4_372
    nobody = pc.is_in(table["kind"], value_set=pa.array(["stock", "cash"]))
    orders = pa.concat_arrays([b.identifiers[1].values for b in sink.batches])
    assert pc.sum(pc.is_null(orders)).as_py() == pc.sum(nobody).as_py() == 1_339
    assert set(pc.unique(table["currency"]).to_pylist()) == {"GBP"}
