"""Files as they are found: encodings, delimiters, quotes, short lines, NULs, sheets, row groups."""

from __future__ import annotations

import datetime as dt
import random  # noqa: TID251 - seeded
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.core.errors import BadInput, NotFound
from regulars.ingest.mapping import SourceSpec
from regulars.ingest.readers.encoding import detect_encoding
from regulars.ingest.readers.opening import open_reader
from regulars.ingest.readers.rows import UNDECODABLE
from regulars.ingest.readers.tables import ExcelReader

CHINESE = """订单号,下单时间,商品名称,数量,单价
T1,2024-03-01 10:00,蜂花护发素 滋润型,2,19.90
T2,2024-03-02 11:30,纯棉毛巾三条装,1,29.00
"""


def rows(path: Path, **source: object) -> tuple[list[dict], list[tuple[int, str]]]:
    reader = open_reader(path, SourceSpec(**source))
    good, broken = [], []
    for batch in reader.batches(1000):
        good += [{"#": n, **r} for n, r in zip(batch.row_nos.to_pylist(), batch.table.to_pylist(), strict=True)]
        broken += [(b.row_no, b.code) for b in batch.broken]
    return good, broken


def write(tmp_path: Path, content: bytes | str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gbk", "gb18030"), ("gb18030", "gb18030"), ("utf-16", "utf-16"),
     ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")],
)  # fmt: skip
def test_chinese_encodings(tmp_path: Path, encoding: str, found: str) -> None:
    path = write(tmp_path, CHINESE, encoding)
    assert detect_encoding(path) == found
    good, broken = rows(path)
    assert [r["商品名称"] for r in good] == ["蜂花护发素 滋润型", "纯棉毛巾三条装"]
    assert list(good[0]) == ["#", "订单号", "下单时间", "商品名称", "数量", "单价"]
    assert broken == []


def test_traditional_and_western(tmp_path: Path) -> None:
    traditional = "訂單編號,商品\nT1,純棉毛巾與護髮素\nT2,臺灣高山烏龍茶葉禮盒\n"
    assert detect_encoding(write(tmp_path, traditional, "big5")) == "big5"
    western = "Bestellung;Artikel\n1;Müller Käse groß\n2;Crème brûlée, façon\n3;Smörgås à l'été\n"
    path = write(tmp_path, western, "cp1252")
    assert detect_encoding(path) == "cp1252"
    good, _ = rows(path)
    assert good[0]["Artikel"] == "Müller Käse groß"
    assert good[1]["Artikel"] == "Crème brûlée, façon"


def test_late_chinese_after_megabytes_of_ascii(tmp_path: Path) -> None:
    head = b"order,name\n" + b"".join(b"T%d,plain\n" % n for n in range(200_000))
    path = write(tmp_path, head + "T9,蜂花护发素滋润型\n".encode("gbk"))
    assert detect_encoding(path) == "gb18030"


def test_a_bad_byte_damages_one_row(tmp_path: Path) -> None:
    lines = [f"T{n},毛巾".encode() for n in range(50)]
    lines[20] = b"T20,\xff\xfe"
    good, _ = rows(write(tmp_path, b"order,name\n" + b"\n".join(lines)))
    assert [r["order"] for r in good if UNDECODABLE in r["name"]] == ["T20"]
    assert good[30]["name"] == "毛巾"


def test_encoding_can_be_set_and_must_exist(tmp_path: Path) -> None:
    path = write(tmp_path, CHINESE, "gbk")
    assert rows(path, encoding="GBK")[0][0]["订单号"] == "T1"
    with pytest.raises(BadInput, match="klingon"):
        rows(path, encoding="klingon")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    text = "\n".join(delimiter.join(c) for c in (["a", "b", "c"], ["1", '"x, y; z"', "3"], ["4", "5", "6"]))
    good, broken = rows(write(tmp_path, text))
    assert [(r["a"], r["c"]) for r in good] == [("1", "3"), ("4", "6")]
    assert good[0]["b"] == "x, y; z"
    assert broken == []


