"""A lake on several servers: every row lies on the shard of its person, behind the names that every query uses.

Each server has two databases. In `NAME_local` lie the tables, made by the same migrations as on one server. In `NAME`
there is a table of the same name over each: `Distributed`, or, where every server has all rows, `Merge`.
Source: https://clickhouse.com/docs/engines/table-engines/special/distributed
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import pyarrow as pa

from regulars.core.errors import BadInput
from regulars.infra.lake import ALWAYS, LakeClient

SHIFT = 16
"""Rows go by uid >> 16 or suid >> 16: a container of a bitmap holds 2^16 numbers, and none is cut in two."""

COPIED: Final = frozenset({"day_cuts", "erased", "uid_alias"})
"""Tables that lie whole on every server: small, and looked up beside rows of any shard."""

_ACROSS: Final[dict[str, Any]] = {
    "distributed_foreground_insert": 1,  # an insert that was answered lies on its shards
    "distributed_product_mode": "global",  # a subquery is answered over all shards, then sent to each
    "parallel_distributed_insert_select": 0,  # derived rows are put together before they are spread
}
_HERE: Final[dict[str, Any]] = {"allow_replace_partition_from_empty_source": 1}  # a shard may have nobody of a brand

_OF_EACH_SERVER: Final = re.compile(r"\s*(ALTER|CREATE|DELETE|DROP|OPTIMIZE|RENAME|SYSTEM|TRUNCATE)\b", re.IGNORECASE)
_INTO_COPIED: Final = re.compile(rf"(\s*INSERT\s+INTO\s+)({'|'.join(sorted(COPIED))})\b", re.IGNORECASE)


def open_lake(url: str, database: str, cluster: str) -> LakeClient:
    """Return the access to a lake. cluster: name in the servers' `remote_servers`; empty = one server."""
    return ShardedLake(url, database, cluster) if cluster else LakeClient(url, database)


class ShardedLake(LakeClient):
    """Thread-safe access to a lake on the shards of a cluster, through any one of its servers.

    All servers answer over HTTP at the port, and to the user and password, of the URL.
    """

    def __init__(self, url: str, database: str, cluster: str) -> None:
        super().__init__(url, database)
        self.cluster, self.local = cluster, f"{database}_local"
        self._settings = ALWAYS | _ACROSS
        self._shards = 0
        self._by_host: dict[str, tuple[LakeClient, LakeClient]] = {}
        self._finding = threading.Lock()

    @property
    def shards(self) -> int:
        """How many shards there are."""
        self._servers()
        return self._shards

    def nodes(self) -> Mapping[str, LakeClient]:
        """Return the access to the tables that lie on each server, by the name their migrations are recorded under."""
        return {f"{host}/{self.local}": inside for host, (inside, _) in self._servers().items()}

    def _servers(self) -> dict[str, tuple[LakeClient, LakeClient]]:
        """Return by host the access to what lies there, and to everything through it."""
        with self._finding:
            if not self._by_host:
                entry = LakeClient(self.url, "default")
                rows = entry.rows(
                    "SELECT host_name, shard_num, replica_num FROM system.clusters"
                    " WHERE cluster = {cluster:String} ORDER BY shard_num",
                    {"cluster": self.cluster},
                )
                entry.close()
                self._shards = _shards_of(self.cluster, rows)
                self._by_host = {host: self._server(host) for host in dict.fromkeys(r["host_name"] for r in rows)}
            return self._by_host

    def _server(self, host: str) -> tuple[LakeClient, LakeClient]:
        parts = urlsplit(self.url)
        user, at, _ = parts.netloc.rpartition("@")
        url = urlunsplit(parts._replace(netloc=f"{user}{at}{host}:{parts.port or 8123}"))
        inside, across = LakeClient(url, self.local), LakeClient(url, self.database)
        inside._settings, across._settings = ALWAYS | _HERE, ALWAYS | _ACROSS
        return inside, across

    def create_database(self) -> None:
        """Create both databases on every server where they are not there."""
        for inside, across in self._servers().values():
            inside.create_database()
            across.create_database()

    def worded(self, sql: str) -> str:
        """Name the dictionary with its database: a shard looks for it elsewhere."""
        return sql.replace("'uid_alias_dict'", f"'{self.local}.uid_alias_dict'")

    def command(self, sql: str, parameters: dict[str, Any] | None = None, *, token: str = "") -> None:
        """Run a statement without result, on every server where it is one about tables as they lie there."""
        copied = _INTO_COPIED.match(sql)
        if _OF_EACH_SERVER.match(sql):
            for inside, _ in self._servers().values():
                inside.command(sql, parameters, token=token)
        elif copied is not None:
            there = f"{copied[1]}{self.local}.{copied[2]}{sql[copied.end() :]}"
            for _, across in self._servers().values():
                across.command(self.worded(there), parameters, token=token)
        else:
            super().command(sql, parameters, token=token)

    def insert(self, table: str, data: pa.Table, *, token: str = "") -> None:
        """Insert an Arrow table by column names; the same non-empty token twice changes nothing."""
        if table in COPIED:
            for inside, _ in self._servers().values():
                inside.insert(table, data, token=token)
        else:
            super().insert(table, data, token=token)

    def publish(self) -> None:
        """Put a table of the same name over each that lies on the servers, made anew: they hold no rows."""
        for inside, across in self._servers().values():
            lying = inside.rows(
                "SELECT table, groupArray(name) AS columns FROM system.columns"
                " WHERE database = currentDatabase() AND table NOT IN (SELECT name FROM system.tables"
                " WHERE database = currentDatabase() AND engine IN ('Dictionary', 'MaterializedView'))"
                " GROUP BY table ORDER BY table"
            )
            for row in lying:
                across.command(
                    f"CREATE OR REPLACE TABLE `{row['table']}` AS `{self.local}`.`{row['table']}`"
                    f" ENGINE = {self._engine_over(row['table'], row['columns'])}"
                )
            names = {row["table"] for row in lying}
            for row in across.rows("SELECT name FROM system.tables WHERE database = currentDatabase()"):
                if row["name"] not in names:
                    across.command(f"DROP TABLE `{row['name']}`")

    def _engine_over(self, table: str, columns: Collection[str]) -> str:
        if table in COPIED:
            return f"Merge('{self.local}', '^{table}$')"
        return f"Distributed('{self.cluster}', '{self.local}', '{table}', {shard_key(table, columns)})"

    def close(self) -> None:
        """Close the connections of all threads."""
        super().close()
        for pair in self._by_host.values():
            for client in pair:
                client.close()


def shard_key(table: str, columns: Collection[str]) -> str:
    """Return the SQL of the whole number whose remainder by the number of shards says where a row lies.

    Rows that a table takes for versions of one another have the same. Raises: TypeError when the table says of nobody.
    """
    if "bucket" in columns:
        return "bucket"
    for column in ("suid", "uid"):
        if column in columns:
            return f"bitShiftRight({column}, {SHIFT})"
    raise TypeError(f"{table} has no person to be placed by: give it one, or name it among COPIED.")


def _shards_of(cluster: str, rows: Collection[Mapping[str, Any]]) -> int:
    if not rows:
        raise BadInput(f"The lake's servers know no cluster {cluster!r}.", "Name it in their remote_servers.")
    if any(row["replica_num"] > 1 for row in rows):
        raise BadInput(
            f"A shard of {cluster!r} has more than one replica.", "Give each shard one server; docs/deployment.md."
        )
    return len({row["shard_num"] for row in rows})
