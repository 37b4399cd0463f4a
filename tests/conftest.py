"""Real stores for every test: one embedded PostgreSQL and one lake server a run, a fresh database of each a test."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

import hypothesis
import psycopg
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

import regulars.core.events  # noqa: F401 - fills the dictionary
from regulars.app.asgi import create_app
from regulars.app.boot import House
from regulars.app.settings import Settings
from regulars.core.clock import ManualClock
from regulars.core.ctx import Actor, Ctx, Scope
from regulars.infra import event_log
from regulars.infra.crypto import Vault, set_vault
from regulars.infra.db import Database
from regulars.infra.embedded_pg import EmbeddedPostgres
from regulars.infra.lake import LakeClient
from regulars.infra.migrations import lake_steps, sqlalchemy_url
from regulars.infra.schema import metadata
from regulars.infra.tables import load_tables
from regulars.workspace import api as workspace

TEST_KEY = b"0123456789abcdef0123456789abcdef"
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)  # no test depends on wall time
hypothesis.settings.load_profile("house")

BRAND_ID, ZONE, CURRENCY = 1, "Europe/London", "GBP"
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a running PostgreSQL's maintenance database; REGULARS_TEST_DATABASE_URL overrides."""
    if url := os.environ.get("REGULARS_TEST_DATABASE_URL"):
        yield url
        return
    # Not below pytest's own folder: that is closed to the user PostgreSQL runs as when the tests run as root.
    home = Path(tempfile.mkdtemp(prefix="regulars-test-"))
    # No test cuts this server's power; those that kill stores have servers of their own.
    server = EmbeddedPostgres(home, options={"fsync": "off", "full_page_writes": "off"})
    yield server.start()
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """Name of a database that has every room's tables."""
    name = f"regulars_template_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    load_tables()
    engine = sa.create_engine(sqlalchemy_url(_with_database(postgres_url, name)), poolclass=sa.NullPool)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "insert into brand (id, key, name, zone, currency) values (1, 'shop', 'Shop', :zone, :currency),"
                " (2, 'second', 'Second', 'Asia/Shanghai', 'CNY')"
            ),
            {"zone": ZONE, "currency": CURRENCY},
        )
    engine.dispose()
    return name


