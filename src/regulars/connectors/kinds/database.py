"""A table or a query of a database: every row that was changed, as a fact."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, SecretStr, field_validator

from regulars.connectors import store_database as store
from regulars.connectors.contract import (
    Connector,
    ConnectorConfig,
    Named,
    Page,
    Sample,
    Statement,
    Stream,
    Window,
    connector_registry,
)
from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.platforms.contract import Session

ROWS = 1_000
"""On a page."""
SHOWN = 5
_ID_AT_MOST = 120


class DatabaseConfig(ConnectorConfig):
    """Where the rows are and what they mean.

    query: a table or one SELECT. modified, key: columns; rows are read in their order. event: a type of the
    dictionary or track.<name>. time: column of when it happened, "" = when it was changed. zone: of times written
    without one. identifiers: namespace -> column; properties: field of the event -> column.
    """

    dialect: Literal["postgresql", "mysql"] = Field(default="postgresql", title="Database")
    host: str = Field(max_length=253, title="Address")
    port: int = Field(default=0, ge=0, le=65_535, title="Port")
    database: str = Field(max_length=63, title="Database name")
    user: str = Field(max_length=63, title="User")
    password: SecretStr = Field(default=SecretStr(""), title="Password")
    query: str = Field(max_length=20_000, title="Table or SELECT")
    modified: str = Field(max_length=63, title="Column: changed at")
    key: str = Field(max_length=63, title="Column: key")
    event: str = Field(pattern=r"^[a-z]+\.[a-z0-9_一-鿿]{1,80}$", title="Event type")
    time: str = Field(default="", max_length=63, title="Column: happened at")
    zone: str = Field(default="UTC", title="Time zone of times without one")
    identifiers: dict[str, str] = Field(default_factory=dict[str, str], max_length=20, title="Identifiers")
    properties: dict[str, str] = Field(default_factory=dict[str, str], max_length=100, title="Fields")
    limit_s: int = Field(default=60, ge=1, le=600, title="Longest wait, seconds")

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not a time zone; write it like Asia/Shanghai") from error
        return value

    def asked(self) -> store.Asked:
        """Return what is asked of the database."""
        return store.Asked(
            dialect=self.dialect, host=self.host, port=self.port or (5432 if self.dialect == "postgresql" else 3306),
            database=self.database, user=self.user, password=self.password.get_secret_value(), query=self.query,
            modified=self.modified, key=self.key, limit_s=self.limit_s,
        )  # fmt: skip

    def columns(self) -> set[str]:
        """Return the columns it names."""
        named = {self.modified, self.key, *self.identifiers.values(), *self.properties.values()}
        return named | ({self.time} if self.time else set())


@connector_registry.add
class Database(Connector):
    """Pages go on after the last (modified, key): a row that is added meanwhile moves no other."""

    key: ClassVar[str] = "database"
    title: ClassVar[Text] = Text("数据库", "Database")
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("rows", Text("数据行", "Rows"), overlap_s=600, longest_s=30 * 86_400, history_days=1_100),
    )
    Config: ClassVar[type[BaseModel]] = DatabaseConfig

    async def pull(self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str) -> Page:
        """Return the next rows of the window. Raises: BadInput, Unavailable."""
        del session, stream
        settings = DatabaseConfig.model_validate(config)
        aware = await asyncio.to_thread(_has_zone, settings)
        span = store.Span(
            _bound(window.start, settings, aware=aware), _bound(window.end, settings, aware=aware), _after(page), ROWS
        )
        rows = await asyncio.to_thread(store.page, settings.asked(), span)
        said: list[Statement] = []
        unread: list[tuple[Mapping[str, Any], str]] = []
        for row in rows:
            try:
                said.append(statement(row, settings))
            except ValueError as error:
                unread.append(({name: _json(value) for name, value in row.items()}, str(error)))
        following = _next(rows[-1], settings) if len(rows) == ROWS else ""
        return Page(tuple(said), following, tuple(unread))

    async def look(self, session: Session | None, config: BaseModel) -> Sample | None:
        """Return the query's first rows and what they say. Raises: BadInput (a column is missing), Unavailable."""
        del session
        settings = DatabaseConfig.model_validate(config)
        names, rows = await asyncio.to_thread(store.first_rows, replace(settings.asked(), limit_s=10), SHOWN)
        missing = sorted(settings.columns() - set(names))
        if missing:
            raise BadInput(f"The query has no column {missing[0]!r}.", f"It has: {', '.join(names)[:400]}.")
        said = [statement(row, settings) for row in rows]
        return Sample(tuple(names), tuple(tuple(_json(row[name]) for name in names) for row in rows), tuple(said))


def _has_zone(settings: DatabaseConfig) -> bool:
    """Tell whether the column of the time of change carries a zone, by its first value."""
    _, rows = store.first_rows(settings.asked(), 1)
    if not rows:
        return True
    value = rows[0].get(settings.modified)
    if not isinstance(value, datetime):
        raise BadInput(f"The column {settings.modified!r} holds no date with time.", "Choose when a row was changed.")
    return value.tzinfo is not None


def _bound(at: datetime, settings: DatabaseConfig, *, aware: bool) -> datetime:
    return at if aware else at.astimezone(ZoneInfo(settings.zone)).replace(tzinfo=None)


def _aware(value: datetime, settings: DatabaseConfig) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(settings.zone))


def _next(row: Mapping[str, Any], settings: DatabaseConfig) -> str:
    key = row[settings.key]
    kind = next((k for k in ("int", "UUID", "Decimal") if type(key).__name__ == k), "str")
    return json.dumps([row[settings.modified].isoformat(), kind, str(key)])


def _after(page: str) -> tuple[datetime, Any] | None:
    if not page:
        return None
    at, kind, key = json.loads(page)
    return datetime.fromisoformat(at), {"int": int, "UUID": UUID, "Decimal": Decimal, "str": str}[kind](key)


def statement(row: Mapping[str, Any], settings: DatabaseConfig) -> Statement:
    """Return what a row says. Raises ValueError when it has no time."""
    changed, at = row[settings.modified], row[settings.time or settings.modified]
    if not isinstance(changed, datetime) or not isinstance(at, date):
        raise ValueError(f"{settings.time or settings.modified} is no date")
    when = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001 - its zone follows
    key = str(row[settings.key])
    if len(key) > _ID_AT_MOST:
        key = hashlib.sha256(key.encode()).hexdigest()
    props = {name: _property(name, row[column]) for name, column in settings.properties.items()}
    named = (Named(ns, str(row[column]).strip()) for ns, column in settings.identifiers.items() if row[column])
    return Statement(
        settings.event,
        _aware(when, settings).astimezone(UTC),
        f"{key}@{_aware(changed, settings).astimezone(UTC).isoformat()}",
        {name: value for name, value in props.items() if value is not None},
        tuple(one for one in named if one.value),
    )


def _property(name: str, value: object) -> Any:  # noqa: ANN401 - JSON
    if name == "lines" and isinstance(value, str):
        return json.loads(value)
    return _json(value)


def _json(value: object) -> Any:  # noqa: ANN401 - JSON
    match value:
        case None | bool() | int() | float() | str() | list() | dict():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case _:
            return str(value)
