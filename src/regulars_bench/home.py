"""The stores of a bench: its own embedded ones, below the home it was given."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from regulars.app.boot import House
from regulars.app.settings import Settings
from regulars.app.stores import ensure_stores


@contextmanager
def opened(folder: Path) -> Generator[House]:
    """Open the house of a folder, migrated, with embedded stores whatever the surroundings name; close them after.

    Raises Unavailable: an embedded store does not start.
    """
    settings = Settings(home=folder, database_url="", lake_url="")
    with ensure_stores(settings) as endpoints:
        house = House(endpoints.database_url, endpoints.lake_url, settings)
        try:
            house.migrate()
            yield house
        finally:
            house.close()


def versions(house: House) -> dict[str, str]:
    """Return the versions of both engines, as they say."""
    with house.ctx() as ctx:
        postgres = ctx.tx.execute("show server_version").fetchone()
        engine = ctx.lake.rows("SELECT version() AS version")[0]["version"]
    return {"clickhouse": str(engine), "postgresql": str(postgres["server_version"]) if postgres else ""}