def test_quotes_breaks_and_crlf(tmp_path: Path) -> None:
    text = 'a,b\r\n1,"two\r\nlines ""quoted"""\r\n2,12" TV\r\n\r\n3,x\r\n'
    good, broken = rows(write(tmp_path, text))
    assert [r["b"] for r in good] == ['two\r\nlines "quoted"', '12" TV', "x"]
    assert [r["#"] for r in good] == [2, 3, 5]
    assert broken == []


@pytest.mark.parametrize("stray", ['3,"oops,z', '3,y,"oops', '"3,y,z'])
def test_a_stray_quote_costs_one_line(tmp_path: Path, stray: str) -> None:
    lines = [f"{n},b{n},c{n}" for n in range(2000)]
    lines[3] = stray
    good, broken = rows(write(tmp_path, "a,b,c\n" + "\n".join(lines) + "\n"))
    assert len(good) == 1999
    assert broken == [(5, "quote")]
    assert {r["#"] for r in good} == set(range(2, 2002)) - {5}


def test_two_stray_quotes_swallow_nothing(tmp_path: Path) -> None:
    lines = [f"{n},b{n},c{n}" for n in range(20)]
    lines[3], lines[9] = '3,b,"oops', '9,b,"again'
    good, broken = rows(write(tmp_path, "a,b,c\n" + "\n".join(lines) + "\n"))
    assert len(good) + len(broken) == 20
    assert (5, "quote") in broken


def test_short_long_and_nul_lines(tmp_path: Path) -> None:
    text = "a,b,c\n1,2,3\n1,2\n1,2,3,4\n1,2,3,,\n\x00\x00\x00\x00\n4,5,6\n"
    good, broken = rows(write(tmp_path, text))
    assert [(r["#"], r["a"]) for r in good] == [(2, "1"), (5, "1"), (7, "4")]
    assert broken == [(3, "ragged"), (4, "ragged"), (6, "nul")]


def test_header_row_and_names(tmp_path: Path) -> None:
    text = "Monthly report,,\nprinted 2024-03-01,,\nname,,name\nx,y,z\n"
    good, _ = rows(write(tmp_path, text), header_row=3)
    assert good == [{"#": 4, "name": "x", "column_2": "y", "name_2": "z"}]


