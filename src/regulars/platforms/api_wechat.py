"""WeChat official accounts and mini programs: followers, messages to them, sign-in codes, and messages to us.

Source: developers.weixin.qq.com/doc/service/api (accounts), /miniprogram/dev/OpenApiDoc (programs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx2
from pydantic import Field, SecretStr

from regulars.core.errors import Forbidden
from regulars.platforms.contract import Cause, Credentials, Incoming, Refused, Session, Token, Unclear
from regulars.platforms.signing import weixin as signing
from regulars.platforms.signing.weixin import many as many
from regulars.platforms.tokens import QueryTokenGateway

KEY = "wechat"
PER_SECOND = 100
"""Ours: WeChat counts by day and API."""
FOLLOWERS_AT_ONCE = 10_000
DETAILS_AT_ONCE = 100
_BUSY_S, _QUOTA_S = 10.0, 3_600.0
_STALE = frozenset({"40001", "40014", "42001", "41001"})
_CAUSES: Mapping[str, Cause] = {
    "-1": "busy", "45011": "busy", "45009": "quota", "45047": "quota",
    "40001": "token", "40014": "token", "42001": "token", "41001": "token",
    "40013": "signature", "40125": "signature", "40164": "address", "61004": "address",
    "48001": "permission", "48004": "permission", "50002": "permission", "61007": "permission",
    "40003": "missing", "43004": "missing", "43101": "missing", "43116": "missing",
    "40037": "input", "47003": "input", "41030": "input", "40029": "input", "40163": "input", "47001": "input",
}  # fmt: skip
"""Source: developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html. 43004: follows no
longer. 43101: never allowed the template, or refused it since."""


class WechatCredentials(Credentials):
    """An official account or a mini program. token and aes_key: of its "message push" settings.

    Without an EncodingAESKey messages come unsealed.
    """

    sort: Literal["account", "program"] = Field(default="account", title="Official account or mini program")
    app_id: str = Field(title="App ID", min_length=1)
    secret: SecretStr = Field(title="App secret", min_length=1)
    token: SecretStr = Field(default=SecretStr(""), title="Token")
    aes_key: SecretStr = Field(default=SecretStr(""), title="EncodingAESKey")


@dataclass(frozen=True, slots=True)
class Follower:
    """Who follows an account. unionid: "" where the account is bound to no open platform. code: of the QR code."""

    openid: str
    unionid: str
    followed_at: datetime | None
    scene: str
    code: str
    follows: bool


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signed in to a mini program."""

    openid: str
    unionid: str


def settings_of(session: Session) -> WechatCredentials:
    """Return the account's settings, typed."""
    return WechatCredentials.model_validate(session.credentials)


# --- calls ------------------------------------------------------------------------------------------------
async def get(session: Session, path: str, **params: str | int) -> dict[str, Any]:
    """Ask for something. path: below the platform's address. Raises: PlatformError."""
    return await _gateway.get(session, path, params)


async def post(session: Session, path: str, body: Mapping[str, object], *, repeatable: bool = False) -> dict[str, Any]:
    """Post something, once unless repeatable. Raises: PlatformError."""
    return await _gateway.post(session, path, body, repeatable=repeatable)


async def _token(session: Session, stale: str) -> str:
    """Return the access token: the stable one, which other programs with the same secret do not end.

    Source: developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html. Only when WeChat gives the
    refused one again is another made by force, which it allows 20 times a day.
    """
    settings = settings_of(session)

    async def asked(*, force: bool) -> Token:
        body = {
            "grant_type": "client_credential", "appid": settings.app_id,
            "secret": settings.secret.get_secret_value(), "force_refresh": force,
        }  # fmt: skip
        request = httpx2.Request("POST", f"{session.account.base_url}/cgi-bin/stable_token", json=body)
        said = _read(await session.call(request, api="stable_token", repeatable=not force))
        lives = timedelta(seconds=int(said.get("expires_in", 7200)))
        return Token(str(_wanted(said, "access_token")), session.clock.system_now() + lives)

    async def fetch() -> Token:
        found = await asked(force=False)
        return await asked(force=True) if found.value == stale else found

    return await session.token("access", fetch, stale=stale)


def _read(answer: httpx2.Response) -> dict[str, Any]:
    if answer.status_code == 429:
        raise Refused(KEY, "WeChat asks for fewer calls.", platform_code="429", cause="busy", retry_after_s=_BUSY_S)
    try:
        said: dict[str, Any] = answer.json()
        code, words = str(said.get("errcode", 0)), str(said.get("errmsg", ""))
    except (ValueError, AttributeError) as error:
        raise Unclear(KEY, "WeChat's answer cannot be read.", "It may have been done all the same.") from error
    if code == "0":
        return said
    cause = _CAUSES.get(code, "other")
    retry_after_s = {"busy": _BUSY_S, "quota": _QUOTA_S}.get(cause)
    plain = words.split(" rid:")[0][:200]
    raise Refused(KEY, f"WeChat: {plain}", platform_code=code, cause=cause, retry_after_s=retry_after_s)


