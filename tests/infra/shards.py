"""Two shards in one engine, which opens no port: it answers itself for both of them, through the real Distributed code.

Both shards write to the same tables. What each of them reads is bounded to the rows that are placed there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from regulars.infra import lake_shards
from regulars.infra.lake_shards import COPIED, ShardedLake, shard_key
from regulars.infra.migrations import lake_steps

PORT = 19999  # nobody listens: a server with this port among its own settings is taken for itself
CLUSTER = "halves"
_numbers = count(1)


def config(hosts: list[str]) -> str:
    """The engine's configuration of a cluster with a shard on each of these hosts."""
    shards = "".join(
        f"<shard><replica><host>{host}</host><port>{PORT}</port></replica></shard>" for host in hosts
    )  # fmt: skip
    return (
        f"<clickhouse><tcp_port>{PORT}</tcp_port>"
        f"<remote_servers><{CLUSTER}>{shards}</{CLUSTER}></remote_servers></clickhouse>"
    )


@contextmanager
def server(folder: Path, hosts: list[str], *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """A lake server that knows a cluster; gives its URL."""
    folder.mkdir()
    said, port_file = folder / "config.xml", folder / "port"
    said.write_text(config(hosts))
    process = subprocess.Popen(
        [sys.executable, "-m", "regulars.infra.lake_server", "--path", str(folder / "lake"), "--host", host,
         "--port", str(port), "--port-file", str(port_file), "--config-file", str(said), "--die-with-parent"]
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not port_file.exists():
        assert process.poll() is None, "the lake server ended"
        assert time.monotonic() < deadline, "the lake server did not start"
        time.sleep(0.02)
    yield f"http://{host}:{port_file.read_text().strip()}"
    process.terminate()
    process.wait(20)


def lying(lake: ShardedLake) -> dict[str, list[str]]:
    """The tables that lie on the servers, with their columns."""
    (inside,) = lake.nodes().values()
    rows = inside.rows(
        "SELECT table, groupArray(name) AS columns FROM system.columns WHERE database = currentDatabase()"
        " AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase()"
        "  AND engine NOT IN ('Dictionary', 'MaterializedView')) GROUP BY table"
    )
    return {row["table"]: row["columns"] for row in rows}


def part(lake: ShardedLake) -> None:
    """Let each shard see just the rows that are placed on it, from now on."""
    (inside,) = lake.nodes().values()
    filters: list[str] = []
    for table, columns in lying(lake).items():
        if table not in COPIED and table != "user_state":  # the view reads tables that are bounded themselves
            # shard 0: what a view is told of as it is inserted
            here = f"shardNum() IN (0, {shard_key(table, columns)} % {lake.shards} + 1)"
            filters.append(f"'{lake.local}.{table}': '{here}'")
    lake._settings["additional_table_filters"] = f"{{{', '.join(filters)}}}"
    # Parts of one insert bear one token. On two servers each would be the first of its own table.
    for row in inside.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase()"
        " AND position(create_table_query, 'non_replicated_deduplication_window') > 0"
    ):
        inside.command(f"ALTER TABLE {row['name']} MODIFY SETTING non_replicated_deduplication_window = 0")


def drop(lake: ShardedLake) -> None:
    """Take both databases away."""
    for inside in lake.nodes().values():
        for database in (lake.database, lake.local):
            inside.command(f"DROP DATABASE `{database}`")


@pytest.fixture(scope="module")
def two_shards_url(tmp_path_factory) -> Iterator[str]:
    """URL of a lake server that is both shards of a cluster."""
    with server(tmp_path_factory.mktemp("shards") / "one", ["127.0.0.1", "127.0.0.1"]) as url:
        yield url


@pytest.fixture
def lake(two_shards_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShardedLake]:
    """A lake on two shards, neighbouring numbers apart: the people of tests are few."""
    monkeypatch.setattr(lake_shards, "SHIFT", 0)
    found = ShardedLake(two_shards_url, f"t{os.getpid()}_{next(_numbers)}", CLUSTER)
    found.create_database()
    for inside in found.nodes().values():
        for _, sql in lake_steps():
            inside.command(sql.replace("{database}", inside.database))
    found.publish()
    part(found)
    yield found
    drop(found)
    found.close()
