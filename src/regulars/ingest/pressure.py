"""When to take no more: the consumers of the log too far behind, no room on the disk, too many requests at once."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import Counter

from regulars.core.ctx import Ctx
from regulars.core.errors import RegularsError
from regulars.infra import event_log

_refused = Counter("regulars_ingest_refused", "Requests with messages that were refused.", ["reason"])
_LOOK_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait. home: the folder whose disk is watched; None = no disk is.

    backlog_events, backlog_age_s: of the slowest consumer of the log. requests: held at once by one process, which
    bounds its memory: a request may hold 5 MiB.
    """

    home: Path | None = None
    backlog_events: int = 2_000_000
    backlog_age_s: float = 6 * 3600
    free_mib: int = 512
    requests: int = 32


class Busy(RegularsError):
    """Nothing of the request was taken; the same request later, under the same message ids, is right."""

    code, status = "ingest.busy", 429


class NoRoom(RegularsError):
    """The disk is nearly full; nothing of the request was taken."""

    code, status = "ingest.no_room", 507


class Gate:
    """Lets requests with messages in while there is room for them. One for a process."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._inside = 0
        self._lock = threading.Lock()
        self._looked_s = 0.0
        self._found: RegularsError | None = None

    @asynccontextmanager
    async def entered(self) -> AsyncGenerator[None]:
        """Hold a place for one request. Raises: Busy when all are taken; nothing has been read of it then."""
        with self._place():
            yield

    @contextmanager
    def _place(self) -> Generator[None]:
        with self._lock:
            if self._inside >= self.limits.requests:
                _refused.labels("requests").inc()
                raise Busy(
                    f"{self._inside} requests are being taken already.",
                    "Send the same again in a second; fewer at once, with up to 500 messages each, go faster.",
                    retry_after_s=1,
                )
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1

    def check(self, ctx: Ctx) -> None:
        """Raise Busy or NoRoom while the house cannot take more. Looks once a second, for all requests."""
        now_s = time.monotonic()
        with self._lock:
            due = now_s - self._looked_s >= _LOOK_AGAIN_S
            if due:
                self._looked_s = now_s
        if due:
            self._found = pressure(ctx, self.limits)
        if self._found is not None:
            _refused.labels(self._found.code).inc()
            raise self._found


def pressure(ctx: Ctx, limits: Limits) -> RegularsError | None:
    """Return why messages are refused now, None while they are taken."""
    if limits.home is not None:
        free_mib = shutil.disk_usage(limits.home).free // 2**20
        if free_mib < limits.free_mib:
            return NoRoom(
                f"The disk has {free_mib} MiB left; below {limits.free_mib} no messages are taken.",
                "Make room on the disk of the data folder, then send the same again: nothing was taken, nothing lost.",
                retry_after_s=60,
            )
    behind = event_log.slowest(ctx)
    if behind.events > limits.backlog_events or behind.age_s > limits.backlog_age_s:
        return Busy(
            f"{behind.consumer} is {behind.events:,} events and {behind.age_s:,.0f} s behind; the bounds are"
            f" {limits.backlog_events:,} events and {limits.backlog_age_s:,.0f} s.",
            "Send the same again later. If it stays, see whether the worker runs: regulars events lag.",
            retry_after_s=10,
        )
    return None
