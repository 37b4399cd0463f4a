"""Reading statements without parsing the language."""

from __future__ import annotations

import pytest

from regulars.infra.lake_server import protocol
from regulars.infra.lake_server.protocol import LakeError


@pytest.mark.parametrize(
    ("sql", "kind", "fmt", "multiple"),
    [
        ("SELECT 1", "SELECT", None, False),
        ("  /* a */ -- b\n ((select 1))", "SELECT", None, False),
        ("SELECT 1 format JSON", "SELECT", "JSON", False),
        ("SELECT 1\nFORMAT Native SETTINGS max_threads = 1;", "SELECT", "Native", False),
        ("SELECT format FROM t", "SELECT", None, False),
        ("SELECT 'x FORMAT CSV', `FORMAT TSV` FROM t", "SELECT", None, False),
        ("SELECT 'it''s; \\'; --' /* ; */ -- ;\n", "SELECT", None, False),
        ("SELECT 1; -- done", "SELECT", None, False),
        ("SELECT 1; SELECT 2", "SELECT", None, True),
        ("WITH 1 AS x SELECT x", "WITH", None, False),
        ("SELECT $a$; FORMAT CSV$a$", "SELECT", None, False),
        ("", "", None, False),
    ],
)
def test_scan(sql: str, kind: str, fmt: str | None, multiple: bool) -> None:
    found = protocol.scan(sql)
    assert (found.kind, found.format, found.multiple) == (kind, fmt, multiple)


def test_scan_marks() -> None:
    assert protocol.scan("SELECT 1 GROUP BY x WITH TOTALS").totals
    assert protocol.scan("CREATE TEMPORARY TABLE x (y Int8)").leaves_state
    assert protocol.scan("SET a = 1").leaves_state
    assert not protocol.scan("INSERT INTO t SELECT 1").has_result
    assert protocol.scan("SHOW TABLES").reads_only


@pytest.mark.parametrize(
    ("text", "query", "fmt", "rest"),
    [
        (b"INSERT INTO t (a, b) FORMAT CSV\n1,2", "INSERT INTO t (a, b) ", "CSV", b"1,2"),
        (b"INSERT INTO t FORMAT Native\r\n\x00\xff", "INSERT INTO t ", "Native", b"\x00\xff"),
        (b"INSERT INTO t FORMAT TSV  \n\n1", "INSERT INTO t ", "TSV", b"\n1"),
        (b"INSERT INTO t (`format x`) VALUES (1)", "INSERT INTO t (`format x`) ", "Values", b" (1)"),
        (b"INSERT INTO t (values, format) SETTINGS a = 'FORMAT x' FORMAT TSV",
         "INSERT INTO t (values, format) SETTINGS a = 'FORMAT x' ", "TSV", b""),
        ("INSERT INTO 表 FORMAT TSV\n第".encode(), "INSERT INTO 表 ", "TSV", "第".encode()),
        (b"INSERT INTO t (a)", "INSERT INTO t (a)", "Values", b""),
    ],
)  # fmt: skip
def test_insert_head(text: bytes, query: str, fmt: str, rest: bytes) -> None:
    head = protocol.insert_head(text)
    assert head is not None
    assert (head.query, head.format, text[head.data_at :]) == (query, fmt, rest)


@pytest.mark.parametrize(
    "text",
    [b"INSERT INTO t SELECT 1", b"INSERT INTO t WITH 1 AS x SELECT x", b"INSERT INTO t FROM INFILE 'x' FORMAT CSV"],
)
def test_an_insert_without_data(text: bytes) -> None:
    assert protocol.insert_head(text) is None


def test_settings_cannot_carry_sql() -> None:
    assert protocol.settings_of({"max_threads": "1", "param_x": "2", "query_id": "3"}) == {"max_threads": "1"}
    with pytest.raises(LakeError):
        protocol.settings_of({"a = 1, b": "2"})
    assert protocol.set_statement({"a": "x'\\", "b": None}) == "SET a = 'x\\'\\\\', b = DEFAULT"


def test_arrow_blocks_join_to_one_stream() -> None:
    import pyarrow as pa

    def block(values: list[int]) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, pa.schema([("a", pa.int64())])) as writer:
            writer.write_batch(pa.record_batch([values], ["a"]))
        return sink.getvalue().to_pybytes()

    joined = b"".join(protocol.join_blocks("ArrowStream", [block([1, 2]), block([3]), block([4])]))
    with pa.ipc.open_stream(joined) as reader:
        assert reader.read_all().column("a").to_pylist() == [1, 2, 3, 4]


def test_errors_are_read() -> None:
    error = protocol.error_of(
        RuntimeError("Streaming query failed: Code: 60. DB::Exception: No table (x). (UNKNOWN_TABLE)")
    )
    assert (error.code, error.name, error.message, error.status) == (60, "UNKNOWN_TABLE", "No table (x).", 404)
    assert protocol.error_of(RuntimeError("odd")).code == 1002