def _wanted(said: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - of an answer's JSON
    if name not in said:
        raise Unclear(KEY, "WeChat's answer cannot be read.", "It may have been done all the same.")
    return said[name]


# --- followers --------------------------------------------------------------------------------------------
async def follower_ids(session: Session, *, after: str = "") -> tuple[list[str], str]:
    """Return up to 10,000 openids after one, and the last of them or "" when there are no more.

    Source: developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_getfans.html.
    """
    said = await get(session, "cgi-bin/user/get", **({"next_openid": after} if after else {}))
    ids = [str(one) for one in (said.get("data") or {}).get("openid", ())]
    return ids, str(said.get("next_openid") or "") if len(ids) == FOLLOWERS_AT_ONCE else ""


async def followers(session: Session, openids: Sequence[str]) -> list[Follower]:
    """Return up to 100 followers. Nickname and gender are not given any more.

    Source: developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_batchuserinfo.html.
    """
    body = {"user_list": [{"openid": one, "lang": "zh_CN"} for one in openids]}
    said = await post(session, "cgi-bin/user/info/batchget", body, repeatable=True)
    return [_follower(row) for row in said.get("user_info_list") or ()]


async def follower(session: Session, openid: str) -> Follower:
    """Return one follower, or who they were when they follow no longer (then without unionid)."""
    return _follower(await get(session, "cgi-bin/user/info", openid=openid, lang="zh_CN"))


def _follower(row: Mapping[str, Any]) -> Follower:
    follows = int(row.get("subscribe", 0)) == 1
    return Follower(
        str(row["openid"]), str(row.get("unionid") or ""), instant(row.get("subscribe_time")),
        str(row.get("subscribe_scene") or ""), str(row.get("qr_scene_str") or row.get("qr_scene") or ""), follows,
    )  # fmt: skip


# --- messages to people -----------------------------------------------------------------------------------
async def send_template(
    session: Session, openid: str, template: str, data: Mapping[str, str], *, key: str, link: str = ""
) -> str:
    """Send a template message and return its msgid. key: WeChat takes openid + key once within ten minutes.

    Source: developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html. Not confirmed: what
    a second call with the same key is answered; therefore it is not repeated here.
    """
    body: dict[str, object] = {
        "touser": openid, "template_id": template, "client_msg_id": key,
        "data": {name: {"value": value} for name, value in data.items()},
    }  # fmt: skip
    if link:
        body["url"] = link
    return str(_wanted(await post(session, "cgi-bin/message/template/send", body), "msgid"))


async def send_subscribed(
    session: Session, openid: str, template: str, data: Mapping[str, str], *, page: str = ""
) -> str:
    """Send a message of a template that the person has allowed, once for each time they did; return its msgid or "".

    Source: api_sendnewsubscribemsg (accounts: bizsend), subscribeMessage.send (programs). No key against doubles.
    """
    program = settings_of(session).sort == "program"
    path = "cgi-bin/message/subscribe/send" if program else "cgi-bin/message/subscribe/bizsend"
    body: dict[str, object] = {
        "touser": openid, "template_id": template, "data": {name: {"value": value} for name, value in data.items()},
    }  # fmt: skip
    if page:
        body["page"] = page
    return str((await post(session, path, body)).get("msgid") or "")


# --- mini programs ----------------------------------------------------------------------------------------
async def sign_in(session: Session, code: str) -> SignIn:
    """Tell whose sign-in code it is; it is good once, for five minutes. The session key stays with WeChat.

    Source: developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html.
    """
    settings = settings_of(session)
    await session.pace("api", PER_SECOND)
    request = httpx2.Request(
        "GET",
        f"{session.account.base_url}/sns/jscode2session",
        params={
            "appid": settings.app_id, "secret": settings.secret.get_secret_value(), "js_code": code,
            "grant_type": "authorization_code",
        },
    )  # fmt: skip
    said = _read(await session.call(request, api="jscode2session"))
    return SignIn(str(_wanted(said, "openid")), str(said.get("unionid") or ""))


async def phone(session: Session, code: str) -> str:
    """Return the phone number that a person gave a mini program, "+<country><number>". code: good once, five minutes.

    Source: developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html.
    """
    info = _wanted(await post(session, "wxa/business/getuserphonenumber", {"code": code}), "phone_info")
    return f"+{info['countryCode']}{info['purePhoneNumber']}"


# --- messages to us ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Message:
    """What WeChat told us. fields: of its XML. echo: what it wants to hear (the address being set up)."""

    fields: Mapping[str, Any]
    at: datetime | None
    echo: str = ""


def read_message(settings: WechatCredentials, message: Incoming) -> Message:
    """Read a message of WeChat, sealed or not. Raises Forbidden when it is not WeChat's.

    With an EncodingAESKey in the settings only sealed messages are believed: the plain signature does not cover what
    a message says.
    """
    given, token, key = message.query, settings.token.get_secret_value(), settings.aes_key.get_secret_value()
    times = given.get("timestamp", ""), given.get("nonce", "")
    sealed = signing.sealed_part(message.body) if key and message.method != "GET" else ""
    signed = given.get("msg_signature" if sealed else "signature", "")
    wants_seal = bool(key) and message.method != "GET" and not sealed
    if not token or wants_seal or not signing.is_signed(signed, token, *times, *((sealed,) if sealed else ())):
        raise Forbidden(
            "This message is not WeChat's.", "Compare Token and EncodingAESKey with the account's settings."
        )
    if message.method == "GET":
        return Message({}, None, given.get("echostr", ""))
    try:
        text, receiver = signing.unseal(key, sealed) if sealed else (message.body.decode(), settings.app_id)
        fields = signing.read_xml(text)
    except ValueError as error:
        raise Forbidden(
            "This message cannot be opened.", "Compare Token and EncodingAESKey with the account's settings."
        ) from error
    if receiver != settings.app_id:
        raise Forbidden("This message is for another account.", "Compare the app ID with the account's settings.")
    return Message(fields, instant(fields.get("CreateTime")))


def instant(stamp: object) -> datetime | None:
    """Return the instant of a time in Unix seconds, None when it is none."""
    text = str(stamp or "")
    return datetime.fromtimestamp(int(text), UTC) if text.isdigit() and text != "0" else None


_gateway = QueryTokenGateway("/", PER_SECOND, _STALE, _token, _read)
