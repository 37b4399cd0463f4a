"""Calls with an access token that may end before its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2

from regulars.platforms.contract import Refused, Session

T = TypeVar("T")
Tokens = Callable[[str], Awaitable[str]]
"""Gives a token that is not the one named, "" = any."""
Made = Callable[[str], httpx2.Request]
"""Makes a request for an address."""


async def with_token(tokens: Tokens, ended: Callable[[Refused], bool], call: Callable[[str], Awaitable[T]]) -> T:
    """Call with the token; once more with another one when the platform says that it has ended.

    Refused means that nothing was done, so calling again doubles nothing. Raises as `call`.
    """
    used = await tokens("")
    try:
        return await call(used)
    except Refused as error:
        if not ended(error):
            raise
    return await call(await tokens(used))


@dataclass(frozen=True, slots=True)
class QueryTokenGateway:
    """A platform that takes its token in the address, as those of WeChat's family do.

    below: where its paths begin. ended: its codes for a token that has ended. token: by session and refused token.
    read: an answer's object, or the platform's refusal raised.
    """

    below: str
    per_second: float
    ended: frozenset[str]
    token: Callable[[Session, str], Awaitable[str]]
    read: Callable[[httpx2.Response], dict[str, Any]]

    async def get(self, session: Session, path: str, params: Mapping[str, str | int]) -> dict[str, Any]:
        """Ask for something. Raises: PlatformError."""
        return await self.send(
            session, path, lambda url: httpx2.Request("GET", url, params=dict(params)), repeatable=True
        )

    async def post(
        self, session: Session, path: str, body: Mapping[str, object], *, repeatable: bool = False
    ) -> dict[str, Any]:
        """Post something, once unless repeatable. Raises: PlatformError."""
        return await self.send(
            session, path, lambda url: httpx2.Request("POST", url, json=dict(body)), repeatable=repeatable
        )

    async def send(self, session: Session, path: str, made: Made, *, repeatable: bool) -> dict[str, Any]:
        """Send a request that is made for its address. Raises: PlatformError."""

        async def once(token: str) -> dict[str, Any]:
            await session.pace("api", self.per_second)
            request = made(f"{session.account.base_url}{self.below}{path}")
            request.url = request.url.copy_merge_params({"access_token": token})
            return self.read(await session.call(request, api=path, repeatable=repeatable))

        return await with_token(
            lambda stale: self.token(session, stale), lambda error: error.platform_code in self.ended, once
        )
