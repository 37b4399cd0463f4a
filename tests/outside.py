"""The outside of a test: a sandbox server whose time is the test's, and accounts that lead there."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import pytest
import uvicorn

from regulars.core.clock import ManualClock
from regulars.infra.db import Database
from regulars.platforms import api as platforms
from regulars.platforms.contract import Session
from regulars.workspace import api_accounts as accounts
from regulars_sandbox.app import Sandbox, create

_CERTIFICATES = ssl.create_default_context()
"""Read once: it takes longer than a call."""


class Outside:
    """A running sandbox. house: its state, to be looked at; change it by `act` and `fault` alone."""

    def __init__(self, house: Sandbox, url: str, db: Database, clock: ManualClock) -> None:
        self.house, self.url, self._db, self._clock = house, url, db, clock
        self._accounts: dict[str, int] = {}
        self._levers = httpx2.Client(trust_env=False, timeout=30, verify=_CERTIFICATES)

    def account(self, platform: str) -> int:
        """Return the account that leads to a stand-in; the workspace is in practice mode from the first on."""
        return self._accounts[platform]

    def session(self, platform: str) -> Session:
        """Open that account."""
        return platforms.open_session(self._db, self._clock, self._accounts[platform])

    def control(self, path: str, given: Mapping[str, Any] | None = None, *, method: str = "POST") -> Any:
        """Pull one of the sandbox's levers."""
        answer = self._levers.request(method, f"{self.url}/control/{path}", json=given)
        answer.raise_for_status()
        return answer.json()

    def fault(self, platform: str, kind: str, **rest: Any) -> None:
        """Let the next matching call fail; see regulars_sandbox.faults."""
        self.control("faults", {"platform": platform, "kind": kind, **rest})

    def act(self, platform: str, verb: str, **given: Any) -> dict[str, Any]:
        """Let something happen on a platform."""
        return self.control("act", {"platform": platform, "verb": verb, "given": given})

    def counts(self, platform: str) -> dict[str, Any]:
        """Return what a platform did: things, times, twice."""
        return self.control(f"counts/{platform}", method="GET")


@pytest.fixture
def outside(db: Database, make_ctx, clock: ManualClock) -> Iterator[Outside]:
    """A sandbox of this test's own, practice mode on, with an account of brand 1 for every stand-in."""
    house = Sandbox(wall=clock.system_now)
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(create(house), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    one = Outside(house, url, db, clock)
    offered = platforms.offered_by_sandbox(url)
    with db.tx() as tx:
        ctx = make_ctx(tx)
        platforms.begin_practice(ctx, url, offered)
        accounts.set_for_practice(make_ctx(tx, 1), on=True)
        one._accounts = {found.platform: found.id for found in platforms.accounts(ctx)}
    yield one
    one._levers.close()
    server.should_exit = True
    thread.join(10)
