"""The lake server as a process: who holds a path, death and return, memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import psutil
import pytest

from regulars.core.errors import Unavailable
from regulars.infra.lake_server import process
from regulars.infra.lake_server.lock import PathLock, PathTaken, holder
from regulars.infra.lake_server.process import LakeProcess


def connect(server: LakeProcess):
    host, port = server.url.removeprefix("http://").split(":")
    return clickhouse_connect.get_client(host=host, port=int(port))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LakeProcess]:
    server = process.start(tmp_path / "lake")
    yield server
    server.kill()


def test_start_find_stop(tmp_path: Path) -> None:
    path = tmp_path / "lake"
    assert process.find(path) is None
    server = process.start(path)
    found = process.find(path)
    assert found is not None
    assert (found.url, found.pid) == (server.url, server.pid)
    assert found.alive()
    with pytest.raises(Unavailable, match=f"is held by process {server.pid} .http://127"):
        process.start(path)
    found.stop()
    assert server.child is not None
    assert server.child.wait(5) == 0
    assert not server.alive()
    assert process.find(path) is None


def test_a_taken_port_is_said(server: LakeProcess, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot listen on 127"):
        process.start(tmp_path / "other", port=int(server.url.rsplit(":", 1)[1]))


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    with PathLock(tmp_path / "thing") as lock:
        lock.announce("http://here")
        assert holder(tmp_path / "thing") == {"pid": os.getpid(), "url": "http://here"}
        with pytest.raises(PathTaken, match=str(os.getpid())):
            PathLock(tmp_path / "thing")
    assert holder(tmp_path / "thing") is None


def test_kill_9_in_mid_insert_keeps_what_was_answered(server: LakeProcess, tmp_path: Path) -> None:
    with connect(server) as client:
        client.command(
            "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100"
        )
    answered: list[int] = []

    def write() -> None:
        with connect(server) as client:
            for number in range(10_000):
                try:
                    client.insert(
                        "t", [[number]], column_names=["a"], settings={"insert_deduplication_token": str(number)}
                    )
                except Exception:
                    return
                answered.append(number)

    writing = threading.Thread(target=write)
    writing.start()
    while len(answered) < 20:
        time.sleep(0.01)
    server.kill()
    writing.join(20)
    again = process.start(tmp_path / "lake")
    try:
        with connect(again) as client:
            for number in (*answered[-3:], answered[-1] + 1):  # a writer that sends its last ones again
                client.insert("t", [[number]], column_names=["a"], settings={"insert_deduplication_token": str(number)})
            rows = [row[0] for row in client.query("SELECT a FROM t ORDER BY a").result_rows]
        assert rows == [*answered, answered[-1] + 1]
    finally:
        again.kill()


def test_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from regulars.infra.lake_server import process;"
        "server = process.start(Path(sys.argv[1])); print(server.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "lake")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert psutil.pid_exists(pid)
    parent.kill()
    parent.communicate()
    until = time.monotonic() + 10
    while holder(tmp_path / "lake") is not None:
        assert time.monotonic() < until, "it outlived its parent"
        time.sleep(0.05)


def test_sigterm_lets_a_running_query_end(server: LakeProcess) -> None:
    answers: list[int] = []

    def ask() -> None:
        with connect(server) as client:
            sql = "SELECT count() FROM (SELECT sleepEachRow(0.2) FROM numbers(5) SETTINGS max_block_size = 1)"
            answers.append(client.query(sql).first_row[0])

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.6)
    os.kill(server.pid, signal.SIGTERM)
    asking.join(10)
    assert answers == [5]


def test_a_large_result_takes_little_memory(server: LakeProcess) -> None:
    """500 MB through a stream, and 100 MB that is waited for, which goes through a temporary file."""
    own = psutil.Process(server.pid)
    with connect(server) as client:
        client.query("SELECT 1")
        before = own.memory_info().rss
        with client.raw_stream(
            "SELECT number, randomPrintableASCII(100) FROM numbers(4500000)", fmt="RowBinary"
        ) as rows:
            total = sum(len(part) for part in iter(lambda: rows.read(1 << 20), b""))
        client.command("SELECT max(length(s)) FROM (SELECT randomPrintableASCII(100) AS s FROM numbers(10))")
        assert total == 4_500_000 * 109
        assert (
            len(client.raw_query("SELECT randomPrintableASCII(100) FROM numbers(1000000)", fmt="RowBinary"))
            == 101_000_000
        )
    assert own.memory_info().rss - before < 200 << 20
