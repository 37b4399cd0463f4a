"""WeCom: calls as a company's app, its guides, media, and the messages WeCom sends to us.

Source: developer.work.weixin.qq.com/document/path/90664 (basics), 91039 (token), 90313 (codes).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from pydantic import Field, SecretStr

from regulars.core.errors import Forbidden
from regulars.platforms.contract import Cause, Credentials, Incoming, Refused, Session, Token, Unclear
from regulars.platforms.signing import weixin as signing
from regulars.platforms.signing.weixin import many as many
from regulars.platforms.tokens import QueryTokenGateway

KEY = "wecom"
PER_SECOND = 100
"""Source: document/path/90312: 10,000 calls a minute per company and API; here for all APIs of a company together."""
_BUSY_S, _QUOTA_S = 10.0, 60.0
_STALE = frozenset({"40014", "42001", "41001"})
_CAUSES: Mapping[str, Cause] = {
    "-1": "busy", "45033": "busy", "6000": "busy", "45009": "quota", "45011": "quota", "41048": "quota",
    "40001": "signature", "40013": "signature", "40014": "token", "42001": "token", "41001": "token",
    "60020": "address", "48001": "permission", "48002": "permission", "48004": "permission", "60011": "permission",
    "301002": "permission", "701008": "permission", "40003": "missing", "40096": "missing", "60111": "missing",
    "84061": "missing", "40058": "input", "40063": "input", "41049": "input", "41050": "input", "41051": "input",
    "40007": "input", "40129": "input", "47001": "input", "44001": "input", "45002": "input",
}  # fmt: skip
"""Source: document/path/90313. 41050 and 41051: an ended welcome code, and somebody already in talk."""


class WecomCredentials(Credentials):
    """A company's own app with customer contact. token and aes_key: of the app's "receive messages" settings."""

    corp_id: str = Field(title="Corp ID", min_length=1)
    secret: SecretStr = Field(title="Secret", min_length=1)
    token: SecretStr = Field(default=SecretStr(""), title="Token")
    aes_key: SecretStr = Field(default=SecretStr(""), title="EncodingAESKey")


@dataclass(frozen=True, slots=True)
class Guide:
    """A member of the company. status: 1 = active, 2 = disabled, 4 = not yet there, 5 = left."""

    userid: str
    name: str
    departments: tuple[int, ...]
    status: int


@dataclass(frozen=True, slots=True)
class Department:
    """A part of the company. parent_id 0 = the whole."""

    id: int
    name: str
    parent_id: int


def settings_of(session: Session) -> WecomCredentials:
    """Return the account's settings, typed."""
    return WecomCredentials.model_validate(session.credentials)


# --- calls ------------------------------------------------------------------------------------------------
async def get(session: Session, path: str, **params: str | int) -> dict[str, Any]:
    """Ask for something. path: below /cgi-bin/. Raises: PlatformError."""
    return await _gateway.get(session, path, params)


async def post(session: Session, path: str, body: Mapping[str, object], *, repeatable: bool = False) -> dict[str, Any]:
    """Post something, once unless repeatable. Raises: PlatformError."""
    return await _gateway.post(session, path, body, repeatable=repeatable)


async def _token(session: Session, stale: str) -> str:
    settings = settings_of(session)

    async def fetch() -> Token:
        request = httpx2.Request(
            "GET",
            f"{session.account.base_url}/cgi-bin/gettoken",
            params={"corpid": settings.corp_id, "corpsecret": settings.secret.get_secret_value()},
        )
        said = _read(await session.call(request, api="gettoken", repeatable=True))
        lives = timedelta(seconds=int(said.get("expires_in", 7200)))
        return Token(str(wanted(said, "access_token")), session.clock.system_now() + lives)

    return await session.token("access", fetch, stale=stale)


