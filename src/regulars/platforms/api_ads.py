"""Audiences of an ad platform: hashed identifiers, uploaded in numbered parts, whole or as differences.

The contract is our own, shaped like such interfaces in general (a token of limited life, an upload session, parts
with a checksum, a smallest size, a state to ask for) and is that of no single platform: a real one needs an adapter
that speaks this contract. Every write carries a key or a number, so it may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Literal

import httpx2
from pydantic import Field, SecretStr

from regulars.platforms import json_answer
from regulars.platforms.contract import Cause, Credentials, Refused, Session, Token, Unclear
from regulars.platforms.signing import ads as signing
from regulars.platforms.tokens import with_token

KEY = "ads"
CALLS_PER_SECOND = 10
_CAUSES: Mapping[str, Cause] = {
    "client_unknown": "signature",
    "token_expired": "token",
    "not_permitted": "permission",
    "too_many_calls": "busy",
    "invalid": "input",
    "checksum": "input",
    "too_many_parts": "input",
    "not_found": "missing",
}
_EXPIRED = "token_expired"
Mode = Literal["replace", "add", "remove"]
IdType = Literal["phone_md5", "phone_sha256", "phone_sm3", "email_md5", "email_sha256", "device_md5"]
"""What a line of an audience is: hex in lower case of a phone (digits with country code), an address, a device."""


class AdsCredentials(Credentials):
    """A client of the platform, and the advertiser it acts for."""

    client_id: str = Field(min_length=1, max_length=100, title="Client ID")
    client_secret: SecretStr = Field(title="Client secret", min_length=1)
    advertiser_id: str = Field(min_length=1, max_length=100, title="Advertiser")


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience on the platform. size: identifiers in it; matched: those the platform knows, 0 until it is ready.

    failed: the last upload could not be processed. expired: the platform has dropped it.
    """

    id: str
    state: Literal["empty", "processing", "ready", "too_small", "failed", "expired"]
    size: int
    matched: int
    smallest: int


async def create(session: Session, name: str, *, key: str, id_type: IdType = "phone_sha256") -> str:
    """Make an audience and return its id; the same key makes it once. Raises: PlatformError."""
    given = {"name": name, "id_type": id_type}
    return str(_field(await _call(session, "POST", "/audiences", given, key=key), "id"))


async def upload(session: Session, audience: str, lines: Iterable[str], *, total: int, mode: Mode, key: str) -> str:
    """Upload `total` identifiers in parts and close the upload; return its id. The same key uploads once.

    Raises: PlatformError. A part whose answer was lost is sent again: the platform keeps one of each number.
    """
    given = {"mode": mode, "total": total}
    opened = await _call(session, "POST", f"/audiences/{audience}/uploads", given, key=key)
    upload_id, size = str(_field(opened, "id")), int(str(_field(opened, "part_size")))
    rest, parts = iter(lines), 0
    while part := list(islice(rest, size)):
        parts += 1
        await _call(session, "PUT", f"/uploads/{upload_id}/parts/{parts}", "\n".join(part).encode())
    await _call(session, "POST", f"/uploads/{upload_id}/close", {"parts": parts}, key=f"{key}-close")
    return upload_id


async def state(session: Session, audience: str) -> Audience:
    """Return how an audience stands. Raises: PlatformError."""
    said = await _call(session, "GET", f"/audiences/{audience}", None)
    return Audience(
        audience, _field(said, "state"), int(str(_field(said, "size"))), int(said.get("matched") or 0),
        int(said.get("smallest") or 0),
    )  # fmt: skip


async def check(session: Session) -> None:
    """Ask for the advertiser's audiences. Raises: PlatformError."""
    await _call(session, "GET", "/audiences", None)


async def _call(
    session: Session, method: str, path: str, given: Mapping[str, object] | bytes | None, *, key: str = ""
) -> dict[str, Any]:
    await session.pace("calls", CALLS_PER_SECOND)
    return await with_token(
        lambda stale: session.token("access", lambda: _fetched(session), stale=stale),
        lambda error: error.platform_code == _EXPIRED,
        lambda token: _once(session, token, (method, path, key), given),
    )


async def _once(
    session: Session, token: str, what: tuple[str, str, str], given: Mapping[str, object] | bytes | None
) -> dict[str, Any]:
    settings = AdsCredentials.model_validate(session.credentials)
    method, path, key = what
    headers = {"authorization": f"Bearer {token}", "x-advertiser": settings.advertiser_id}
    if key:
        headers["idempotency-key"] = key
    url = f"{session.account.base_url}{path}"
    if isinstance(given, bytes):
        headers |= {"content-type": "text/plain", "x-content-sha256": signing.digest(given)}
        request = httpx2.Request(method, url, content=given, headers=headers)
    else:
        request = httpx2.Request(method, url, json=given, headers=headers)
    return _read(await session.call(request, api=f"{method} {path}", repeatable=True))


async def _fetched(session: Session) -> Token:
    settings = AdsCredentials.model_validate(session.credentials)
    form = {
        "grant_type": "client_credentials", "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
    }  # fmt: skip
    request = httpx2.Request("POST", f"{session.account.base_url}/token", data=form)
    said = _read(await session.call(request, api="token", repeatable=True))
    lives = timedelta(seconds=int(str(_field(said, "expires_in"))))
    return Token(str(_field(said, "access_token")), session.clock.system_now() + lives)


def _read(answer: httpx2.Response) -> dict[str, Any]:
    said = json_answer.read(KEY, answer)
    if "error" not in said:
        return said
    code, words = str(said["error"]), json_answer.masked(said.get("message", ""))
    cause = _CAUSES.get(code, "other")
    raise Refused(
        KEY,
        f"The ad platform: {words}",
        platform_code=code,
        cause=cause,
        retry_after_s=1 if cause == "busy" else None,
    )


def _field(said: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON
    if name not in said:
        raise Unclear(KEY, "The ad platform's answer cannot be read.", "It may have been done all the same.")
    return said[name]
