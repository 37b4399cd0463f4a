"""A table of somebody else's PostgreSQL: every change comes once, in pages, and nothing is ever written there."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from regulars.app.boot import load_rooms
from regulars.connectors.kinds import database
from regulars.core.errors import BadInput, Unavailable
from regulars.ingest import api_sources

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Till:
    """The shop's own database, next to ours: visits(id, changed_at, phone, shop, spent)."""

    def __init__(self, url: str, clock) -> None:
        self.url, self.clock = url, clock
        with self._db() as db:
            db.execute("create schema till")
            db.execute(
                "create table till.visit (id bigint primary key, changed_at timestamptz not null, phone text,"
                " store text, spent numeric(12, 2))"
            )

    def _db(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True)

    def visit(self, number: int, *, ago: timedelta = MINUTE, spent: str = "12.50", phone: str = "13812345678") -> None:
        with self._db() as db:
            db.execute(
                "insert into till.visit values (%s, %s, %s, 'Wuhan', %s) on conflict (id) do update"
                " set changed_at = excluded.changed_at, spent = excluded.spent",
                (number, self.clock.system_now() - ago, phone, spent),
            )

    def ids(self) -> list[int]:
        with self._db() as db:
            return [row[0] for row in db.execute("select id from till.visit order by id")]

    def config(self, **more: object) -> dict[str, object]:
        parts = conninfo_to_dict(self.url)
        return {
            "dialect": "postgresql", "host": str(parts["host"]), "port": int(parts.get("port") or 5432),
            "database": str(parts["dbname"]), "user": str(parts.get("user") or "postgres"),
            "password": str(parts.get("password") or ""), "query": "till.visit", "modified": "changed_at", "key": "id",
            "event": "track.visit", "identifiers": {"phone": "phone"},
            "properties": {"store": "store", "spent": "spent"}, "shop": "till", **more,
        }  # fmt: skip


@pytest.fixture
def till(database_url, clock) -> Till:
    load_rooms()
    return Till(database_url, clock)


class Source:
    def __init__(self, db, make_ctx, config) -> None:
        self.db, self.make_ctx = db, make_ctx
        with db.tx() as tx:
            given = {"name": "Till", "config": config, "history_days": 1}
            self.id = api_sources.connect(make_ctx(tx), "database", given).id

    def read(self) -> int:
        return api_sources.read(self.db, self.make_ctx, 1, self.id, "rows")

    def state(self) -> api_sources.StreamState:
        with self.db.tx() as tx:
            return api_sources.source(self.make_ctx(tx), self.id).streams[0]

    def log(self) -> list[dict]:
        with self.db.tx() as tx:
            return tx.execute("select * from event_log order by seq").fetchall()


def test_rows_come_once_page_by_page_also_those_changed_at_the_same_moment(till, db, make_ctx, clock, monkeypatch):
    monkeypatch.setattr(database, "ROWS", 3)
    source = Source(db, make_ctx, till.config())
    clock.advance(HOUR)
    for number in range(1, 9):
        till.visit(number, ago=MINUTE if number < 6 else MINUTE * 2)
    assert source.read() == 8
    assert source.read() == 0
    clock.advance(MINUTE)
    till.visit(3, ago=MINUTE / 2, spent="20")
    assert source.read() == 1
    spent = [e["props"]["spent"] for e in source.log()]
    assert (spent.count(12.5), spent[-1]) == (8, 20)
    assert source.log()[-1]["props"]["shop"] == "till"
    assert "13812345678" not in str([e["props"] for e in source.log()])


def test_a_row_that_is_committed_late_is_found(till, db, make_ctx, clock):
    source = Source(db, make_ctx, till.config())
    clock.advance(HOUR)
    source.read()
    clock.advance(MINUTE)
    till.visit(1, ago=5 * MINUTE)
    assert source.read() == 1


