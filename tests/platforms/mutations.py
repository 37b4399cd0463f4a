"""A genuine request or message, and the same with one thing changed: whoever checks the signature must refuse each.

One change at a time: a character of a parameter, a parameter gone, one more, one renamed, two whose values changed
places, a byte of the body, a character of a header.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random  # noqa: TID251 - seeded
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import httpx2

from regulars.platforms import api as platforms
from regulars.platforms.contract import Incoming, Session

Pairs = tuple[tuple[str, str], ...]
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Signed:
    """What was signed, taken apart. params: of the query, or of the body where that is a form; then body is empty."""

    method: str
    url: str
    params: Pairs
    headers: dict[str, str]
    body: bytes = b""
    in_body: bool = False

    @classmethod
    def of(cls, request: httpx2.Request) -> Signed:
        """Take a request apart."""
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        url, query = str(request.url.copy_with(query=None)), request.url.query.decode()
        if not query and headers.get("content-type", "").startswith(_FORM):
            return cls(request.method, url, _pairs(request.content.decode()), headers, in_body=True)
        return cls(request.method, url, _pairs(query), headers, request.content)

    def request(self) -> httpx2.Request:
        """Put it together again."""
        asked = urlencode(self.params, quote_via=quote, safe="~")
        if self.in_body:
            return httpx2.Request(self.method, self.url, content=asked.encode(), headers=self.headers)
        url = self.url + (f"?{asked}" if asked else "")
        return httpx2.Request(self.method, url, content=self.body, headers=self.headers)

    def message(self, at: datetime) -> Incoming:
        """Return it as a message that arrived."""
        return Incoming(self.method, dict(self.params), self.headers, self.body, at)

    def send(self) -> httpx2.Response:
        """Send it as it is."""
        with httpx2.Client(trust_env=False) as client:
            return client.send(self.request())


@dataclass(frozen=True)
class Covered:
    """What a signature covers. unsigned: parameters it does not. unordered: those whose places it does not know.

    more: whether one parameter more breaks it. body: from where to where it covers bytes, None = nowhere. headers:
    those it covers.
    """

    unsigned: frozenset[str] = frozenset()
    unordered: frozenset[str] = frozenset()
    more: bool = True
    body: tuple[int, int | None] | None = (0, None)
    headers: tuple[str, ...] = ()


def mutations(signed: Signed, covered: Covered, *, n: int, seed: int = 20261122) -> Iterator[tuple[str, Signed]]:
    """Yield n times (what was changed, the changed)."""
    rng, made, turn = Random(seed), 0, 0
    free = [place for place, (name, value) in enumerate(signed.params) if name not in covered.unsigned and value]
    fits = {
        _in_value: bool(free),
        _gone: bool(free),
        _renamed: bool(free),
        _more: bool(free) and covered.more,
        _swapped: len(free) > 1,
        _in_body: covered.body is not None and bool(signed.body),
        _in_header: bool(covered.headers),
    }
    ways = [way for way, fit in fits.items() if fit]
    while made < n:
        way = ways[turn % len(ways)]
        turn += 1
        changed = way(signed, covered, free, rng)
        if changed != signed:
            made += 1
            yield f"{made} {way.__name__}", changed


def _put(signed: Signed, place: int, *new: tuple[str, str]) -> Signed:
    return dataclasses.replace(signed, params=(*signed.params[:place], *new, *signed.params[place + 1 :]))


def _in_value(signed: Signed, _: Covered, free: list[int], rng: Random) -> Signed:
    name, value = signed.params[at := rng.choice(free)]
    return _put(signed, at, (name, _other(value, rng)))


def _gone(signed: Signed, _: Covered, free: list[int], rng: Random) -> Signed:
    return _put(signed, rng.choice(free))


def _renamed(signed: Signed, _: Covered, free: list[int], rng: Random) -> Signed:
    name, value = signed.params[at := rng.choice(free)]
    return _put(signed, at, (f"{name}x", value))


def _more(signed: Signed, _: Covered, __: list[int], rng: Random) -> Signed:
    return dataclasses.replace(signed, params=(*signed.params, (f"zz{rng.randrange(1_000_000)}", "1")))


def _swapped(signed: Signed, covered: Covered, free: list[int], rng: Random) -> Signed:
    one, two = rng.sample(free, 2)
    (first, a), (second, b) = signed.params[one], signed.params[two]
    if {first, second} <= covered.unordered:
        return signed
    return _put(_put(signed, one, (first, b)), two, (second, a))


def _in_body(signed: Signed, covered: Covered, _: list[int], rng: Random) -> Signed:
    start, end, _step = slice(*(covered.body or (0, 0))).indices(len(signed.body))
    at = rng.randrange(start, end)
    return dataclasses.replace(signed, body=signed.body[:at] + bytes([signed.body[at] ^ 0x02]) + signed.body[at + 1 :])


def _in_header(signed: Signed, covered: Covered, _: list[int], rng: Random) -> Signed:
    name = rng.choice([one for one in covered.headers if signed.headers.get(one)])
    return dataclasses.replace(signed, headers={**signed.headers, name: _other(signed.headers[name], rng)})


def _pairs(text: str) -> Pairs:
    return tuple(parse_qsl(text, keep_blank_values=True))


def _other(text: str, rng: Random) -> str:
    """Change one letter or digit for another."""
    at = rng.choice([place for place, c in enumerate(text) if c.isascii() and c.isalnum()] or [0])
    new = rng.choice([c for c in "bcd234" if c != text[at : at + 1].lower()])
    return text[:at] + new + text[at + 1 :]


# --- catching -------------------------------------------------------------------------------------------------
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


def caught(session: Session, work: Callable[[Session], Awaitable[object]]) -> Signed:
    """Return the first request that a client would send; a token that it needs must be there already."""
    catching = _Catching(session)
    with contextlib.suppress(Caught):
        platforms.run(lambda: work(catching))
    return Signed.of(catching.requests[0])
