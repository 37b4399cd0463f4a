"""Look at the machine, the stores and the product, and say for each what to do."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final

from regulars.app.settings import Settings
from regulars.app.stores import Endpoints, ensure_stores, running_server
from regulars.core.clock import WallClock
from regulars.core.errors import RegularsError
from regulars.infra.health import StoreHealth, ask_lake, ask_postgres
from regulars.infra.migrations import pending_database
from regulars.ingest import api as ingest

_DISK_GIB, _MEMORY_GIB, _SKEW_S = 5.0, 2.0, 5.0
_OLDEST_POSTGRES: Final = (15, 0)
_OLDEST_LAKE: Final = (24, 8)
_BUILT: Final = datetime(2026, 1, 1, tzinfo=UTC)  # no machine that runs this can truly be before it


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do when it is not in order."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def checks(settings: Settings) -> list[Check]:
    """Look at everything; never raises. Starts the embedded stores for the moment when none runs."""
    found = [
        _safely("python", _python),
        _safely("memory", _memory),
        _safely("home", lambda: _home(settings)),
        _safely("disk", lambda: _disk(settings)),
        _safely("clock", _clock),
        _safely("port", lambda: _port(settings)),
        _safely("console", _console),
    ]
    try:
        with ensure_stores(settings) as endpoints:
            found += [
                _safely("postgresql", lambda: _postgres(endpoints)),
                _safely("migrations", lambda: _migrations(endpoints)),
                _safely("lake", lambda: _lake(endpoints)),
                _safely("messages", lambda: _messages(settings, endpoints)),
            ]
    except RegularsError as error:
        found.append(Check("stores", ok=False, found=error.message, advice=error.hint))
    except OSError as error:
        found.append(Check("stores", ok=False, found=str(error), advice="See the files in the home's folder log."))
    return found


def _safely(name: str, look: Callable[[], Check]) -> Check:
    try:
        seen = look()
        return replace(seen, advice="") if seen.ok else seen
    except RegularsError as error:
        return Check(name, ok=False, found=error.message, advice=error.hint)
    except Exception as error:
        return Check(name, ok=False, found=f"{type(error).__name__}: {error}", advice="Correct this and look again.")


def _python() -> Check:
    here = ".".join(str(part) for part in sys.version_info[:3])
    return Check("python", ok=sys.version_info >= (3, 11), found=here, advice="Install Python 3.11 or newer.")


def _memory() -> Check:
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    advice = f"Give the machine {_MEMORY_GIB:.0f} GiB or more; 8 GiB for a million customers."
    return Check("memory", ok=gib >= _MEMORY_GIB * 0.9, found=f"{gib:.1f} GiB", advice=advice)


def _home(settings: Settings) -> Check:
    home = settings.home.expanduser()
    try:
        with tempfile.NamedTemporaryFile(dir=settings.home_path):
            return Check("home", ok=True, found=str(settings.home_path))
    except OSError as error:
        advice = f"Make it yours: chown -R $USER {home}. Or choose another folder with REGULARS_HOME."
        return Check("home", ok=False, found=f"{home} cannot be written: {error.strerror}", advice=advice)


def _disk(settings: Settings) -> Check:
    free_gib = shutil.disk_usage(settings.home_path).free / (1 << 30)
    advice = f"Free some space ({_DISK_GIB:.0f} GiB or more), or move the home to a larger disk with REGULARS_HOME."
    return Check("disk", ok=free_gib >= _DISK_GIB, found=f"{free_gib:.1f} GiB free", advice=advice)


def _clock() -> Check:
    now = WallClock().system_now()
    return Check(
        "clock", ok=now > _BUILT, found=f"{now:%Y-%m-%d %H:%M:%S} UTC", advice="Set the machine's clock (NTP)."
    )


def _port(settings: Settings) -> Check:
    at = f"{settings.host}:{settings.port}"
    server = running_server(settings.home_path)
    if server is not None:
        return Check("port", ok=True, found=f"process {server.get('pid')} serves {server.get('url', 'soon')}")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            advice = "End the program that has it, or choose another: REGULARS_PORT=8001"
            return Check("port", ok=False, found=f"{at}: {error.strerror}", advice=advice)
    return Check("port", ok=True, found=f"{at} is free")


def _console() -> Check:
    root = Path(os.environ.get("REGULARS_WEB_ROOT", str(resources.files("regulars.app") / "web")))
    ok = (root / "index.html").is_file()
    return Check(
        "console", ok=ok, found=str(root) if ok else f"{root} has no index.html", advice="Build it: make setup"
    )


def _postgres(endpoints: Endpoints) -> Check:
    return _store("postgresql", ask_postgres(endpoints.database_url), _OLDEST_POSTGRES, "Use PostgreSQL 15 or newer.")


def _lake(endpoints: Endpoints) -> Check:
    return _store("lake", ask_lake(endpoints.lake_url), _OLDEST_LAKE, "Use ClickHouse 24.8 or newer.")


def _store(name: str, health: StoreHealth, oldest: tuple[int, int], advice: str) -> Check:
    skew_s = abs((health.now - WallClock().system_now()).total_seconds())
    if skew_s > _SKEW_S:
        return Check(name, ok=False, found=f"its clock differs by {skew_s:.0f} s", advice="Set both clocks by NTP.")
    found = "version " + ".".join(str(part) for part in health.version)
    return Check(name, ok=health.version >= oldest, found=found, advice=advice)


def _messages(settings: Settings, endpoints: Endpoints) -> Check:
    from regulars.app.boot import House  # heavy, and only needed here

    house = House(endpoints.database_url, endpoints.lake_url, settings)
    try:
        with house.ctx() as ctx:
            refusal = ingest.refusal(ctx)
    finally:
        house.close()
    advice = "See who is behind: regulars events lag. Messages over HTTP are refused until then."
    return Check("messages", ok=not refusal, found=refusal or "taken", advice=advice)


def _migrations(endpoints: Endpoints) -> Check:
    pending = pending_database(endpoints.database_url)
    found = f"{len(pending)} to apply: {', '.join(pending)}" if pending else "up to date"
    return Check("migrations", ok=not pending, found=found, advice="Apply them: regulars migrate")
