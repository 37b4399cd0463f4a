"""Real stores for every test: one embedded PostgreSQL and one lake server a process, a fresh database of each a test.

What a test asks for, from the least to the most:

* nothing: pure logic;
* `db`: a PostgreSQL database of its own, copied from a template that has every table and two brands;
* `lake`: a lake database of its own, migrated and empty;
* `make_ctx`, `ctx`: the system's Ctx over both, with the clock of `clock`;
* `house`: the whole house over them, and `client`: a browser logged in to it as an administrator.

A file whose tests all begin with the same people overrides `start` by what `fill` makes: a house filled once, of which
each test gets a copy. Several browsers of one house: `TestClient(app_of(house))`.
Stores and homes lie in memory where there is room.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

import hypothesis
import psutil
import psycopg
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.outside import outside  # noqa: F401 - a fixture

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
from regulars.ingest import api as ingest
from regulars.workspace import api as workspace
from regulars.workspace.logic import passwords

TEST_KEY = b"0123456789abcdef0123456789abcdef"
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)  # no test depends on wall time
hypothesis.settings.load_profile("house")

passwords.current_hasher = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)  # every test logs in
passwords.hashers = (passwords.current_hasher,)

BRAND_ID, ZONE, CURRENCY = 1, "Europe/London", "GBP"
NOON = datetime(2011, 12, 10, 12, tzinfo=UTC)
"""The day after Online Retail's last line."""
_numbers = count(1)
_MEMORY, _ROOM = Path("/dev/shm"), 6 << 30  # bytes


def pytest_configure() -> None:
    """Put what tests write where nothing waits for a disk, unless TMPDIR says where. No test cuts the power."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return
    if min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available) > _ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)  # processes that tests start go by it too


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


@dataclass(frozen=True)
class Start:
    """What each test of a file begins with a copy of: database, lake and home of a house; None = empty ones."""

    database: str
    lake: LakeClient | None = None
    home: Path | None = None


@pytest.fixture(scope="module")
def start(template_database: str) -> Start:
    """Empty stores; a file overrides it by what `fill` makes."""
    return Start(template_database)


Fill = Callable[[Callable[[House], object]], AbstractContextManager[Start]]


@pytest.fixture(scope="session")
def fill(postgres_url: str, template_database: str, lake_url: str, tmp_path_factory: pytest.TempPathFactory) -> Fill:
    """Make a `start`: a house filled by a function, once."""

    @contextmanager
    def filled(work: Callable[[House], object]) -> Iterator[Start]:
        home = tmp_path_factory.mktemp("start")
        with _database(postgres_url, template_database) as name:
            lake, _ = _new_lake(lake_url)
            house = _opened(_with_database(postgres_url, name), lake, home)
            work(house)
            house.close()
            yield Start(name, lake, home)
        lake.command(f"DROP DATABASE `{lake.database}`")
        lake.close()

    return filled


@contextmanager
def _database(postgres_url: str, template: str) -> Iterator[str]:
    """Copy a database for a while; give the copy's name."""
    name = f"regulars_test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        # File by file: a fraction of the work of sending every block through the log, as PostgreSQL would of itself.
        connection.execute(f'create database "{name}" template "{template}" strategy file_copy')
    yield name
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def database_url(postgres_url: str, start: Start) -> Iterator[str]:
    """URL of a database of this test's own, with all tables and two brands, or whatever the file starts with."""
    with _database(postgres_url, start.database) as name:
        yield _with_database(postgres_url, name)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A pool on this test's database."""
    database = Database(database_url, max_size=12)
    yield database
    database.close()


_SMALL = tuple(
    f"--setting={name}"
    for name in (
        "max_threads=1",
        "compile_expressions=0",
        "compile_aggregate_expressions=0",
        "compile_sort_description=0",
    )
)
"""No statement over a few rows is worth a second thread, or machine code of its own. Tests of the lake server, of whole
processes and of measurements start lakes of their own, as they are delivered."""


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
         "--port-file", str(port_file), "--die-with-parent", *_SMALL]
    )  # fmt: skip
    deadline = time.monotonic() + 120  # seconds; the machine may be busy with other things
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
def lake(
    lake_url: str, start: Start, spare_lakes: list[tuple[LakeClient, set[tuple[str, int]]]]
) -> Iterator[LakeClient]:
    """A lake database that this test has to itself, migrated, and empty or holding what the file starts with."""
    client, made = spare_lakes.pop() if spare_lakes else _new_lake(lake_url)
    if start.lake is not None:
        for table in start.lake.rows(_TABLES):
            if table["total_rows"] and "MergeTree" in table["engine"]:
                name = table["name"]
                client.command(f"ALTER TABLE {name} ATTACH PARTITION ALL FROM `{start.lake.database}`.{name}")
        client.command("SYSTEM RELOAD DICTIONARY uid_alias_dict")
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
    "SELECT name, engine, total_rows, cityHash64(create_table_query) AS made FROM system.tables"
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
    ingest.wire(limits=ingest.Limits())  # a house that was opened watched its own disk
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
    """Business time is `NOON`."""
    return ManualClock(NOON)


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


def _opened(database_url: str, lake: LakeClient, home: Path) -> House:
    key = base64.b64encode(TEST_KEY).decode()
    settings = Settings(home=home, lake_database=lake.database, secret=key, lake_url=lake.url)
    house = House(database_url, lake.url, settings)
    with house.ctx() as ctx:
        workspace.freeze(ctx, NOON)
    return house


@pytest.fixture
def house(database_url: str, start: Start, lake: LakeClient, tmp_path: Path) -> Iterator[House]:
    """The whole house over this test's stores; business time is frozen at the clock's."""
    if start.home is not None:
        shutil.copytree(start.home, tmp_path, dirs_exist_ok=True)
    opened = _opened(database_url, lake, tmp_path)
    yield opened
    opened.close()


_apps: list[FastAPI] = []


def app_of(house: House) -> FastAPI:
    """Return the web application over a house: one a process, its routes built once; the house of the last call."""
    if not _apps:
        _apps.append(create_app(house))
    _apps[0].state.house = house
    return _apps[0]


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    """A browser logged in as an administrator; writes carry the CSRF token."""
    with house.ctx() as ctx:
        workspace.add_user(ctx, "admin@example.com", "Admin", "correct horse", ["*"])
    with TestClient(app_of(house), base_url="http://testserver", raise_server_exceptions=False) as browser:
        answer = browser.post("/api/login", json={"email": "admin@example.com", "password": "correct horse"})
        assert answer.status_code == 200, answer.text
        browser.headers["X-CSRF-Token"] = browser.get("/api/me").json()["csrf"]
        yield browser
