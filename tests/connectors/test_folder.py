"""Files dropped into a folder: read when they are whole, each once, and nothing outside is ever touched."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.ingest.conftest import HEADER, SHOP, as_csv, keeper, shop_rows, sink  # noqa: F401 - fixtures
from tests.ingest.sinks import RecordingSink

from regulars.app.boot import load_rooms
from regulars.connectors import api as connectors
from regulars.core.errors import BadInput
from regulars.ingest import api, api_sources

MINUTE = timedelta(minutes=1)


@pytest.fixture
def allowed(tmp_path: Path):
    load_rooms()
    place = tmp_path / "drop"
    place.mkdir()
    connectors.allow([place])
    yield place
    connectors.allow([])


class Source:
    def __init__(self, db, make_ctx, clock, config) -> None:
        self.db, self.make_ctx, self.clock = db, make_ctx, clock
        with db.tx() as tx:
            self.id = api_sources.connect(make_ctx(tx), "folder", {"name": "Till files", "config": config}).id

    def look(self) -> int:
        self.clock.advance(MINUTE)
        return api_sources.read(self.db, self.make_ctx, 1, self.id, "files")

    def failures(self) -> int:
        with self.db.tx() as tx:
            return api_sources.source(self.make_ctx(tx), self.id).streams[0].failures

    def problem(self) -> str:
        with self.db.tx() as tx:
            found = api_sources.source(self.make_ctx(tx), self.id).streams[0]
        return (found.problem or {}).get("message", "")


@pytest.fixture
def dropped(db, make_ctx, clock, allowed, keeper, sink):  # noqa: F811 - fixtures
    api.wire(sink=sink)
    return lambda **more: Source(db, make_ctx, clock, {"folder": str(allowed), "mapping": SHOP, **more})


def write(path: Path, rows: list[list[str]]) -> Path:
    path.write_text(as_csv(rows))
    return path


def test_a_file_is_read_when_it_has_stopped_growing(dropped, allowed, sink: RecordingSink):  # noqa: F811
    source = dropped()
    write(allowed / "orders.csv", shop_rows(2))
    assert source.look() == 0
    write(allowed / "orders.csv", shop_rows(6))  # somebody is still writing
    assert source.look() == 0
    assert source.look() == 6
    assert source.look() == 0
    assert (len(sink.lines), source.problem()) == (6, "")


def test_a_mark_says_that_a_file_is_whole(dropped, allowed, sink: RecordingSink):  # noqa: F811
    write(allowed / "orders.csv", shop_rows(3))
    (allowed / "orders.csv.done").touch()
    assert dropped().look() == 3


def test_the_same_content_under_another_name_counts_once(dropped, allowed, sink: RecordingSink):  # noqa: F811
    source = dropped()
    write(allowed / "monday.csv", shop_rows(3))
    write(allowed / "again.csv", shop_rows(3))
    source.look()
    assert source.look() == 3
    assert max(sink.tokens.values()) == 1


def test_parquet_is_read_as_well(dropped, allowed):
    columns = {name: [row[n] for row in shop_rows(4)] for n, name in enumerate(HEADER)}
    pq.write_table(pa.table(columns), allowed / "orders.parquet")
    source = dropped()
    source.look()
    assert source.look() == 4


def test_a_bad_file_is_named_until_it_is_corrected_and_holds_up_no_other(dropped, allowed):
    source = dropped()
    (allowed / "broken.csv").write_text("these,are,other\ncolumns,in,here\n")
    write(allowed / "orders.csv", shop_rows(3))
    source.look()
    assert source.look() == 3
    assert "broken.csv" in source.problem()
    source.look()
    source.look()
    assert "broken.csv" in source.problem()
    assert source.failures() == 3  # from then on the home page says so
    write(allowed / "broken.csv", shop_rows(3, start=10))
    source.look()
    assert source.look() == 3
    assert (source.problem(), source.failures()) == ("", 0)


def test_without_a_mapping_a_file_is_read_as_the_last_of_the_same_columns(dropped, allowed, db, make_ctx, tmp_path):
    source = dropped(mapping="")
    write(allowed / "orders.csv", shop_rows(3))
    source.look()
    source.look()
    assert "orders.csv" in source.problem()
    by_hand = write(tmp_path / "by_hand.csv", shop_rows(3, start=100))
    api.run_import(db, make_ctx, by_hand, api.load_mapping(SHOP), brand_id=1)
    os.utime(allowed / "orders.csv", ns=(1, 1))  # dropped again
    source.look()
    assert source.look() == 3


def test_files_that_are_in_can_be_moved_out_of_the_way(dropped, allowed):
    source = dropped(afterwards="move")
    write(allowed / "orders.csv", shop_rows(3))
    source.look()
    assert source.look() == 3
    assert [p.name for p in allowed.iterdir()] == ["imported"]
    assert (allowed / "imported" / "orders.csv").read_text() == as_csv(shop_rows(3))
    write(allowed / "orders.csv", shop_rows(3, start=50))
    source.look()
    assert source.look() == 3
    assert len(list((allowed / "imported").iterdir())) == 2


def test_a_link_to_a_file_elsewhere_is_left_alone(dropped, allowed, tmp_path):
    secret = write(tmp_path / "secret.csv", shop_rows(3))
    (allowed / "orders.csv").symlink_to(secret)
    source = dropped()
    source.look()
    assert source.look() == 0


@pytest.mark.parametrize(
    "folder", ["{place}/..", "/etc", "{place}/../other", "drop", "{place}/out", "{place}/none", ""]
)
def test_no_path_leads_out_of_the_allowed_folders(db, make_ctx, clock, allowed, tmp_path, folder):
    (tmp_path / "other").mkdir()
    write(tmp_path / "other" / "orders.csv", shop_rows(3))
    (allowed / "out").symlink_to(tmp_path / "other")
    wanted = folder.format(place=allowed)
    try:
        source = Source(db, make_ctx, clock, {"folder": wanted, "mapping": SHOP})
    except BadInput:
        assert wanted == ""
        return
    source.look()
    source.look()
    assert source.problem() == "There is no such folder among those that sources may read."


def test_an_installation_that_allows_none_reads_none(db, make_ctx, clock, allowed):
    connectors.allow([])
    source = Source(db, make_ctx, clock, {"folder": str(allowed), "mapping": SHOP})
    source.look()
    assert source.problem() == "This installation lets sources read no folder."