def _with_database(url: str, name: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    host = str(parts.get("host", "127.0.0.1"))
    user = parts.get("user", "postgres")
    password = f":{parts['password']}" if parts.get("password") else ""
    if host.startswith("/"):
        return f"postgresql://{user}{password}@/{name}?host={host}" + (
            f"&port={parts['port']}" if "port" in parts else ""
        )
    return f"postgresql://{user}{password}@{host}:{parts.get('port', 5432)}/{name}"


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """URL of a database of this test's own, with all tables and two brands."""
    name = f"regulars_test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template_database}" strategy wal_log')
    yield _with_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A pool on this test's database."""
    database = Database(database_url, max_size=12)
    yield database
    database.close()


@pytest.fixture(scope="session")
def lake_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a running lake server; REGULARS_TEST_LAKE_URL overrides."""
    if url := os.environ.get("REGULARS_TEST_LAKE_URL"):
        yield url
        return
    home = tmp_path_factory.mktemp("lake")
    port_file = home / "port"
    server = subprocess.Popen(
        [sys.executable, "-m", "regulars.infra.lake_server", "--path", str(home / "lake"), "--port", "0",
         "--port-file", str(port_file), "--die-with-parent"]
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not (port_file.exists() and port_file.read_text().strip()):
        assert server.poll() is None, "the lake server ended"
        assert time.monotonic() < deadline, "the lake server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port_file.read_text().strip()}"
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="session")
def spare_lakes() -> list[tuple[LakeClient, set[tuple[str, int]]]]:
    """Empty lake databases that earlier tests are done with, and what each is made of."""
    return []


@pytest.fixture
def lake(lake_url: str, spare_lakes: list[tuple[LakeClient, set[tuple[str, int]]]]) -> Iterator[LakeClient]:
    """A lake database that this test has to itself, migrated and empty."""
    client, made = spare_lakes.pop() if spare_lakes else _new_lake(lake_url)
    yield client
    tables = client.rows(_TABLES)
    if {(table["name"], table["made"]) for table in tables} == made:
        filled = [table["name"] for table in tables if table["total_rows"]]
        for name in filled:  # with the rows go the tokens of their inserts
            client.command(f"TRUNCATE TABLE {name}")
        if "uid_alias" in filled:
            client.command("SYSTEM RELOAD DICTIONARY uid_alias_dict")
        spare_lakes.append((client, made))
    else:  # the test changed what there is
        client.command(f"DROP DATABASE `{client.database}`")
        client.close()


_TABLES = (
    "SELECT name, total_rows, cityHash64(create_table_query) AS made FROM system.tables"
    " WHERE database = currentDatabase()"
)


def _new_lake(lake_url: str) -> tuple[LakeClient, set[tuple[str, int]]]:
    client = LakeClient(lake_url, f"t{os.getpid()}_{next(_numbers)}")
    client.create_database()
    for _, sql in lake_steps():
        client.command(sql.replace("{database}", client.database))
    return client, {(table["name"], table["made"]) for table in client.rows(_TABLES)}


@pytest.fixture(autouse=True)
def _consumers_of_this_test() -> Iterator[None]:
    """A consumer that a test adds to the house goes with it: later tests wait for every consumer there is."""
    yield
    for name in [c.name for c in event_log.consumers() if c.handle.__module__.startswith("tests.")]:
        del event_log._handlers[name]


@pytest.fixture(autouse=True)
def vault() -> Vault:
    """The vault under a fixed key."""
    value = Vault(TEST_KEY)
    set_vault(value)
    return value


@pytest.fixture
def clock() -> ManualClock:
    """Business time 2011-12-10 12:00 UTC, the day after Online Retail's last line."""
    return ManualClock(datetime(2011, 12, 10, 12, tzinfo=UTC))


@pytest.fixture
def make_ctx(lake: LakeClient, clock: ManualClock):
    """Builds the system's Ctx for a connection and a brand, as boot does."""

    def make(tx: psycopg.Connection, brand_id: int = BRAND_ID) -> Ctx:
        return Ctx(
            tx=tx,
            lake=lake,
            brand_id=brand_id,
            actor=Actor("system", "test", "test"),
            scope=Scope(frozenset({"*"})),
            clock=clock,
            rng=Random(7),
            zone="Asia/Shanghai" if brand_id == 2 else ZONE,
            currency="CNY" if brand_id == 2 else CURRENCY,
        )

    return make


@pytest.fixture
def ctx(db: Database, make_ctx) -> Iterator[Ctx]:
    """A Ctx of brand 1 inside a transaction that commits at the end of the test."""
    with db.tx() as tx:
        yield make_ctx(tx)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the data sets that are not shipped; skips where it is absent."""
    root = Path(os.environ.get("REGULARS_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not root.is_dir():
        pytest.skip("the class B data sets are not on this machine")
    return root


@pytest.fixture
def house(database_url: str, lake_url: str, lake: LakeClient, tmp_path: Path, clock: ManualClock) -> Iterator[House]:
    """The whole house over this test's stores; business time is frozen at the clock's."""
    settings = Settings(
        home=tmp_path, lake_database=lake.database, secret=base64.b64encode(TEST_KEY).decode(), lake_url=lake_url
    )
    opened = House(database_url, lake_url, settings)
    with opened.ctx() as ctx:
        workspace.freeze(ctx, clock.business_now())
    yield opened
    opened.close()


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    """A browser logged in as an administrator; writes carry the CSRF token."""
    with house.ctx() as ctx:
        workspace.add_user(ctx, "admin@example.com", "Admin", "correct horse", ["*"])
    with TestClient(create_app(house), base_url="http://testserver", raise_server_exceptions=False) as browser:
        answer = browser.post("/api/login", json={"email": "admin@example.com", "password": "correct horse"})
        assert answer.status_code == 200, answer.text
        browser.headers["X-CSRF-Token"] = browser.get("/api/me").json()["csrf"]
        yield browser