def test_a_query_may_join_and_name_what_it_likes_with_colons_and_local_times(till, db, make_ctx, clock):
    till.visit(7)
    query = ("select id::text as no, (changed_at at time zone 'Asia/Shanghai') as at_local, phone,"
             " 'a:b' as note from till.visit -- the till's own")  # fmt: skip
    config = till.config(query=query, modified="at_local", key="no", zone="Asia/Shanghai",
                         properties={"note": "note"})  # fmt: skip
    source = Source(db, make_ctx, config)
    assert source.read() == 1
    (event,) = source.log()
    assert event["occurred_at"] == clock.system_now() - MINUTE
    assert event["props"]["note"] == "a:b"


def test_orders_with_their_lines_are_orders(till, db, make_ctx):
    till.visit(1)
    query = ("select id, changed_at, phone, id::text as number, (spent * 100)::bigint as fen, 'GBP' as currency,"
             " jsonb_build_array(jsonb_build_object('item_id', 'S1', 'quantity', 1, 'amount_fen',"
             " (spent * 100)::bigint)) as lines from till.visit")  # fmt: skip
    fields = {"order_id": "number", "total_fen": "fen", "currency": "currency", "lines": "lines"}
    source = Source(db, make_ctx, till.config(query=query, event="order.placed", properties=fields))
    assert source.read() == 1
    (event,) = source.log()
    assert (event["type"], event["props"]["total_fen"]) == ("order.placed", 1250)


@pytest.mark.parametrize(
    "query",
    ["delete from till.visit", "select 1; delete from till.visit", "with gone as (delete from till.visit returning *)"
     " select * from gone", "till.visit; drop table till.visit", "select * from till.visit) as x --"],
)  # fmt: skip
def test_nothing_is_ever_written_there(till, db, make_ctx, query):
    till.visit(1)
    source = Source(db, make_ctx, till.config(query=query))
    assert source.read() == 0
    assert (till.ids(), source.state().failures) == ([1], 1)


def test_a_slow_query_is_ended_and_said_so(till, db, make_ctx):
    till.visit(1)
    query = "select *, pg_sleep(30)::text as wait from till.visit"
    source = Source(db, make_ctx, till.config(query=query, limit_s=1))
    source.read()
    problem = source.state().problem or {}
    assert (problem["code"], problem["message"]) == (Unavailable.code, "The query took too long.")


def test_what_is_wrong_with_the_connection_is_said_without_the_password(till, db, make_ctx):
    config = till.config(host="127.0.0.1", port=1, password="hunter2")
    source = Source(db, make_ctx, config)
    source.read()
    problem = source.state().problem or {}
    assert "cannot be reached" in problem["message"]
    assert "hunter2" not in str(problem)


def test_the_first_rows_are_shown_before_anything_is_kept_and_nobody_is_named(client, till):
    for number in range(1, 9):
        till.visit(number)
    asked = {"connector": "database", "config": till.config()}
    answer = client.post("/api/sources/look", json=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["columns"] == ["id", "changed_at", "phone", "store", "spent"]
    assert (len(found["rows"]), found["wrong"]) == (5, [])
    assert "13812345678" not in answer.text
    assert client.get("/api/sources").json()["total"] == 0
    asked["config"] = till.config(key="number")
    missing = client.post("/api/sources/look", json=asked)
    assert (missing.status_code, "'number'" in missing.json()["detail"]) == (422, True)
    asked["config"] = till.config(event="order.placed")
    assert {w["field"] for w in client.post("/api/sources/look", json=asked).json()["wrong"]} >= {"order_id"}


def test_without_a_driver_it_says_what_to_install():
    with pytest.raises(BadInput) as said:
        database.store.first_rows(
            database.DatabaseConfig.model_validate(
                {"dialect": "mysql", "host": "h", "database": "d", "user": "u", "query": "t", "modified": "m",
                 "key": "k", "event": "track.x"}
            ).asked(), 1)  # fmt: skip
    assert "PyMySQL" in said.value.hint
