"""An account opened for calls: one HTTP client a process; tokens and pace are shared by all processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
import httpx2
import structlog
from pydantic import BaseModel

from regulars.core.clock import Clock
from regulars.infra.crypto import vault
from regulars.infra.db import Database
from regulars.platforms import store
from regulars.platforms.contract import Account, Away, Fetch, Token, Unclear

log = structlog.get_logger()
T = TypeVar("T")

WAIT_S = 10.0
ATTEMPTS = 4
"""Of a repeatable call, with 0.2, 0.4, 0.8 s between."""
_FIRST_PAUSE_S = 0.2
_RENEW_BEFORE = timedelta(seconds=120)
_HORIZON_S = 3_600.0


class _Loop:
    """The event loop in which all calls of this process run, in a thread of its own, begun when first needed."""

    def __init__(self) -> None:
        self._begun = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.client: httpx2.AsyncClient | None = None

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do asynchronous work from a thread that has no loop, and return its result."""

        async def done() -> T:
            return await work()

        waiting: Future[T] = asyncio.run_coroutine_threadsafe(done(), self._running())
        return waiting.result()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._begun:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self.client = httpx2.AsyncClient(follow_redirects=False, trust_env=False)
                threading.Thread(target=self._loop.run_forever, name="platforms", daemon=True).start()
            return self._loop


loop = _Loop()


@dataclass(slots=True)
class OpenSession:
    """See `contract.Session`."""

    db: Database
    account: Account
    credentials: BaseModel
    clock: Clock
    _fetching: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])
    _pauses: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(100))

    async def call(
        self, request: httpx2.Request, *, api: str, repeatable: bool = False, wait_s: float | None = None
    ) -> httpx2.Response:
        """Send; see `contract.Session.call`."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(request, api, wait_s or WAIT_S)
            except (Away, Unclear):
                if not repeatable or attempt == ATTEMPTS:
                    raise
            await self._pause(_FIRST_PAUSE_S * 2 ** (attempt - 1))
        raise AssertionError("unreachable")

    async def _once(self, request: httpx2.Request, api: str, wait_s: float) -> httpx2.Response:
        if loop.client is None:
            raise RuntimeError("Calls to platforms run in the loop of platforms: see api.run.")
        request.extensions["timeout"] = httpx2.Timeout(wait_s).as_dict()
        platform = self.account.platform
        begun = self.clock.system_now()
        try:
            answer = await loop.client.send(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise Away(platform, f"{platform} cannot be reached.", "Check the network; it is tried again.") from error
        except httpx2.HTTPError as error:
            log.warning("platform_unclear", platform=platform, api=api, error=type(error).__name__)
            raise Unclear(platform, f"{platform} did not answer.", "It may have been done all the same.") from error
        took_ms = round((self.clock.system_now() - begun).total_seconds() * 1000)
        log.debug("platform_call", platform=platform, api=api, status=answer.status_code, ms=took_ms)
        if answer.status_code >= 500:
            raise Unclear(
                platform,
                f"{platform} answered {answer.status_code}.",
                "It may have been done all the same.",
                platform_code=str(answer.status_code),
            )
        return answer

    async def token(self, name: str, fetch: Fetch, *, stale: str = "") -> str:
        """Return a token; see `contract.Session.token`."""
        found = await anyio.to_thread.run_sync(self._kept, name)
        if found is not None and found.value != stale:
            return found.value
        async with self._fetching.setdefault(name, asyncio.Lock()):
            return await anyio.to_thread.run_sync(self._renewed, name, fetch, stale)

    def _kept(self, name: str) -> Token | None:
        with self.db.tx() as tx:
            return self._opened(store.token(tx, self.account.id, name), name)

    def _renewed(self, name: str, fetch: Fetch, stale: str) -> str:
        """Fetch while holding the token's lock: whoever waited for it finds what was fetched."""
        with self.db.tx() as tx:
            store.lock_token(tx, self.account.id, name)
            found = self._opened(store.token(tx, self.account.id, name), name)
            if found is not None and found.value != stale:
                return found.value
            fresh: Token = anyio.from_thread.run(fetch)
            sealed = vault().encrypt(fresh.value, self._context(name))
            store.keep_token(tx, self.account.id, name, sealed, fresh.expires_at)
            return fresh.value

    def _opened(self, row: tuple[bytes, datetime] | None, name: str) -> Token | None:
        if row is None or row[1] - _RENEW_BEFORE <= self.clock.system_now():
            return None
        return Token(vault().decrypt(row[0], self._context(name)).decode(), row[1])

    def _context(self, name: str) -> str:
        return f"platform_token:{self.account.id}:{name}"

    async def pace(self, bucket: str, per_second: float, n: int = 1) -> None:
        """Wait for one's turn; see `contract.Session.pace`."""
        rate = float(self.account.rates.get(bucket, per_second))
        wait_s = await anyio.to_thread.run_sync(self._turn, bucket, n / rate)
        if wait_s > 0:
            await self._pause(wait_s)

    async def _pause(self, seconds: float) -> None:
        """Let the session's own clock pass, which need not be the wall's."""
        await anyio.to_thread.run_sync(self.clock.wait, seconds, limiter=self._pauses)

    def _turn(self, bucket: str, cost_s: float) -> float:
        with self.db.tx() as tx:
            return store.turn(tx, (self.account.id, bucket), cost_s, self.clock.system_now(), _HORIZON_S)
