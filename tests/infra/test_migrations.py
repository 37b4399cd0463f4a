"""Migrations: an empty store becomes today's schema, twice is once, and no model drifts from them."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from regulars.infra import migrations
from regulars.infra.db import Database
from regulars.infra.lake import LakeClient
from regulars.infra.migrations import lake_steps, migrate_database, migrate_lake, pending_database, sqlalchemy_url
from regulars.infra.schema import metadata
from regulars.infra.tables import load_tables
from regulars.profiles.store.state import STATE_VIEW


@pytest.fixture
def empty_database_url(postgres_url):
    name = "regulars_migrated"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}"')
    yield postgres_url.replace("/regulars?", f"/{name}?")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


def test_the_migrations_make_exactly_the_tables_that_the_rooms_declare(empty_database_url):
    load_tables()
    assert pending_database(empty_database_url)
    migrate_database(empty_database_url)
    migrate_database(empty_database_url)
    assert pending_database(empty_database_url) == []
    engine = sa.create_engine(sqlalchemy_url(empty_database_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        drift = compare_metadata(MigrationContext.configure(connection), metadata)
        sequences = set(sa.inspect(connection).get_sequence_names())
    drift = [d for d in drift if not (d[0] == "remove_table" and d[1].name == "alembic_version")]
    assert drift == []
    assert sequences >= set(metadata._sequences)


def test_the_views_are_those_of_the_code(empty_database_url, database_url):
    migrate_database(empty_database_url)
    said = []
    for url in (empty_database_url, database_url):  # migrated, and made of the declarations
        with psycopg.connect(url) as connection:
            (text,) = connection.execute("select pg_get_viewdef('person_now')").fetchone()
            # columns of ps.* come in the order in which they were made
            said.append(sorted(line.strip(" ,;") for line in text.splitlines()))
    assert said[0] == said[1]
    sums = []
    for url in (empty_database_url, database_url):
        with psycopg.connect(url) as connection:
            (text,) = connection.execute("select prosrc from pg_proc where proname = 'sum_trade'").fetchone()
            made = connection.execute("select tgname from pg_trigger where not tgisinternal order by 1").fetchall()
            sums.append((text, made))
    assert sums[0] == sums[1]
    newest = [sql for name, sql in lake_steps() if name.endswith("_user_state_view")][-1]
    assert STATE_VIEW in newest


def test_users_may_do_what_they_might_when_roles_came(empty_database_url):
    command.upgrade(migrations._config(empty_database_url), "0008")
    with psycopg.connect(empty_database_url) as connection:
        for email, permissions in (
            ("a", ["*"]),
            ("b", ["insight.read", "customers.read"]),
            ("c", ["customers.read", "insight.read"]),
            ("d", []),
        ):
            connection.execute(
                "insert into app_user (email, name, password_hash, permissions) values (%s, '', '', %s)",
                (email, permissions),
            )
    migrate_database(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        rows = connection.execute(
            "select u.email, u.role, r.permissions from app_user u left join access_role r on r.key = u.role order by 1"
        ).fetchall()
    assert rows[0] == ("a", "administrator", None)
    assert rows[1][1:] == rows[2][1:]
    assert [r[2] for r in rows[1:]] == [["customers.read", "insight.read"]] * 2 + [[]]


def test_the_lake_is_migrated_once_and_says_what_was_applied(empty_database_url, lake_url):
    migrate_database(empty_database_url)
    lake = LakeClient(lake_url, "migrated")
    db = Database(empty_database_url)
    with db.tx() as tx:
        assert migrate_lake(tx, lake) == [name for name, _ in lake_steps()]
        assert migrate_lake(tx, lake) == []
    tables = {row["name"] for row in lake.rows("SELECT name FROM system.tables WHERE database = 'migrated'")}
    assert {"events", "orders", "order_lines", "user_state", "segment_version", "uid_alias_dict"} <= tables
    lake.command("DROP DATABASE migrated")
    lake.close()
    db.close()


def test_every_lake_step_is_one_statement_and_can_be_run_again(lake):
    for name, sql in lake_steps():
        statement = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
        assert ";" not in statement, name
        lake.command(sql.replace("{database}", lake.database))
