"""Bring both stores to today's schema: Alembic for PostgreSQL, single-statement files for the lake.

Alembic is loaded when it is needed: web and worker, which never migrate, come back sooner after a death.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.infra.db import Connection
from regulars.infra.lake import LakeClient

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
    """Apply the lake migrations that are not recorded yet; each is idempotent. Returns the names applied."""
    lake.create_database()
    done = {
        row["name"]
        for row in tx.execute(
            "select name from lake_migration where database = %(database)s", {"database": lake.database}
        ).fetchall()
    }
    applied: list[str] = []
    for name, sql in lake_steps():
        if name in done:
            continue
        lake.command(sql.replace("{database}", lake.database))
        tx.execute(
            "insert into lake_migration (database, name) values (%(database)s, %(name)s) on conflict do nothing",
            {"database": lake.database, "name": name},
        )
        applied.append(name)
    return applied
