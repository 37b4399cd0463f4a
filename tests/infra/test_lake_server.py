"""The lake server through an unmodified clickhouse-connect: what works with ClickHouse works here."""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import json
import socket
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import clickhouse_connect
import pyarrow as pa
import pytest
import urllib3
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

UTC = dt.UTC
_names = count(1)


def connect(url: str, **options: object) -> Client:
    host, port = url.removeprefix("http://").split(":")
    return clickhouse_connect.get_client(host=host, port=int(port), **options)


@pytest.fixture
def client(lake_url: str) -> Iterator[Client]:
    with connect(lake_url) as client:
        yield client


@pytest.fixture
def table(client: Client) -> Iterator[str]:
    name = f"lake_server_{next(_names)}"
    client.command(
        f"CREATE TABLE {name} (a UInt64, s String, l LowCardinality(String), n Nullable(Int32),"
        " at DateTime64(3, 'UTC'), xs Array(String)) ENGINE = MergeTree ORDER BY a"
        " SETTINGS non_replicated_deduplication_window = 100"
    )
    yield name
    client.command(f"DROP TABLE {name}")


def post(url: str, body: bytes | str, query: str = "", **headers: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("POST", f"{url}/?{query}", body=body, headers=headers, retries=False)


# ---- reading --------------------------------------------------------------------------------------------------
def test_query_gives_rows_names_and_types(client: Client) -> None:
    result = client.query("SELECT number AS n, toString(number) AS s, [number] AS xs FROM numbers(3)")
    assert result.column_names == ("n", "s", "xs")
    assert result.result_rows == [(0, "0", [0]), (1, "1", [1]), (2, "2", [2])]


def test_empty_results(client: Client, table: str) -> None:
    assert client.query(f"SELECT * FROM {table}").result_rows == []
    assert client.query("SELECT 1 AS one, 'x' AS s LIMIT 0").column_names == ("one", "s")
    arrow = client.query_arrow(f"SELECT a, s FROM {table}", use_strings=True)
    assert arrow.num_rows == 0
    assert arrow.column_names == ["a", "s"]
    assert client.raw_query(f"SELECT a, s FROM {table}", fmt="TSVWithNames") == b"a\ts\n"
    assert client.raw_stream(f"SELECT a, s FROM {table}", fmt="CSVWithNames").read() == b'"a","s"\n'
    assert client.command(f"SELECT s FROM {table}") == ""


def test_streams_of_a_large_result(client: Client) -> None:
    sql = "SELECT number, toString(number) AS s FROM numbers(1000000)"
    with client.query_row_block_stream(sql) as blocks:
        sizes = [len(block) for block in blocks]
    assert sum(sizes) == 1_000_000
    assert len(sizes) > 5  # it came in pieces
    with client.query_arrow_stream(sql, use_strings=True) as batches:
        parts = list(batches)
    assert sum(part.num_rows for part in parts) == 1_000_000
    assert parts[-1].column("s")[-1].as_py() == "999999"
    assert client.query_arrow(sql, use_strings=True).num_rows == 1_000_000


@pytest.mark.parametrize(
    "fmt",
    ["TSV", "TSVWithNames", "TSVWithNamesAndTypes", "CSV", "CSVWithNames", "CSVWithNamesAndTypes", "JSONEachRow",
     "RowBinary", "JSONCompact", "Native"],
)  # fmt: skip
def test_a_streamed_document_equals_the_whole_one(client: Client, fmt: str) -> None:
    # A name with a line break and a quote, to find the end of the head; more rows than one block holds.
    sql = 'SELECT number, toString(number) AS `s\n"1` FROM numbers(200000) ORDER BY number'
    with client.raw_stream(sql, fmt=fmt) as stream:
        streamed = stream.read()
    whole = client.raw_query(sql, fmt=fmt)
    if fmt == "JSONCompact":
        streamed, whole = json.loads(streamed)["data"], json.loads(whole)["data"]
    assert len(streamed) == len(whole) > 1
    assert streamed == whole
    if "Names" in fmt:
        assert whole.count(b"number") == 1


def test_totals_are_not_lost(client: Client) -> None:
    text = client.raw_query(
        "SELECT number % 2 AS k, count() FROM numbers(10) GROUP BY k WITH TOTALS ORDER BY k", fmt="TSV"
    )
    assert text == b"0\t5\n1\t5\n\n0\t10\n"


def test_statements_that_are_not_selects(client: Client, table: str) -> None:
    assert table in client.raw_query("SHOW TABLES").decode().split()
    assert client.command(f"EXISTS TABLE {table}") == 1
    assert client.query(f"DESCRIBE TABLE {table}").result_rows[0][:2] == ("a", "UInt64")
    assert client.query("EXPLAIN SELECT 1").row_count > 0
    assert client.query("-- a remark\nWITH 1 AS x /* ; FORMAT JSON */ SELECT x, ';' AS format").result_rows == [
        (1, ";")
    ]
    client.command(f"INSERT INTO {table} (a, s) SELECT number, 'x' FROM numbers(5)")
    client.command(f"INSERT INTO {table} (a, s) VALUES", data="(6, 'y'), (7, 'z')")
    client.command(f"OPTIMIZE TABLE {table} FINAL")
    assert client.command(f"SELECT count() FROM {table}") == 7


def test_parameters_of_every_type(client: Client) -> None:
    values = {
        "text": 'O\'Neil\\\t"q"\n第二行 `x` {y} %s 🛍',
        "number": -(2**62),
        "money": decimal.Decimal("12345678901.23"),
        "day": dt.date(2011, 12, 9),
        "moment": dt.datetime(2011, 12, 9, 12, 50, 1, 250000, tzinfo=UTC),
        "names": ["a'b", "回头客", "", "tab\t", "back\\slash"],
        "days": [dt.date(2011, 1, 1), dt.date(2011, 2, 1)],
        "ids": list(range(1, 3000)),
        "one": uuid.UUID(int=7),
        "nothing": None,
        "flag": True,
    }
    types = {
        "text": "String", "number": "Int64", "money": "Decimal(18, 2)", "day": "Date", "moment": "DateTime64(6, 'UTC')",
        "names": "Array(String)", "days": "Array(Date)", "ids": "Array(UInt32)", "one": "UUID",
        "nothing": "Nullable(String)", "flag": "Bool",
    }  # fmt: skip
    select = ", ".join(f"{{{name}:{kind}}} AS {name}" for name, kind in types.items())
    row = client.query(f"SELECT {select}", parameters=values, query_tz="UTC").first_item
    moment = row.pop("moment")
    assert moment.replace(tzinfo=UTC) == values.pop("moment")
    assert row == values
    with pytest.raises(DatabaseError) as caught:  # a parameter does not stay on the handle
        client.query("SELECT {text:String}")
    assert caught.value.name == "UNKNOWN_QUERY_PARAMETER"


def test_many_parameters_go_as_a_form(client: Client) -> None:
    ids = list(range(20_000))
    assert client.query("SELECT length({ids:Array(UInt32)})", parameters={"ids": ids}).first_row == (20_000,)
    text = "第\n'" * 5_000
    assert client.query("SELECT {t:String}", parameters={"t": text}).first_row == (text,)


def test_settings_hold_for_their_query_only(client: Client, lake_url: str) -> None:
    threads = "SELECT getSetting('max_threads'), getSetting('max_block_size')"
    usual = client.query(threads).first_row
    assert client.query(threads, settings={"max_threads": 1, "max_block_size": 777}).first_row == (1, 777)
    assert [client.query(threads).first_row for _ in range(5)] == [usual] * 5
    with connect(lake_url, settings={"max_block_size": 999}) as other:
        assert other.query(threads).first_row[1] == 999
    client.command("SET max_block_size = 555")  # a statement that would change the handle
    assert [client.query(threads).first_row for _ in range(5)] == [usual] * 5
    assert post(lake_url, "SELECT 1", "nonesuch=1").headers["X-ClickHouse-Exception-Code"] == "115"
    assert post(lake_url, "SELECT 1", "x%3B+DROP=1").status == 404
    assert post(lake_url, "SELECT 1", "readonly=1").data == b"1\n"
    assert client.query(threads).first_row == usual


def test_databases(client: Client, lake_url: str) -> None:
    client.command("CREATE DATABASE IF NOT EXISTS `we ird``s`")
    with connect(lake_url, database="we ird`s") as other:
        other.command("CREATE TABLE IF NOT EXISTS here (x UInt8) ENGINE = Memory")
        assert other.query("SELECT currentDatabase()").first_row == ("we ird`s",)
        assert other.query("EXISTS TABLE here").first_row == (1,)
    assert client.query("SELECT currentDatabase()").first_row == ("default",)
    assert client.query("EXISTS TABLE here").first_row == (0,)
    client.command("DROP DATABASE `we ird``s`")
    assert post(lake_url, "SELECT 1", "database=nowhere").headers["X-ClickHouse-Exception-Code"] == "81"


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_compression_both_ways(lake_url: str, table: str, compress: str | bool) -> None:
    with connect(lake_url, compress=compress) as client:
        rows = [[i, f"行{i}" * 20, "l", None, dt.datetime(2020, 1, 1, tzinfo=UTC), ["a"]] for i in range(3_000)]
        client.insert(table, rows, column_names=["a", "s", "l", "n", "at", "xs"])
        assert client.query(f"SELECT count(), uniqExact(s), any(xs) FROM {table}").first_row == (3_000, 3_000, ["a"])
        with client.query_row_block_stream(f"SELECT s FROM {table} ORDER BY a") as blocks:
            assert [row[0] for block in blocks for row in block] == [row[1] for row in rows]
    asked = {"Accept-Encoding": str(compress)} if compress else {}
    reply = urllib3.request(
        "POST",
        f"{lake_url}/?enable_http_compression=1",
        body=f"SELECT s FROM {table}",
        headers=asked,
        preload_content=False,
    )
    assert reply.headers.get("Content-Encoding") == (compress or None)
    reply.close()


# ---- writing --------------------------------------------------------------------------------------------------
def test_insert_native(client: Client, table: str) -> None:
    at = dt.datetime(2011, 12, 9, 12, 50, tzinfo=UTC)
    summary = client.insert(table, [[1, "a'\n第", "l", None, at, ["x", "y"]], [2, "", "", -5, at, []]])
    assert summary.written_rows == 2
    rows = client.query(f"SELECT * FROM {table} ORDER BY a", query_tz="UTC").result_rows
    assert [row[:4] + row[5:] for row in rows] == [(1, "a'\n第", "l", None, ["x", "y"]), (2, "", "", -5, [])]


def test_insert_arrow_and_others(client: Client, table: str, lake_url: str) -> None:
    client.insert_arrow(table, pa.table({"a": pa.array(range(200_000), pa.uint64()), "s": ["q"] * 200_000}))
    client.raw_insert(table, ["a", "s"], b"200000\tx\n", fmt="TSV")
    client.raw_insert(
        table, ["a", "s"], gzip.compress(b'{"a":200001,"s":"x"}\n'), fmt="JSONEachRow", compression="gzip"
    )
    client.raw_insert(table, ["a", "s"], iter([b"200002,", b"x\n200003,y"]), fmt="CSV")
    assert post(lake_url, f"INSERT INTO {table} (a, s) FORMAT TSV \n200004\tz\n").status == 200
    assert post(lake_url, "(200005, 'FORMAT')", f"query=INSERT+INTO+{table}+(a,s)+VALUES").status == 200
    assert post(lake_url, "200006", f"query=INSERT+INTO+{table}+(a)+FORMAT+CSV").status == 200
    assert client.query(f"SELECT count(), max(a) FROM {table}").first_row == (200_007, 200_006)


def test_a_token_twice_inserts_once(client: Client, table: str) -> None:
    data = pa.table({"a": pa.array(range(1000), pa.uint64()), "s": ["q"] * 1000})
    token = {"insert_deduplication_token": "batch-1"}
    for _ in range(3):
        client.insert_arrow(table, data, settings=token)
    client.insert_arrow(table, data.slice(0, 10), settings={"insert_deduplication_token": "batch-2"})
    assert client.command(f"SELECT count() FROM {table}") == 1010


def test_bad_data_is_refused_and_nothing_of_it_stays(client: Client, table: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.raw_insert(table, ["a", "s"], b"1,x\n2,y\nthree,z\n", fmt="CSV")
    assert caught.value.code in (6, 27, 72)
    with pytest.raises(DatabaseError) as caught:
        client.raw_insert("nonesuch", ["a"], iter([b"1\n"] * 100_000), fmt="CSV")
    assert caught.value.name == "UNKNOWN_TABLE"
    assert client.command(f"SELECT count() FROM {table}") == 0


# ---- errors ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sql", "code", "name", "status"),
    [
        ("SELECT * FROM nonesuch", 60, "UNKNOWN_TABLE", 404),
        ("SELECT nonesuch", 47, "UNKNOWN_IDENTIFIER", 404),
        ("SELECT nonesuch(1)", 46, "UNKNOWN_FUNCTION", 404),
        ("SELEC 1", 62, "SYNTAX_ERROR", 400),
        ("SELECT 1; SELECT 2", 62, "SYNTAX_ERROR", 400),
        ("  -- nothing\n", 62, "SYNTAX_ERROR", 400),
        ("SELECT throwIf(1, 'it''s a \"test\"')", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", 500),
        ("SELECT 1 INTO OUTFILE '/tmp/x' FORMAT CSV", 48, "NOT_IMPLEMENTED", 501),
        ("SELECT 1 FORMAT Nonesuch", 73, "UNKNOWN_FORMAT", 404),
        ("SELECT count() FROM numbers(1e12) SETTINGS max_execution_time = 0.1", 159, "TIMEOUT_EXCEEDED", 408),
    ],
)
def test_errors(client: Client, lake_url: str, sql: str, code: int, name: str, status: int) -> None:
    reply = post(lake_url, sql)
    assert (reply.status, reply.headers["X-ClickHouse-Exception-Code"]) == (status, str(code))
    assert reply.data.startswith(f"Code: {code}. DB::Exception: ".encode())
    if "FORMAT" in sql or ";" in sql or "--" in sql:
        return  # the client rewrites these
    with pytest.raises(DatabaseError) as caught:
        client.query(sql)
    assert (caught.value.code, caught.value.name) == (code, name)


@pytest.mark.parametrize("compress", [False, "lz4", "gzip"])
def test_an_error_in_mid_result_reaches_the_client(lake_url: str, compress: str | bool) -> None:
    sql = "SELECT throwIf(number = 2000000, 'too late'), number FROM numbers(5000000)"
    with connect(lake_url, compress=compress) as client:
        sizes: list[int] = []
        with (
            pytest.raises(StreamFailureError, match="too late") as caught,
            client.query_row_block_stream(sql) as blocks,
        ):
            sizes.extend(len(block) for block in blocks)
        assert caught.value.code == 395
        assert sum(sizes) > 100_000
        with pytest.raises(DatabaseError, match="too late"):  # waited for: a proper status
            client.query(sql)


def test_a_broken_raw_result_cannot_be_taken_for_a_whole_one(client: Client) -> None:
    sql = "SELECT throwIf(number = 2000000, 'too late'), number FROM numbers(5000000)"
    with client.raw_stream(sql, fmt="TSV") as stream, pytest.raises(urllib3.exceptions.HTTPError):
        list(iter(lambda: stream.read(1 << 20), b""))


def test_nothing_is_left_over_after_an_error(lake_url: str) -> None:
    """Errors before, in and after results, abandoned streams, bad inserts; then every handle gives its own answer."""

    def misbehave(n: int) -> None:
        with connect(lake_url, compress=False) as client:
            with (
                pytest.raises(DatabaseError),
                client.query_row_block_stream(
                    f"SELECT throwIf(number = {200_000 + n}), number FROM numbers(1000000)"
                ) as blocks,
            ):
                for _ in blocks:
                    pass
            # A document built whole is where the engine itself keeps the broken one for the next query.
            for fmt in ("Arrow", "JSON", "Parquet"):
                with pytest.raises(DatabaseError):
                    client.raw_query(f"SELECT throwIf(number = {100_000 + n}) FROM numbers(200000)", fmt=fmt)
                assert (
                    client.raw_query(f"SELECT {n}", fmt="JSONCompactColumns").split() == f"[ [{n}] ]".encode().split()
                )
            with pytest.raises(DatabaseError):
                client.query("SELECT * FROM nonesuch")
            stream = client.raw_stream("SELECT number FROM numbers(100000000)", fmt="TSV")
            stream.read(1000)
            stream.close()
            for k in range(5):
                assert client.query(f"SELECT {n * 10 + k}").first_row == (n * 10 + k,)
            assert client.query(f"SELECT number + {n} FROM numbers(3)").result_rows == [(n,), (n + 1,), (n + 2,)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(misbehave, range(24)))


# ---- cancel, many clients -------------------------------------------------------------------------------------
_SLOW = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))"


