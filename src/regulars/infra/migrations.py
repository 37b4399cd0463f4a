"""Bring both stores to today's schema: Alembic for PostgreSQL, single-statement files for the lake.

Alembic is loaded when it is needed: web and worker, which never migrate, come back sooner after a death.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.core.errors import Conflict
from regulars.infra.db import Connection
from regulars.infra.lake import LakeClient
from regulars.infra.lake_shards import ShardedLake

if TYPE_CHECKING:
    from alembic.config import Config


def migrations_root() -> Path:
    """Return the folder of migrations: inside the wheel, or beside the sources."""
    packaged = Path(str(resources.files("regulars"))) / "migrations"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "migrations"


def _config(database_url: str) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_root() / "pg"))
    config.attributes["url"] = sqlalchemy_url(database_url)
    return config


def sqlalchemy_url(database_url: str) -> str:
    """Return the libpq URL with SQLAlchemy's name of the psycopg driver."""
    return "postgresql+psycopg://" + database_url.split("://", 1)[1]


def migrate_database(database_url: str) -> None:
    """Apply the PostgreSQL migrations that are missing; safe to run from several processes."""
    from alembic import command

    command.upgrade(_config(database_url), "head")


def pending_database(database_url: str) -> list[str]:
    """Return the revisions not yet applied."""
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config(database_url))
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return [r.revision for r in script.iterate_revisions("head", current or "base")]


def lake_steps() -> list[tuple[str, str]]:
    """Return (name, SQL) of every lake migration in order."""
    return [(p.stem, p.read_text()) for p in sorted((migrations_root() / "lake").glob("*.sql"))]


def migrate_lake(tx: Connection, lake: LakeClient) -> list[str]:
    """Apply the lake migrations that are not recorded yet, on every server; return the names applied.

    Each is idempotent. Raises Conflict when the rows lie by another number of shards.
    """
    if isinstance(lake, ShardedLake):
        _require_shards(tx, lake.database, lake.shards)
    else:
        _require_shards(tx, lake.database, 0)
    lake.create_database()
    applied: list[str] = []
    for key, node in lake.nodes().items():
        done = _recorded(tx, key)
        for name, sql in lake_steps():
            if name not in done:
                node.command(sql.replace("{database}", node.database))
                _record(tx, key, name)
                applied.append(name)
    if isinstance(lake, ShardedLake):
        lake.publish()
    return applied


def _recorded(tx: Connection, key: str) -> set[str]:
    rows = tx.execute("select name from lake_migration where database = %(key)s", {"key": key})
    return {row["name"] for row in rows}


def _record(tx: Connection, key: str, name: str) -> None:
    tx.execute(
        "insert into lake_migration (database, name) values (%(key)s, %(name)s) on conflict do nothing",
        {"key": key, "name": name},
    )


def _require_shards(tx: Connection, database: str, shards: int) -> None:
    """Note by how many shards a new lake's rows lie (0 = one server); refuse to read one that lies otherwise."""
    wanted, recorded = f"shards: {shards}", _recorded(tx, database)
    if shards and not recorded:
        _record(tx, database, wanted)
        return
    fits = wanted in recorded if shards else not any(name.startswith("shards: ") for name in recorded)
    if not fits:
        raise Conflict(
            f"The rows of the lake {database!r} are not placed for {shards or 'no'} shards.",
            "They do not move by themselves: see docs/deployment.md, and REGULARS_LAKE_CLUSTER.",
        )
