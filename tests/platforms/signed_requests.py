"""Signed requests, caught before they leave and changed in one place: a platform must refuse each of them."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from random import Random  # noqa: TID251 - seeded
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import httpx2

from regulars.platforms import api as platforms
from regulars.platforms.contract import Session


class Caught(Exception):
    """The request did not leave."""


class _Catching:
    """A session whose calls end here."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.requests: list[httpx2.Request] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def call(self, request: httpx2.Request, **_: Any) -> httpx2.Response:
        self.requests.append(request)
        raise Caught


def caught(session: Session, work: Callable[[Session], Awaitable[object]]) -> httpx2.Request:
    """Return the request that a client would send."""
    catching = _Catching(session)
    with contextlib.suppress(Caught):
        platforms.run(lambda: work(catching))
    return catching.requests[0]


def mutants(
    request: httpx2.Request, headers: Sequence[str], *, n: int = 40, keep: Sequence[str] = ()
) -> Iterator[tuple[str, httpx2.Request]]:
    """Change one thing each time: a parameter's value, its absence, one more, the body, a signed header.

    keep: parameters that are not signed and stay as they are.
    """
    rng = Random(20261122)
    pairs = parse_qsl(request.url.query.decode(), keep_blank_values=True)
    free = [i for i, (name, value) in enumerate(pairs) if name not in keep and value]
    ways = [*(["value", "drop", "add"] if free else []), *(["body"] if request.content else []), "header"]
    for number in range(n):
        way = ways[number % len(ways)]
        query, body, sent = list(pairs), request.content, dict(request.headers)
        if way in ("value", "drop"):
            at = rng.choice(free)
            name, value = query[at]
            query[at : at + 1] = [(name, _other(value, rng))] if way == "value" else []
        elif way == "add":
            query.append((f"Zz{number}", "1"))
        elif way == "body":
            at = rng.randrange(len(body))
            body = body[:at] + bytes([body[at] ^ 0x02]) + body[at + 1 :]
        else:
            at = rng.choice([name for name in headers if sent.get(name)])
            sent[at] = _other(sent[at], rng)
        asked = urlencode(query, quote_via=quote, safe="~")
        url = str(request.url.copy_with(query=None)) + (f"?{asked}" if asked else "")
        sent.pop("content-length", None)
        yield f"{number} {way}", httpx2.Request(request.method, url, content=body, headers=sent)


def _other(text: str, rng: Random) -> str:
    """Change one letter or digit for another."""
    spots = [i for i, c in enumerate(text) if c.isascii() and c.isalnum()] or [0]
    at = rng.choice(spots)
    new = rng.choice([c for c in "bcd234" if c != text[at].lower()])
    return text[:at] + new + text[at + 1 :]
