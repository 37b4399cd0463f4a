"""Running the hand-written queries, and how large the tables are."""

from __future__ import annotations

from regulars.infra.lake import LakeClient


def sums(lake: LakeClient, sql: str, values: dict[str, object]) -> list[int]:
    """Return number of people, and the sums of their uids, the squares and the cubes, modulo 2^64."""
    row = lake.rows(
        "SELECT count() AS n, sum(u) AS first, sum(u * u) AS second, sum(u * u * u) AS third"
        f" FROM (SELECT toUInt64(uid) AS u FROM ({sql}))",
        values,
    )[0]
    return [int(row[name]) for name in ("n", "first", "second", "third")]


def table_bytes(lake: LakeClient) -> dict[str, int]:
    """Return what each table takes on the disk, compressed."""
    rows = lake.rows(
        "SELECT table, sum(bytes_on_disk) AS n FROM system.parts WHERE active AND database = currentDatabase()"
        " GROUP BY table"
    )
    return {row["table"]: int(row["n"]) for row in rows}
