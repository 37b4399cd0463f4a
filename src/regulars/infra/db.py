"""PostgreSQL: one pool per process, one transaction per unit of work."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import ConnectionPool, PoolTimeout

from regulars.core.errors import Unavailable

Connection = psycopg.Connection[dict[str, Any]]

set_json_loads(msgspec.json.decode)  # every reader of the log reads its events' JSON

_TRUSTED_S = 1.0
_answered: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()


def _answers(connection: Connection) -> None:
    """Raise when a pooled connection is dead, so that a restarted server is not noticed by users.

    One that answered within the last second is not asked again: a busy process asks once a second, not every time.
    """
    now_s = time.monotonic()
    if now_s - _answered.get(connection, 0.0) < _TRUSTED_S:
        return
    connection.execute("select 1")
    connection.commit()
    _answered[connection] = now_s


def text_array(values: Sequence[str]) -> str:
    """Write texts as an array literal: as a single parameter it costs a tenth of a list of values."""
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * max(0, len(values) - 1):
        joined = '","'.join(v.replace("\\", "\\\\").replace('"', '\\"') for v in values)
    return '{"' + joined + '"}' if values else "{}"


def number_array(values: Iterable[int]) -> str:
    """Write whole numbers as an array literal: as a single parameter it costs a tenth of a list of values."""
    return "{" + ",".join(map(str, values)) + "}"


class Database:
    """A pool of connections with dict rows. url: libpq URI."""

    def __init__(self, url: str, *, max_size: int = 16) -> None:
        self.url = url
        self._pool = ConnectionPool[Connection](
            url,
            min_size=0,
            max_size=max_size,
            open=True,
            check=_answers,
            kwargs={
                "row_factory": dict_row,
                "options": "-c timezone=UTC -c idle_in_transaction_session_timeout=600000",
            },
            connection_class=Connection,
            timeout=20,
        )

    @contextmanager
    def tx(self) -> Generator[Connection]:
        """Give a connection inside a transaction: committed at the end, rolled back on an error."""
        try:
            with self._pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise Unavailable(
                "The database does not answer.", "Check that PostgreSQL runs: regulars doctor."
            ) from error

    def ping(self) -> None:
        """Raise Unavailable unless the server answers."""
        with self.tx() as tx:
            tx.execute("select 1")

    @contextmanager
    def autocommit(self) -> Generator[Connection]:
        """Give a connection outside the pool that commits each statement (LISTEN, advisory locks)."""
        with psycopg.Connection[dict[str, Any]].connect(self.url, autocommit=True, row_factory=dict_row) as connection:
            yield connection

    def close(self) -> None:
        """Close all pooled connections."""
        self._pool.close()
