"""Put the house together: find the rooms, open the stores, wire the ports. No list of rooms is kept by hand."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom  # noqa: TID251 - the one source of randomness, handed on in Ctx
from types import ModuleType

import regulars
from regulars.app.settings import Settings
from regulars.channels import api as channels
from regulars.connectors import api as connectors
from regulars.core.ctx import Actor, Ctx, Scope
from regulars.infra.crypto import Vault, set_vault
from regulars.infra.db import Connection, Database
from regulars.infra.files import FileStore, set_files
from regulars.infra.lake_shards import open_lake
from regulars.infra.migrations import migrate_database, migrate_lake
from regulars.ingest import api as ingest
from regulars.platforms.api_oidc import Provider
from regulars.segments import api as segments
from regulars.workspace import api as workspace


def room_modules(name: str) -> Iterator[ModuleType]:
    """Import and yield the modules `name` and `name_...` of every room that has such, in order of the rooms' names."""
    for room in pkgutil.iter_modules(regulars.__path__, "regulars."):
        if not room.ispkg or room.name in {"regulars.core", "regulars.infra", "regulars.app"}:
            continue
        package = importlib.import_module(room.name)
        for module in pkgutil.iter_modules(package.__path__):
            if module.name == name or module.name.startswith(f"{name}_"):
                yield importlib.import_module(f"{room.name}.{module.name}")


def load_rooms() -> None:
    """Import what rooms register on import: rule fields, kinds, handlers, jobs, ports."""
    importlib.import_module("regulars.core.events")  # fills the dictionary
    for name in ("fields", "handlers"):
        list(room_modules(name))
    from regulars.app import pipeline

    pipeline.wire()


def _limits(settings: Settings) -> ingest.Limits:
    """Return how much may wait before messages are refused."""
    return ingest.Limits(
        home=settings.home_path,
        backlog_events=settings.backlog_events,
        backlog_age_s=settings.backlog_age_s,
        free_mib=settings.disk_free_mib,
        requests=settings.requests_at_once,
    )


def _provider(settings: Settings) -> Provider | None:
    """Return who else may say who somebody is."""
    if not settings.oidc_issuer:
        return None
    return Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, name=settings.oidc_name)


class House:
    """The open stores of one process, and the way to a Ctx."""

    def __init__(self, database_url: str, lake_url: str, settings: Settings) -> None:
        load_rooms()
        set_vault(Vault(settings.master_key()))
        self.settings = settings
        set_files(FileStore(settings.home_path / "files"))
        ingest.wire(limits=_limits(settings))
        connectors.allow([Path(place.strip()) for place in settings.folders.split(",") if place.strip()])
        channels.wire_links(settings.links or settings.url or f"http://{settings.host}:{settings.port}")
        segments.wire(
            segments.CountLimits(
                asks_from_s=settings.count_asks_from_s,
                memory_mib=settings.count_memory_mib,
                at_most_s=settings.count_limit_s,
            )
        )
        self.db = Database(database_url)
        self.lake = open_lake(lake_url, settings.lake_database, settings.lake_cluster)
        self.provider = _provider(settings)
        self.public_url = settings.url.rstrip("/")
        self._rng = SystemRandom()

    def make_ctx(self, tx: Connection, brand_id: int = 0) -> Ctx:
        """Build the system's Ctx for a connection and a brand (0 = the group)."""
        brand = workspace.brand(tx, brand_id)
        return Ctx(
            tx=tx,
            lake=self.lake,
            brand_id=brand_id,
            actor=Actor("system", "regulars", "regulars"),
            scope=Scope(frozenset({"*"})),
            clock=workspace.business_clock(tx),
            rng=self._rng,
            zone=brand.zone,
            currency=brand.currency,
        )

    @contextmanager
    def ctx(self, brand_id: int = 0) -> Generator[Ctx]:
        """Open a transaction with the system's Ctx; commit at the end, roll back on an error."""
        with self.db.tx() as tx:
            yield self.make_ctx(tx, brand_id)

    def ping(self) -> None:
        """Raise Unavailable unless both stores answer."""
        self.db.ping()
        self.lake.ping()

    def migrate(self) -> None:
        """Bring both stores to today's schema."""
        migrate_database(self.db.url)
        with self.db.tx() as tx:
            migrate_lake(tx, self.lake)

    def close(self) -> None:
        """Close the stores."""
        self.db.close()
        self.lake.close()
