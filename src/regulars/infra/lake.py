"""The lake as a client sees it: ClickHouse over HTTP, whether our lake server or a real cluster answers."""

from __future__ import annotations

import copy
import re
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, LiteralString
from urllib.parse import urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from regulars.core.errors import RegularsError, Unavailable

UID_OF_SUID: LiteralString = "dictGetOrDefault('uid_alias_dict', 'uid', toUInt64(suid), suid)"
"""SQL for the person a row's suid belongs to now."""


ALWAYS: Final[dict[str, Any]] = {"optimize_move_to_prewhere_if_final": 1}
"""FINAL reads other columns only where a condition on the sorting key holds: a few people's rows cost a quarter. The
engine moves no condition on other columns, so what FINAL finds stays what it is."""

_CANCEL_LOOKS, _CANCEL_PAUSE_S = 40, 0.05

_OF_THE_DATA = frozenset({6, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 131, 321, 349, 407})
"""Error codes of the engine: cannot parse, type mismatch, out of range, incorrect data, overflow and their like."""


class LakeError(RegularsError):
    """A lake statement failed; the message carries the engine's own words, shortened."""

    code, status = "lake.failed", 500

    @property
    def is_of_the_data(self) -> bool:
        """Tell whether a value could not be read or held, so that nothing was written and trying again is useless.

        Anything else (no room, no memory, too many parts, a fault of ours) says nothing of the values.
        """
        found = re.search(r"\bCode: (\d+)", self.message)
        return found is not None and int(found[1]) in _OF_THE_DATA


class QuestionTooLarge(LakeError):
    """A statement needed more memory than it may have."""

    code, status = "lake.too_large", 422


class QuestionTooSlow(LakeError):
    """A statement took longer than it may."""

    code, status = "lake.too_slow", 422


class NoLongerSo(LakeError):
    """A statement found that something it goes by does not hold any more (`throwIf`); nothing was answered."""

    code, status = "lake.no_longer_so", 503


class QuestionCancelled(LakeError):
    """A statement was cancelled because nobody waits for it any more."""

    code, status = "lake.cancelled", 409


