"""Ask a store for its version and its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from regulars.core.errors import Unavailable
from regulars.infra.lake import LakeClient


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What a store says of itself: its version (major, minor) and its clock."""

    version: tuple[int, int]
    now: datetime


def ask_postgres(url: str) -> StoreHealth:
    """Ask PostgreSQL.

    Raises:
        Unavailable: it does not answer, with its words.
    """
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
            row = connection.execute("select clock_timestamp()").fetchone()
    except psycopg.Error as error:
        raise Unavailable(
            f"PostgreSQL does not answer: {(str(error).strip() or type(error).__name__).splitlines()[0]}",
            "Check REGULARS_DATABASE_URL and that the server runs; without it the embedded one is used.",
        ) from error
    return StoreHealth((version // 10000, version % 10000), row[0] if row else datetime.fromtimestamp(0, UTC))


def ask_lake(url: str) -> StoreHealth:
    """Ask the lake.

    Raises:
        Unavailable: it does not answer.
    """
    client = LakeClient(url, "default")
    try:
        row = client.rows("SELECT version() AS version, toUnixTimestamp(now()) AS seconds")[0]
    finally:
        client.close()
    major, minor = str(row["version"]).split(".")[:2]
    return StoreHealth((int(major), int(minor)), datetime.fromtimestamp(int(row["seconds"]), UTC))
