"""The embedded PostgreSQL: made once, adopted, recovered after kill -9, never two at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from regulars.core.errors import Unavailable
from regulars.infra.embedded_pg import EmbeddedPostgres, processes_in


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("embedded")
    yield home
    EmbeddedPostgres(home).stop()


def value(url: str, sql: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql.encode()).fetchone()
        return row[0] if row else None


def test_start_adopt_stop(home: Path) -> None:
    server = EmbeddedPostgres(home)
    assert not server.running()
    url = server.start()
    pid = server.pid()
    assert value(url, "select current_database()") == "regulars"
    assert value(url, "show fsync") == "on"
    assert value(url, "show listen_addresses") == ""
    assert value(url, "select lower('ÄÖ回') || datcollate from pg_database where datname = 'regulars'") == "äö回C"
    assert EmbeddedPostgres(home).start() == url
    assert EmbeddedPostgres(home).pid() == pid  # adopted
    server.stop()
    assert not server.running()
    assert processes_in(server.pgdata) == []
    server.stop()  # nothing to do


def test_kill_9_of_the_postmaster_with_busy_backends(home: Path) -> None:
    server = EmbeddedPostgres(home)
    url = server.start()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table if not exists kept (n int)")
        connection.execute("insert into kept values (1)")
    busy = psycopg.connect(url)
    busy.execute("insert into kept values (2)")  # never committed
    dying = server.pid()
    assert dying is not None
    os.kill(dying, signal.SIGKILL)
    assert server.start() == url
    assert server.pid() not in (None, dying)
    busy.close()
    assert value(url, "select count(*) from kept") == 1


def test_a_stale_pid_file_that_names_a_stranger(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    for process in processes_in(server.pgdata):
        process.kill()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        until = time.monotonic() + 5
        while processes_in(server.pgdata) and time.monotonic() < until:
            time.sleep(0.02)
        text = (server.pgdata / "postmaster.pid").read_text().split("\n", 1)
        (server.pgdata / "postmaster.pid").write_text(f"{stranger.pid}\n{text[1]}")
        assert not server.running()
        assert value(server.start(), "select 1") == 1
        assert stranger.poll() is None  # and it was left alone
    finally:
        stranger.kill()
        stranger.wait()


def test_several_start_it_at_once(home: Path) -> None:
    EmbeddedPostgres(home).stop()
    with ThreadPoolExecutor(4) as pool:
        urls = set(pool.map(lambda _: EmbeddedPostgres(home).start(), range(4)))
    assert len(urls) == 1
    assert value(urls.pop(), "select 1") == 1


def test_a_home_with_a_long_path_and_odd_letters(tmp_path: Path) -> None:
    home = tmp_path / ("a very long 回头客's folder " * 4).strip()
    server = EmbeddedPostgres(home)
    try:
        assert value(server.start(), "select 1") == 1
    finally:
        server.stop()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letter.txt").write_text("mine")
    with pytest.raises(Unavailable, match="is not a PostgreSQL folder"):
        EmbeddedPostgres(tmp_path).start()


def test_why_it_does_not_start_is_said(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, options={"shared_buffers": "nonsense"})
    with pytest.raises(Unavailable, match="invalid value for parameter"):
        server.start()
    assert not server.running()
