"""The sandbox's server: the stand-ins below their keys, faults before and after them, and its own pages.

/<platform>/...: the platform. /: a page of every call. /accounts: the accounts for the client's settings.
/control/...: faults, callbacks, the clock, scenarios, counts, facts; for tests and for the page.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from regulars_sandbox import stands
from regulars_sandbox.contract import Answer, Call, Push, StandIn
from regulars_sandbox.control import Control
from regulars_sandbox.faults import Fault, Faults
from regulars_sandbox.journal import Journal, shown
from regulars_sandbox.playing import Play
from regulars_sandbox.world import World

_PUSH_WAIT_S = 10
_LOOK_S = 0.2
_OWN: dict[str, Any] = {"rate": "rate", "token": "token", "permission": "permission", "server": "server"}


@cache
def _certificates() -> ssl.SSLContext:
    """Return whom to trust, read once: it takes longer than a push."""
    return ssl.create_default_context()


def stand_in_classes() -> dict[str, type[StandIn]]:
    """Return the stand-ins by key: every class of the folder `stands`."""
    for module in pkgutil.iter_modules(stands.__path__):
        importlib.import_module(f"{stands.__name__}.{module.name}")
    return {cls.key: cls for cls in sorted(StandIn.__subclasses__(), key=lambda one: one.key)}


class Sandbox:
    """The house: world, clock, journal, faults, and the stand-ins in it."""

    def __init__(self, *, seed: int = 1, wall: Callable[[], datetime] | None = None) -> None:
        self.world = World(seed)
        self.faults = Faults()
        self.journal = Journal()
        self._wall = wall or (lambda: datetime.now(UTC))  # noqa: TID251 - the sandbox has a clock of its own
        self._ahead = timedelta()
        self._callbacks: dict[str, str] = {}
        self._held: list[Push] = []
        self.stands = {key: cls(self) for key, cls in stand_in_classes().items()}
        self.playing: Play | None = None

    def verbs(self) -> dict[str, Mapping[str, str]]:
        """Return what can be made to happen, by platform."""
        return {key: stand.verbs for key, stand in self.stands.items() if stand.verbs}

    def now(self) -> datetime:
        """Return real time, moved forward by what was asked."""
        return self._wall() + self._ahead

    def move(self, by: timedelta) -> None:
        """Move the clock forward."""
        self._ahead += by

    def callback(self, platform: str) -> str:
        """Return where a platform's messages go."""
        return self._callbacks.get(platform, "")

    def call_back_at(self, platform: str, url: str) -> None:
        """Remember where a platform's messages go."""
        self._callbacks[platform] = url

    async def push(self, message: Push) -> int:
        """Send a message to the client, and what was held back after it."""
        fault = self.faults.strike(message.platform, "push", push=True)
        kind = fault.kind if fault else ""
        if kind == "push_late":
            self._held.append(message)
            return 0
        status = await self._pushed(message, kind)
        if kind == "push_twice":
            status = await self._pushed(message, kind)
        held, self._held = self._held, []
        for late in held:
            await self._pushed(late, "push_late")
        return status

    async def _pushed(self, message: Push, fault: str) -> int:
        try:
            async with httpx2.AsyncClient(timeout=_PUSH_WAIT_S, trust_env=False, verify=_certificates()) as client:
                answer = await client.request(
                    message.method, message.url, content=message.body, headers=dict(message.headers)
                )
            status, answered = answer.status_code, answer.content
        except httpx2.HTTPError as error:
            status, answered = 0, type(error).__name__.encode()
        self.journal.write(
            at=self.now(), way="out", platform=message.platform, api="push", method=message.method,
            address=message.url, status=status, sent=shown(message.body), answered=shown(answered), fault=fault,
        )  # fmt: skip
        return status

    async def answer(self, key: str, call: Call) -> tuple[Answer | None, bool]:
        """Answer a call with the failure that waits for it. (None, _) = the connection ends; True = fault struck."""
        stand = self.stands[key]
        api = stand.api_of(call)
        fault = self.faults.strike(key, api)
        kind = fault.kind if fault else ""
        answer = await self._answered(stand, call, fault) if kind != "lost_request" else None
        if answer is not None:
            for done in answer.counted:
                self.journal.count(key, done)
        if kind in {"lost_answer", "lost_request"}:
            answer = None
        elif kind == "http_500_after":
            answer = Answer(b"Internal Server Error", 500, "text/plain")
        elif kind == "garbage":
            answer = Answer(b"<html><body>502 Bad Gateway</body></html>", 200, "text/html")
        self.journal.write(
            at=self.now(), way="in", platform=key, api=api, method=call.method,
            address=call.path + ("?" + call.query.decode(errors="replace") if call.query else ""),
            status=answer.status if answer else 0, sent=shown(call.body),
            answered=shown(answer.body) if answer else "", fault=kind,
        )  # fmt: skip
        return answer, bool(fault)

    async def _answered(self, stand: StandIn, call: Call, fault: Fault | None) -> Answer:
        kind = fault.kind if fault else ""
        if kind in _OWN:
            if kind == "token":
                stand.expire_tokens()
            return stand.refusal(_OWN[kind], call)
        if kind == "http_500":
            return Answer(b"Internal Server Error", 500, "text/plain")
        if kind == "http_429":
            return Answer(b"Too Many Requests", 429, "text/plain", {"retry-after": "1"})
        if fault and kind == "delay":
            await asyncio.sleep(fault.delay_s)
        return await stand.answer(call)


class _Platform:
    """The ASGI application of one stand-in."""

    def __init__(self, house: Sandbox, key: str) -> None:
        self._house, self._key = house, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw_path = scope["path"]
        call = Call(
            method=request.method,
            path=raw_path[raw_path.index(self._key) + len(self._key) :] or "/",
            query=scope["query_string"],
            headers={name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body=await request.body(),
        )
        answer, _ = await self._house.answer(self._key, call)
        if answer is None:  # announce a body and send none: the server ends the connection
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            return
        await Response(answer.body, answer.status, dict(answer.headers), answer.media_type)(scope, receive, send)


def create(house: Sandbox, play: Play | None = None) -> Starlette:
    """Return the server of a sandbox. play: begins with the first call of a client."""

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncGenerator[None]:
        playing = asyncio.create_task(_first_called(house, play)) if play else None
        yield
        if playing:
            playing.cancel()

    own = Control(house)
    routes = [
        Route("/", own.home),
        Route("/accounts", own.answered(own.accounts)),
        Route("/control/requests", own.answered(own.requests)),
        Route("/control/counts/{platform}", own.answered(own.counts)),
        Route("/control/times/{platform}", own.answered(own.times)),
        Route("/control/faults", own.answered(own.faults), methods=["GET", "POST", "DELETE"]),
        Route("/control/callbacks", own.answered(own.callbacks), methods=["POST"]),
        Route("/control/clock", own.answered(own.clock), methods=["POST"]),
        Route("/control/act", own.answered(own.act), methods=["POST"]),
        Route("/control/play", own.answered(own.play), methods=["GET", "POST"]),
        Route("/control/facts", own.answered(own.facts)),
        *(Mount(f"/{key}", app=_Platform(house, key)) for key in house.stands),
    ]
    return Starlette(routes=routes, lifespan=life)


async def _first_called(house: Sandbox, play: Play) -> None:
    while not house.journal.entries:
        await asyncio.sleep(_LOOK_S)
    house.playing = play
    await play.run(house)