class LakeClient:
    """Thread-safe access to one lake database. url: http://[user[:password]@]host:port."""

    def __init__(self, url: str, database: str = "regulars") -> None:
        self.url = url
        self.database = database
        self._local = threading.local()
        self._clients: list[Client] = []
        self._lock = threading.Lock()
        self._settings: dict[str, Any] = dict(ALWAYS)

    def bounded(self, query_id: str, *, memory_mib: int, seconds: float) -> LakeClient:
        """Return this access with bounds on every statement, under an id by which `cancel` finds them.

        Statements under one id run one after another. query_id: of letters, digits, "-", ":"; anew for each question.
        """
        view = copy.copy(self)
        view._settings = self._settings | {
            "query_id": query_id,
            "max_memory_usage": memory_mib << 20,
            "max_execution_time": seconds,
            # a server may not have put the last statement away when the next one comes under its id
            "replace_running_query": 1,
        }
        return view

    def cancel(self, query_id: str) -> bool:
        """End what runs under an id, and what follows it there at once; tell whether there was anything.

        A statement may just have begun, or the next one be on its way: looked at until two looks find nothing.
        """
        found, quiet = False, 0
        for _ in range(_CANCEL_LOOKS):
            with _translated():
                killed = self._client().command(
                    "KILL QUERY WHERE query_id = %(query_id)s ASYNC", parameters={"query_id": query_id}
                )
            ran = isinstance(killed, (str, list)) and len(killed) > 0
            found, quiet = found or ran, 0 if ran else quiet + 1
            if quiet == 2:
                break
            time.sleep(_CANCEL_PAUSE_S)
        return found

    def _client(self) -> Client:
        client = getattr(self._local, "client", None)
        if client is None:
            client = self._connect(self.database)
            self._local.client = client
            with self._lock:
                self._clients.append(client)
        return client

    def _connect(self, database: str) -> Client:
        parts = urlsplit(self.url)
        try:
            return clickhouse_connect.get_client(
                host=parts.hostname or "127.0.0.1",
                port=parts.port or 8123,
                username=parts.username or "default",
                password=parts.password or "",
                secure=parts.scheme == "https",
                database=database,
                autogenerate_session_id=False,
                send_receive_timeout=600,
            )
        except ClickHouseError as error:
            raise Unavailable("The lake does not answer.", "Check that it runs: regulars doctor.") from error

    def create_database(self) -> None:
        """Create the database if it is not there."""
        client = self._connect("default")
        client.command(f"CREATE DATABASE IF NOT EXISTS `{self.database}`")
        client.close()

    def nodes(self) -> Mapping[str, LakeClient]:
        """Return the access to the tables that lie on each server, by the name their migrations are recorded under."""
        return {self.database: self}

    def worded(self, sql: str) -> str:
        """Return a statement as it is sent."""
        return sql

    def ping(self) -> None:
        """Raise Unavailable unless the server answers."""
        self.rows("SELECT 1")

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return all rows as dicts."""
        with _translated():
            found = self._client().query(self.worded(sql), parameters=parameters, settings=self._settings)
            return list(found.named_results())

    def arrow(self, sql: str, parameters: dict[str, Any] | None = None) -> pa.Table:
        """Return the result as an Arrow table (strings as strings)."""
        with _translated():
            return self._client().query_arrow(
                self.worded(sql),
                parameters=parameters,
                use_strings=True,
                settings=self._settings | {"output_format_arrow_low_cardinality_as_dictionary": 0},
            )

    def stream(self, sql: str, parameters: dict[str, Any] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the result in Arrow batches, in constant memory."""
        with (
            _translated(),
            self._client().query_arrow_stream(
                self.worded(sql), parameters=parameters, use_strings=True, settings=self._settings
            ) as batches,
        ):
            yield from batches

    def command(self, sql: str, parameters: dict[str, Any] | None = None, *, token: str = "") -> None:
        """Run a statement without result. token: deduplication token of an INSERT ... SELECT."""
        with _translated():
            self._client().command(self.worded(sql), parameters=parameters, settings=self._settings | _dedup(token))

    def insert(self, table: str, data: pa.Table, *, token: str = "") -> None:
        """Insert an Arrow table by column names; the same non-empty token twice changes nothing."""
        if data.num_rows == 0:
            return
        with _translated():
            self._client().insert_arrow(
                table,
                data,
                settings=self._settings | _dedup(token) | {"input_format_arrow_case_insensitive_column_matching": 0},
            )

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for client in self._clients:
                client.close()
            self._clients.clear()
        self._local = threading.local()


def _dedup(token: str) -> dict[str, Any]:
    if not token:
        return {"insert_deduplicate": 0}
    return {
        "insert_deduplication_token": token,
        "insert_deduplicate": 1,
        "deduplicate_blocks_in_dependent_materialized_views": 1,
        # one block per statement, so that a re-sent batch has the same blocks and is recognised
        "max_insert_block_size": 100_000_000,
        "min_insert_block_size_rows": 100_000_000,
        "min_insert_block_size_bytes": 0,
    }


def _of_engine(said: str) -> LakeError:
    found = re.search(r"\bCode: (\d+)", said)
    match found[1] if found else "":
        case "241":
            return QuestionTooLarge(
                f"This needs more memory than the lake may use for it: {said}",
                "Narrow the conditions (a shorter window, fewer records), or raise REGULARS_COUNT_MEMORY_MIB.",
            )
        case "159":
            return QuestionTooSlow(
                f"This took longer than it may: {said}",
                "Narrow the conditions (a shorter window, fewer records), or raise REGULARS_COUNT_LIMIT_S.",
            )
        case "394":
            return QuestionCancelled("The question was cancelled.", "Ask again when you need the answer.")
        case "395":
            return NoLongerSo(f"This changed while it was asked: {said}", "Ask again.")
        case _:
            return LakeError(said, "This is a fault of the product, please report it.")


class _translated:
    """Turn the driver's errors into ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OperationalError):
            raise Unavailable("The lake does not answer.", "Check that it runs: regulars doctor.") from error
        if isinstance(error, ClickHouseError):
            raise _of_engine(str(error)[:800]) from error