@pytest.mark.parametrize(("content", "says"), [(b"", "empty"), (b"\n\n", "no column names"), (b"\x1f\x8b\x08", "gzip")])
def test_unusable_files_say_why(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        rows(write(tmp_path, content))


def test_missing_and_mislabelled_files(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        rows(tmp_path / "nowhere.csv")
    for content in (b"PK\x03\x04 not a workbook", b"PAR1 not parquet"):
        with pytest.raises(BadInput, match=r"file\.csv cannot be opened"):
            rows(write(tmp_path, content))


def test_noise_never_raises_anything_else(tmp_path: Path) -> None:
    rng = random.Random(5)
    for size in (1, 7, 300, 5000):
        for _ in range(40):
            noise = (
                rng.randbytes(size) if rng.random() < 0.5 else bytes(rng.choices(b'a,"\n\r\x00;\xe4\xb8\xad', k=size))
            )
            try:
                good, broken = rows(write(tmp_path, noise))
            except BadInput:
                continue
            assert all(isinstance(r, dict) for r in good)
            assert all(code in {"ragged", "nul", "quote"} for _, code in broken)


def test_excel(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"})
    book.add_worksheet("empty")
    sheet = book.add_worksheet("订单")
    sheet.write_row(1, 0, ["订单号", "下单时间", "数量", "单价", "会员"])
    sheet.write_row(2, 0, [17850, dt.datetime(2024, 3, 1, 10, 30), 2, 19.9, True])  # noqa: DTZ001 - as Excel has it
    sheet.write_row(4, 0, ["T2", "2024-03-02", 1, 29])
    book.close()
    good, broken = rows(path, sheet="订单", header_row=2)
    assert broken == []
    assert good[0] == {
        "#": 3,
        "订单号": "17850",
        "下单时间": "2024-03-01 10:30:00",
        "数量": "2",
        "单价": "19.9",
        "会员": "true",
    }
    assert (good[1]["#"], good[1]["会员"], good[1]["单价"]) == (5, None, "29")
    with pytest.raises(BadInput, match="no sheet"):
        rows(path, sheet="Orders")


def test_a_workbook_too_large_for_memory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("订单")
    for row in range(2_000):
        sheet.write_row(row, 0, [f"name {n}" for n in range(60)] if row == 0 else ["x" * 20] * 60)
    book.close()
    assert path.stat().st_size < 1 << 20  # it is the unpacked size that counts
    with pytest.raises(BadInput, match=r"wide.xlsx is too large to be read as a workbook: \d+ MiB unpacked, at most 2"):
        ExcelReader(path, most_mib=2)
    assert sum(batch.table.num_rows for batch in ExcelReader(path).batches(512)) == 1_999
    path.with_suffix(".xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3 << 20))
    with pytest.raises(BadInput, match="3 MiB"):
        ExcelReader(path.with_suffix(".xls"), most_mib=2)


def test_parquet_parts_do_not_follow_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    table = pa.table({"a": list(range(1000))})
    pq.write_table(table, path, row_group_size=70)
    batches = list(open_reader(path, SourceSpec()).batches(300))
    assert [b.table.num_rows for b in batches] == [300, 300, 300, 100]
    assert [(b.row_from, b.row_to) for b in batches] == [(1, 301), (301, 601), (601, 901), (901, 1001)]
    assert pa.concat_tables([b.table for b in batches]).equals(table)


def test_the_same_file_gives_the_same_batches(tmp_path: Path) -> None:
    text = "a,b\n" + "".join(f"{n},x\n" if n % 11 else "broken\n" for n in range(1000))
    reader = open_reader(write(tmp_path, text), SourceSpec())
    first, second = (
        [(b.row_from, b.row_to, b.table.num_rows, len(b.broken)) for b in reader.batches(128)] for _ in "ab"
    )
    assert first == second
    assert sum(rows_ + broken for _, _, rows_, broken in first) == 1000


TEXTS = st.text(st.sampled_from("a1 é，\x00\ufeff\u2028\t"), max_size=3)
SHAPES = st.sampled_from(["{}{}", '"{}{}"', '"{},{}"', '"{}"{}', 'a{}"{}', 'a{}""{}', '"{}""{}"', '"{}"b{}"'])
CELLS = st.builds(str.format, SHAPES, TEXTS, TEXTS)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
LINES = st.one_of(
    st.lists(st.tuples(st.lists(CELLS, min_size=3, max_size=3), ENDS), max_size=8),
    st.lists(st.tuples(st.lists(CELLS, max_size=5), ENDS), max_size=8),
)


@given(LINES, st.sampled_from([",", ";"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_record_of_two_lines_elsewhere_changes_no_row(
    tmp_path: Path, lines: list[tuple[list[str], str]], delimiter: str
) -> None:
    """Where each line is a record they are read by columns, else one by one: the same rows, numbers and reasons."""
    text = delimiter.join("xyz") + "\n" + "".join(delimiter.join(cells) + end for cells, end in lines)
    source = {"encoding": "utf-8", "delimiter": delimiter}
    plain, broken = rows(write(tmp_path, text), **source)
    quoted, also_broken = rows(write(tmp_path, text + delimiter.join(['"q\nr"', "1", "2"]) + "\n"), **source)
    assert quoted.pop()["x"] == "q\nr"
    assert (plain, broken) == (quoted, also_broken)
