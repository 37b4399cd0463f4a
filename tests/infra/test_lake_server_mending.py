"""A block that was recorded but not kept, because the engine was killed in between, is taken when it comes again."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from regulars.infra.lake import LakeClient
from regulars.infra.lake_server import process
from regulars.infra.lake_server.mending import forget_lost_parts

ROWS = pa.table({"id": pa.array([1, 2], pa.uint32())})
TABLES = (
    "CREATE TABLE fact (id UInt32) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 1000",
    "CREATE TABLE copy (id UInt32) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 1000",
    "CREATE MATERIALIZED VIEW copied TO copy AS SELECT id FROM fact",
)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "lake"
    if server := process.find(tmp_path / "lake"):
        server.kill()


def served(path: Path) -> LakeClient:
    return LakeClient(process.start(path).url, "d")


def killed(path: Path) -> None:
    server = process.find(path)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    while server.alive():
        pass


def counted(client: LakeClient) -> tuple[int, int]:
    sql = "SELECT (SELECT count() FROM fact) AS facts, (SELECT count() FROM copy) AS copies"
    row = client.rows(sql)[0]
    return row["facts"], row["copies"]


def parts_of(path: Path, client: LakeClient, *tables: str) -> list[Path]:
    sql = "SELECT path FROM system.parts WHERE active AND database = 'd' AND table IN {tables:Array(String)}"
    return [Path(r["path"]) for r in client.rows(sql, {"tables": list(tables)})]


@pytest.mark.parametrize("lost", [("fact", "copy"), ("fact",), ("copy",)])
def test_a_block_recorded_but_not_kept_is_taken_again(path: Path, lost: tuple[str, ...]) -> None:
    client = served(path)
    client.create_database()
    for sql in TABLES:
        client.command(sql)
    client.insert("fact", ROWS, token="one")
    gone = parts_of(path, client, *lost)
    assert len(gone) == len(lost)
    killed(path)
    for part in gone:  # as it is when the kill comes before the part has its name
        shutil.rmtree(part)

    client = served(path)
    client.insert("fact", ROWS, token="one")
    assert counted(client) == (2, 2)
    client.insert("fact", ROWS, token="one")
    assert counted(client) == (2, 2)


def test_what_is_kept_stays_known_also_when_merged(path: Path) -> None:
    client = served(path)
    client.create_database()
    for sql in TABLES:
        client.command(sql)
    client.insert("fact", ROWS, token="one")
    client.insert("fact", ROWS, token="two")
    client.command("OPTIMIZE TABLE fact FINAL")
    killed(path)
    assert forget_lost_parts(path) == 0
    client = served(path)
    for token in ("one", "two"):
        client.insert("fact", ROWS, token=token)
    assert counted(client) == (4, 4)
