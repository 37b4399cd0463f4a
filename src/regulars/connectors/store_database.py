"""SQL against somebody else's database: read-only, with a limit of time, page by page by (modified, key)."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import URL

from regulars.core.errors import BadInput, Unavailable

DRIVERS = {"postgresql": ("postgresql+psycopg", "psycopg"), "mysql": ("mysql+pymysql", "PyMySQL")}
_BEGIN: Mapping[str, tuple[str, ...]] = {
    "postgresql": (
        "set transaction read only",
        "set local statement_timeout = {limit_ms}",
        "set local timezone = 'UTC'",
    ),
    # Source: MySQL 8.0 reference, SET TRANSACTION and max_execution_time. Not confirmed against a server.
    "mysql": (
        "set session transaction read only",
        "set session max_execution_time = {limit_ms}",
        "set session time_zone = '+00:00'",
    ),
}
_TABLE = re.compile(r"[A-Za-z_一-鿿][\w$一-鿿]*(\.[A-Za-z_一-鿿][\w$一-鿿]*)?")
_CONNECT_S = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be read. query: a table or one SELECT; modified, key: its columns, by which pages go on."""

    dialect: str
    host: str
    port: int
    database: str
    user: str
    password: str
    query: str
    modified: str
    key: str
    limit_s: int


@dataclass(frozen=True, slots=True)
class Span:
    """Rows with start <= modified < end that come after (modified, key), if given."""

    start: datetime
    end: datetime
    after: tuple[datetime, Any] | None
    rows: int


def first_rows(asked: Asked, rows: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the columns of a query and its first rows. Raises: BadInput, Unavailable."""
    with _reading(asked) as (connection, quoted):
        found = connection.execute(sa.text(f"select * from {_source(asked, quoted)} limit :rows"), {"rows": rows})
        names = list(found.keys())
        return names, [dict(row) for row in found.mappings()]


def page(asked: Asked, span: Span) -> list[dict[str, Any]]:
    """Return the next rows, in the order of (modified, key). Raises: BadInput, Unavailable."""
    bound: dict[str, Any] = {"start": span.start, "end": span.end, "rows": span.rows}
    with _reading(asked) as (connection, quoted):
        modified, key = quoted(asked.modified), quoted(asked.key)
        following = ""
        if span.after is not None:
            following = f" and ({modified} > :modified or ({modified} = :modified and {key} > :key))"
            bound |= {"modified": span.after[0], "key": span.after[1]}
        sql = (
            f"select * from {_source(asked, quoted)} where {modified} >= :start and {modified} < :end{following}"
            f" order by {modified}, {key} limit :rows"
        )
        return [dict(row) for row in connection.execute(sa.text(sql), bound).mappings()]


def _source(asked: Asked, quoted: Any) -> str:  # noqa: ANN401 - a function of SQLAlchemy's
    """Return what is selected from. Raises BadInput unless it is a table's name or one SELECT."""
    text = asked.query.strip().rstrip(";").rstrip()
    if _TABLE.fullmatch(text):
        return ".".join(quoted(part) for part in text.split("."))
    if ";" in text or not re.match(r"(select|with)\b", text, re.IGNORECASE):
        raise BadInput("The query is neither a table's name nor one SELECT.", "Write SELECT ... without a semicolon.")
    # A colon is SQLAlchemy's sign of a bound value; a query holds none. The line break ends a comment.
    return "(" + text.replace("\\", "\\\\").replace(":", "\\:") + "\n) as given"


@contextmanager
def _reading(asked: Asked) -> Generator[tuple[sa.Connection, Any]]:
    driver, package = DRIVERS[asked.dialect]
    url = URL.create(driver, asked.user, asked.password, asked.host, asked.port, asked.database)
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": _CONNECT_S})
    except ModuleNotFoundError as error:
        raise BadInput(
            f"This installation has no driver for {asked.dialect}.", f"Install {package} beside Regulars, and restart."
        ) from error
    try:
        with engine.connect() as connection, connection.begin():
            for statement in _BEGIN[asked.dialect]:
                connection.execute(sa.text(statement.format(limit_ms=asked.limit_s * 1000)))
            yield connection, engine.dialect.identifier_preparer.quote_identifier
    except exc.DBAPIError as error:
        raise _as_ours(error) from error
    finally:
        engine.dispose()


def _as_ours(error: exc.DBAPIError) -> BadInput | Unavailable:
    """Say what the database said, without the statement's values."""
    diagnosed = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    said = (diagnosed or type(error.orig).__name__).strip()[:200]
    state = str(getattr(error.orig, "sqlstate", "") or "")
    if state == "57014":
        return Unavailable("The query took too long.", "Put an index on the column of the time of change.")
    if isinstance(error, exc.OperationalError | exc.InterfaceError) and not state.startswith(("42", "25")):
        return Unavailable(f"The database cannot be reached ({said}).", "Check address, name and password.")
    return BadInput(f"The database does not take the query: {said}.", "Try it in a SQL client first.")
