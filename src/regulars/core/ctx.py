"""What every door needs to know: for whom, by whom, how far, in which transaction, at what time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from random import Random  # noqa: TID251 - the type only; instances come from boot, seeded in tests
from typing import Any, Literal, Protocol

import psycopg
import pyarrow as pa

from regulars.core.clock import Clock, business_day
from regulars.core.errors import Forbidden

GROUP_BRAND_ID = 0
"""The group itself: state over all brands of the workspace."""


class Lake(Protocol):
    """The analytical store as rooms see it; infra/lake.py implements it over ClickHouse's HTTP protocol."""

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return all rows as dicts. Values are bound by {name:Type} placeholders."""
        ...

    def arrow(self, sql: str, parameters: dict[str, Any] | None = None) -> pa.Table:
        """Return the result as an Arrow table."""
        ...

    def command(self, sql: str, parameters: dict[str, Any] | None = None, *, token: str = "") -> None:
        """Run a statement without result. token: insert deduplication token of INSERT ... SELECT."""
        ...

    def insert(self, table: str, data: pa.Table, *, token: str = "") -> None:
        """Insert an Arrow table by column names; the same token twice changes nothing."""
        ...

    def nodes(self) -> Mapping[str, Lake]:
        """Return the access to the rows that lie on each server, by name; one server is all of it."""
        ...

    def bounded(self, query_id: str, *, memory_mib: int, seconds: float) -> Lake:
        """Return this access with bounds on every statement, under an id by which `cancel` finds them."""
        ...

    def cancel(self, query_id: str) -> bool:
        """End the statement that runs under an id; tell whether there was one."""
        ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, an API key, or the system itself (worker, CLI)."""

    kind: Literal["user", "api_key", "system"]
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """How far the actor sees. brands None = all; stores None = all; permissions: dotted codes or "*"."""

    permissions: frozenset[str]
    brands: frozenset[int] | None = None
    stores: frozenset[str] | None = None

    def allows(self, permission: str) -> bool:
        """Tell whether the permission is held."""
        return "*" in self.permissions or permission in self.permissions

    def reaches(self, brand_id: int) -> bool:
        """Tell whether the brand lies within the scope; the group (0) needs all brands."""
        return self.brands is None or brand_id in self.brands


@dataclass(frozen=True, slots=True)
class Ctx:
    """One unit of work. The caller that made it commits; rooms never do.

    brand_id: brand acted for (0 = the group). zone: the brand's IANA zone. currency: ISO 4217. address: IP address
    that the request came from, "" where there was none.
    """

    tx: psycopg.Connection[dict[str, Any]]
    lake: Lake
    brand_id: int
    actor: Actor
    scope: Scope
    clock: Clock
    rng: Random
    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    request_id: str = ""
    address: str = ""

    @property
    def now(self) -> datetime:
        """Business now."""
        return self.clock.business_now()

    @property
    def today(self) -> date:
        """The business day of now, in the brand's zone."""
        return business_day(self.now, self.zone)

    def require(self, permission: str) -> None:
        """Raise Forbidden unless the actor holds the permission and the scope reaches the brand."""
        if not self.scope.allows(permission):
            raise Forbidden(f"This needs the permission {permission}.", "Ask an administrator for a role that has it.")
        if not self.scope.reaches(self.brand_id):
            raise Forbidden("This brand lies outside your access.", "Ask an administrator to add the brand to you.")

    def require_all_stores(self) -> None:
        """Raise Forbidden for somebody bound to stores: what is asked for cannot be told apart by store."""
        if self.scope.stores is not None:
            raise Forbidden(
                "This is about whole brands; your access covers some stores.", "Ask somebody who sees the whole brand."
            )

    def at(self, clock: Clock) -> Ctx:
        """Return the same context under another clock (replays)."""
        return replace(self, clock=clock)

    def for_brand(self, brand_id: int, zone: str | None = None, currency: str | None = None) -> Ctx:
        """Return the same context for another brand."""
        return replace(self, brand_id=brand_id, zone=zone or self.zone, currency=currency or self.currency)