def running(client: Client, word: str) -> int:
    sql = "SELECT count() FROM system.processes WHERE query LIKE {word:String} AND query NOT LIKE '%processes%'"
    return client.query(sql, parameters={"word": f"%{word}%"}).first_row[0]


def wait_for(condition, patience_s: float = 10.0) -> None:
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize("waits", [0, 1])
def test_a_query_ends_when_its_client_goes(client: Client, lake_url: str, waits: int) -> None:
    host, port = lake_url.removeprefix("http://").split(":")
    going = urllib3.connection.HTTPConnection(host, int(port))
    going.request("POST", f"/?wait_end_of_query={waits}", body=f"{_SLOW} AND {waits} = {waits}")
    wait_for(lambda: running(client, f"{waits} = {waits}") == 1)
    going.close()
    wait_for(lambda: running(client, f"{waits} = {waits}") == 0)


def test_kill_query(client: Client, lake_url: str) -> None:
    caught: list[Exception] = []

    def ask() -> None:
        with connect(lake_url) as other:
            try:
                other.query(_SLOW, settings={"query_id": "to-be-killed"})
            except DatabaseError as error:
                caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_for(lambda: running(client, "sipHash64") == 1)
    assert "to-be-killed" in str(client.command("KILL QUERY WHERE query_id = 'to-be-killed'"))
    asking.join(10)
    assert [error.name for error in caught] == ["QUERY_WAS_CANCELLED"]
    assert client.command("KILL QUERY WHERE query_id = 'to-be-killed'") == ""


