"""A genuine request caught on its way out, and the same with one thing changed: a stand-in must refuse each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from random import Random  # noqa: TID251 - seeded
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx2

from regulars.platforms import api as platforms


class Recording:
    """A session that remembers the requests of the calls it passes on."""

    def __init__(self, session: Any) -> None:
        self._session, self.requests = session, []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def call(self, request: httpx2.Request, **rest: Any) -> httpx2.Response:
        self.requests.append(request)
        return await self._session.call(request, **rest)


def caught(session: Any, work: Callable[[Any], Awaitable[object]]) -> httpx2.Request:
    """Do some work and return its last request."""
    recording = Recording(session)
    platforms.run(lambda: work(recording))
    return recording.requests[-1]


def sent(method: str, url: str, headers: dict[str, str], body: bytes) -> httpx2.Response:
    """Send a request as it is."""
    return httpx2.request(method, url, headers=headers, content=body, trust_env=False)


def mutations(pairs: dict[str, str], *, seed: int, n: int, unsigned: frozenset[str] = frozenset()) -> Iterator[dict]:
    """Yield n changed copies of parameters: a byte, a missing, an added or a renamed one, two values changed over.

    unsigned: parameters that the platform does not sign, left alone.
    """
    rng, names = Random(seed), sorted(set(pairs) - unsigned)
    made = 0
    while made < n:
        copy, name = dict(pairs), rng.choice(names)
        match rng.randrange(5):
            case 0:
                at = rng.randrange(len(copy[name]) or 1)
                copy[name] = (
                    copy[name][:at] + chr(33 + (ord(copy[name][at : at + 1] or "!") - 32) % 90) + copy[name][at + 1 :]
                )
            case 1:
                del copy[name]
            case 2:
                copy[f"x{made}"] = "1"
            case 3:
                copy[name + "x"] = copy.pop(name)
            case _:
                other = rng.choice(names)
                copy[name], copy[other] = copy[other], copy[name]
        if copy != pairs:
            made += 1
            yield copy


def form(body: bytes) -> dict[str, str]:
    """Read a form body."""
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def formed(pairs: dict[str, str]) -> bytes:
    """Write a form body."""
    return urlencode(pairs).encode()
