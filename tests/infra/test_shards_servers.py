"""Statements reach the tables of every server of a cluster; here two servers, which have no port for each other."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pyarrow as pa
import pytest
from tests.infra import shards

from regulars.core.errors import BadInput, Conflict
from regulars.infra.db import Database
from regulars.infra.lake import LakeClient
from regulars.infra.lake_shards import ShardedLake, shard_key
from regulars.infra.migrations import lake_steps, migrate_lake

HOSTS = ["127.0.0.1", "127.0.0.2"]


@pytest.fixture
def cluster(tmp_path) -> Iterator[str]:
    """URL of one of two servers; both answer at the same port of their own addresses."""
    try:
        with socket.socket() as probe:
            probe.bind((HOSTS[1], 0))
            port = probe.getsockname()[1]
    except OSError:
        pytest.skip("this machine has one address of its own only")
    with ExitStack() as running:
        urls = [running.enter_context(shards.server(tmp_path / h, HOSTS, host=h, port=port)) for h in HOSTS]
        yield urls[0]


def test_migrations_and_changes_reach_every_server(cluster: str, db: Database) -> None:
    lake = ShardedLake(cluster, "two", shards.CLUSTER)
    with db.tx() as tx:
        assert sorted(migrate_lake(tx, lake)) == sorted(2 * [name for name, _ in lake_steps()])
        assert migrate_lake(tx, lake) == []
    one, two = lake.nodes().values()
    for node in (one, two):
        node.command("INSERT INTO user_state_base (brand_id, uid) VALUES (1, 5), (2, 5)")
    one.command("INSERT INTO user_state_next (brand_id, uid) VALUES (1, 7)")

    lake.command("ALTER TABLE user_state_base REPLACE PARTITION {p:UInt16} FROM user_state_next", {"p": 1})
    states = "SELECT brand_id, uid FROM user_state_base ORDER BY brand_id"
    assert one.rows(states) == [{"brand_id": 1, "uid": 7}, {"brand_id": 2, "uid": 5}]
    assert two.rows(states) == [{"brand_id": 2, "uid": 5}]  # nobody of the brand lies here any more

    lake.command("DELETE FROM user_state_base WHERE uid IN {uids:Array(UInt32)}", {"uids": [5]})
    assert [len(node.rows(states)) for node in (one, two)] == [1, 0]

    alias = pa.table({"suid": pa.array([9], pa.uint32()), "uid": pa.array([4], pa.uint32()), "version": [1]})
    lake.insert("uid_alias", alias, token="once")
    lake.insert("uid_alias", alias, token="once")
    lake.command("INSERT INTO uid_alias (suid, uid, version) SELECT 10, 4, 1", token="twice")
    lake.command("SYSTEM RELOAD DICTIONARY uid_alias_dict")
    for node in (one, two):
        across = LakeClient(node.url, lake.database)
        assert across.rows("SELECT suid FROM uid_alias ORDER BY suid") == [{"suid": 9}, {"suid": 10}]
        asked = "SELECT dictGetOrDefault('uid_alias_dict', 'uid', toUInt64(9), 0) AS uid"
        assert across.rows(lake.worded(asked)) == [{"uid": 4}]
        across.close()
    lake.close()


def test_a_batch_sent_again_to_a_shard_changes_nothing(tmp_path, db: Database) -> None:
    with shards.server(tmp_path / "one", ["127.0.0.1"]) as url:
        lake = ShardedLake(url, "single", shards.CLUSTER)
        with db.tx() as tx:
            migrate_lake(tx, lake)
        rows = pa.table({
            "brand_id": pa.array([1, 1], pa.uint16()), "type": ["page.viewed"] * 2,
            "suid": pa.array([3, 70_000], pa.uint32()), "amount_fen": pa.array([0, 0], pa.int64()),
        })  # fmt: skip
        for _ in range(2):
            lake.insert("events", rows, token="batch")
            lake.command("INSERT INTO events (brand_id, type, suid) SELECT 1, 'cart.added', 8", token="select")
        counts = "SELECT (SELECT count() FROM events) AS a, (SELECT count() FROM timeline) AS b,"
        assert lake.rows(f"{counts} (SELECT sum(times) FROM user_day) AS c") == [{"a": 3, "b": 3, "c": 3}]

        with db.tx() as tx, pytest.raises(Conflict):
            migrate_lake(tx, LakeClient(url, "single"))  # the same name without the cluster
        with db.tx() as tx:
            migrate_lake(tx, LakeClient(url, "alone"))
            with pytest.raises(Conflict):
                migrate_lake(tx, ShardedLake(url, "alone", shards.CLUSTER))
        with pytest.raises(BadInput):
            ShardedLake(url, "single", "nowhere").nodes()
        lake.close()


def test_a_table_about_nobody_has_no_place() -> None:
    assert shard_key("any", ["suid", "uid"]) == "bitShiftRight(suid, 16)"
    with pytest.raises(TypeError):
        shard_key("weather", ["day", "rain"])