def test_fifty_clients_at_once(lake_url: str, table: str) -> None:
    def work(n: int) -> int:
        with connect(lake_url) as client:
            for k in range(4):
                client.insert(table, [[n * 100 + k, f"c{n}"]], column_names=["a", "s"])
                assert client.query("SELECT {n:UInt32} + {k:UInt8}", parameters={"n": n, "k": k}).first_row == (n + k,)
            return client.query(f"SELECT count() FROM {table} WHERE s = 'c{n}'").first_row[0]

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(work, range(50))) == [4] * 50


def test_a_long_query_does_not_hold_up_a_short_one(client: Client, lake_url: str) -> None:
    host, port = lake_url.removeprefix("http://").split(":")
    going = urllib3.connection.HTTPConnection(host, int(port))
    going.request("POST", "/", body=f"{_SLOW} SETTINGS max_threads = 1")
    wait_for(lambda: running(client, "sipHash64") == 1)
    begun = time.monotonic()
    for _ in range(10):
        client.query("SELECT 1")
    assert time.monotonic() - begun < 5
    going.close()


# ---- plain HTTP -----------------------------------------------------------------------------------------------
def test_plain_http(lake_url: str) -> None:
    def get(path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return urllib3.request("GET", lake_url + path, headers=headers, retries=False)

    assert (get("/ping").data, get("/").data) == (b"Ok.\n", b"Ok.\n")
    reply = get("/?query=SELECT+1+AS+x&default_format=JSONEachRow&query_id=mine")
    assert reply.data == b'{"x":1}\n'
    assert reply.headers["X-ClickHouse-Query-Id"] == "mine"
    assert reply.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert reply.headers["X-ClickHouse-Timezone"] == "UTC"
    assert get("/?query=CREATE+TABLE+x+(y+Int8)+ENGINE=Memory").headers["X-ClickHouse-Exception-Code"] == "164"
    assert post(lake_url, "FROM numbers(2)", "query=SELECT+number").data == b"0\n1\n"
    assert get("/elsewhere").status == 404
    summary = json.loads(
        post(lake_url, "SELECT number FROM numbers(5)", "wait_end_of_query=1").headers["X-ClickHouse-Summary"]
    )
    assert summary["result_rows"] == "5"


def test_improper_http_is_answered(lake_url: str) -> None:
    with socket.create_connection(lake_url.removeprefix("http://").split(":"), timeout=5) as raw:
        raw.sendall(b"POST /?query=SELECT+1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert raw.recv(1 << 16).startswith(b"HTTP/1.1 500 ")
    asked = {"Accept-Encoding": "deflate", "Content-Encoding": "nonesuch"}
    assert post(lake_url, "SELECT 1", **asked).status == 501
    assert post(lake_url, b"not gzip", **{"Content-Encoding": "gzip"}).headers["X-ClickHouse-Exception-Code"] == "354"
    cut = gzip.compress(b"SELECT 1" * 100)[:20]
    assert post(lake_url, cut, **{"Content-Encoding": "gzip"}).headers["X-ClickHouse-Exception-Code"] == "354"
    deflated = post(lake_url, "SELECT 1", "enable_http_compression=1", **{"Accept-Encoding": "deflate"})
    assert (deflated.headers["Content-Encoding"], deflated.data) == ("deflate", b"1\n")


def test_browsers_are_refused(lake_url: str) -> None:
    assert post(lake_url, "SELECT 1", Origin="https://example.com").status == 403
    assert post(lake_url, "SELECT 1", **{"Sec-Fetch-Site": "cross-site"}).status == 403
    request = urllib.request.Request(f"{lake_url}/ping", headers={"Host": "rebound.example.com:80"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=5)
