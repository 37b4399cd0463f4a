"""A lake on two shards gives the answers of a lake on one server: derived tables, rules, diffs, merges, erasure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.infra import shards
from tests.infra.shards import two_shards_url  # noqa: F401 - a fixture

from regulars.app.boot import House
from regulars.app.settings import Settings
from regulars.core.rule import Rule, parse
from regulars.infra import lake_shards
from regulars.infra.lake import LakeClient
from regulars.infra.lake_shards import COPIED, shard_key
from regulars.infra.migrations import migrate_lake
from regulars.segments import api as segments
from regulars_bench.contract import Setup
from regulars_bench.generate import making
from regulars_bench.segments import store_raw
from regulars_bench.segments.asking import Case, Draw, Known, Raw
from regulars_bench.segments.on_segments import SAVED
from regulars_bench.segments.suite import CASES

PLACED = {
    "bucket": {"leaf_bitmap", "segment_version"},
    "bitShiftRight(suid, 16)": {
        "events", "order_lines", "orders", "person_attributes", "refund_matches", "timeline", "touched", "user_day",
    },
    "bitShiftRight(uid, 16)": {
        "aside_event", "aside_line", "aside_order", "aside_person", "campaign_arm", "segment_diff",
        "user_state", "user_state_base", "user_state_delta", "user_state_folded", "user_state_next",
    },
}  # fmt: skip
MARKS = {"at", "changed_at", "rebuilt", "recorded_at", "version", "written_at"}
"""Columns that tell of the writing, not of the fact."""


@pytest.fixture
def apart_url(postgres_url: str, template_database: str, database_url: str) -> Iterator[str]:
    """A second database of this test's own."""
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}_apart" template "{template_database}" strategy file_copy')
    yield database_url.replace(f"/{name}", f"/{name}_apart")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}_apart" with (force)')


@pytest.fixture
def apart(two_shards_url, apart_url, house, tmp_path, monkeypatch) -> Iterator[House]:  # noqa: F811
    """A second house, its lake on two shards; people are placed by runs of 64, as there are just thousands."""
    monkeypatch.setattr(lake_shards, "SHIFT", 6)
    settings = Settings(
        home=tmp_path / "apart", lake_database="apart", lake_cluster=shards.CLUSTER, secret=house.settings.secret
    )
    opened = House(apart_url, two_shards_url, settings)
    with opened.db.tx() as tx:
        migrate_lake(tx, opened.lake)
    shards.part(opened.lake)
    yield opened
    shards.drop(opened.lake)
    opened.close()


def _made(house: House, folder: Path) -> Known:
    """The bench's people at its smallest scale, and its segments."""
    setup = Setup(folder, "ci", lambda words: None)
    making.folder_of(setup).mkdir(parents=True)
    making.ensure(house, setup)
    with house.ctx() as ctx:
        found = {name: segments.create(ctx, name=name, rule=parse(rule)).id for name, (rule, _) in SAVED.items()}
    return Known(found, making.store_places(house))


def _content(lake: LakeClient, table: str, columns: list[str]) -> dict[str, int]:
    final = "FINAL" if table in {"order_lines", "orders", "person_attributes", "refund_matches"} else ""
    kept = ", ".join(column for column in columns if column not in MARKS)
    return lake.rows(f"SELECT count() AS n, sum(cityHash64({kept})) AS sum FROM {table} {final}")[0]


def _members(house: House, case: Case, rule: Rule) -> tuple[int, list[int]]:
    with house.ctx(case.brand_id) as ctx:
        return segments.preview(ctx, rule, exact=True).people, [int(u) for u in segments.evaluate(ctx, rule)]


def test_the_same_people_are_derived_and_found(house: House, apart: House, tmp_path: Path) -> None:
    known, known_apart = _made(house, tmp_path / "a"), _made(apart, tmp_path / "b")
    for table, columns in shards.lying(apart.lake).items():
        if table != "leaf_bitmap":
            assert _content(house.lake, table, columns) == _content(apart.lake, table, columns), table
    spread = apart.lake.rows("SELECT shardNum() AS shard, count() AS n FROM user_state GROUP BY shard ORDER BY shard")
    assert [row["shard"] for row in spread] == [1, 2]
    assert min(row["n"] for row in spread) > 4000

    for case in CASES:
        raw, raw_apart = Raw(case.brand_id), Raw(case.brand_id)
        rule, sql = case.ask(Draw(case.name, 0), raw, known)
        rule_apart, sql_apart = case.ask(Draw(case.name, 0), raw_apart, known_apart)
        people, members = _members(house, case, parse(rule))
        assert _members(apart, case, parse(rule_apart)) == (people, members), case.name
        by_hand = store_raw.sums(apart.lake, sql_apart, raw_apart.values)
        assert by_hand == store_raw.sums(house.lake, sql, raw.values), case.name
        assert by_hand[0] == people == len(members), case.name


def test_where_every_table_lies(apart: House) -> None:
    lying = shards.lying(apart.lake)
    placed: dict[str, set[str]] = {}
    for table in sorted(lying.keys() - COPIED):
        placed.setdefault(shard_key(table, lying[table]).replace(", 6)", ", 16)"), set()).add(table)
    assert placed == PLACED  # a new table: may its rows lie apart from those that it is joined to, or read beside?