def _read(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code == 429:
        raise Refused(KEY, "WeCom asks for fewer calls.", platform_code="429", cause="busy", retry_after_s=_BUSY_S)
    try:
        said: dict[str, Any] = answer.json()
        code, words = str(said.get("errcode", 0)), str(said.get("errmsg", ""))
    except (ValueError, AttributeError) as error:
        raise Unclear(KEY, "WeCom's answer cannot be read.", "It may have been done all the same.") from error
    if code == "0":
        return said
    cause = _CAUSES.get(code, "other")
    retry_after_s = {"busy": _BUSY_S, "quota": _QUOTA_S}.get(cause)
    raise Refused(KEY, f"WeCom: {_plain(words)}", platform_code=code, cause=cause, retry_after_s=retry_after_s)


def wanted(said: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - of an answer's JSON
    """Return a field that an answer must have. Raises Unclear."""
    if name not in said:
        raise Unclear(KEY, "WeCom's answer cannot be read.", "It may have been done all the same.")
    return said[name]


def _plain(words: str) -> str:
    """Cut off the trace that WeCom adds ("..., hint: [...], from ip: ..., more info at ...")."""
    return words.split(", hint:")[0].split(",hint:")[0][:200]


async def pages(
    session: Session, path: str, body: Mapping[str, object], *, items: str
) -> AsyncIterator[dict[str, Any]]:
    """Yield the rows of a list that is read by cursor. items: the field that holds them."""
    cursor = ""
    while True:
        said = await post(session, path, {**body, "cursor": cursor} if cursor else body, repeatable=True)
        for row in said.get(items) or []:
            yield row
        cursor = str(said.get("next_cursor") or "")
        if not cursor:
            return


# --- the company ------------------------------------------------------------------------------------------
async def guide_ids(session: Session) -> list[str]:
    """Return the members who may have customers as friends, sorted."""
    said = await get(session, "externalcontact/get_follow_user_list")
    return sorted(str(one) for one in wanted(said, "follow_user"))


async def departments(session: Session) -> list[Department]:
    """Return the parts of the company that the app may see."""
    rows = wanted(await get(session, "department/list"), "department")
    return [Department(int(row["id"]), str(row.get("name", "")), int(row.get("parentid", 0))) for row in rows]


async def guides(session: Session, department_id: int) -> list[Guide]:
    """Return the members of one part of the company."""
    rows = wanted(await get(session, "user/list", department_id=department_id), "userlist")
    return [
        Guide(
            str(row["userid"]), str(row.get("name", "")), tuple(int(one) for one in row.get("department", ())),
            int(row.get("status", 1)),
        )
        for row in rows
    ]  # fmt: skip


async def upload(session: Session, kind: str, name: str, content: bytes) -> str:
    """Upload a file for messages and return its media id, good for three days. kind: image, voice, video, file.

    Source: document/path/90253; an image up to 10 MB, at least 5 bytes.
    """
    said = await _gateway.send(
        session,
        "media/upload",
        lambda url: httpx2.Request("POST", url, params={"type": kind}, files={"media": (name, content)}),
        repeatable=True,
    )
    return str(wanted(said, "media_id"))


# --- messages to us ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Message:
    """What WeCom told us. fields: of its XML. echo: what it wants to hear at once (the address being set up)."""

    fields: Mapping[str, Any]
    at: datetime | None
    echo: str = ""


def read_message(settings: WecomCredentials, message: Incoming) -> Message:
    """Read a message of WeCom. Raises Forbidden when signature, key or company are not right."""
    given, token, key = message.query, settings.token.get_secret_value(), settings.aes_key.get_secret_value()
    sealed = given.get("echostr", "") if message.method == "GET" else signing.sealed_part(message.body)
    parts = given.get("timestamp", ""), given.get("nonce", ""), sealed
    if not token or not sealed or not signing.is_signed(given.get("msg_signature", ""), token, *parts):
        raise Forbidden("This message is not WeCom's.", "Compare Token and EncodingAESKey with the app's settings.")
    try:
        text, receiver = signing.unseal(key, sealed)
        fields = {} if message.method == "GET" else signing.read_xml(text)
    except ValueError as error:
        raise Forbidden(
            "This message cannot be opened.", "Compare Token and EncodingAESKey with the app's settings."
        ) from error
    if receiver != settings.corp_id:
        raise Forbidden("This message is for another company.", "Compare the corp ID with the app's settings.")
    at = instant(fields.get("CreateTime"))
    return Message(fields, at, text if message.method == "GET" else "")


def instant(stamp: object) -> datetime | None:
    """Return the instant of a time in Unix seconds, None when it is none."""
    text = str(stamp or "")
    return datetime.fromtimestamp(int(text), UTC) if text.isdigit() and text != "0" else None


_gateway = QueryTokenGateway("/cgi-bin/", PER_SECOND, _STALE, _token, _read)
