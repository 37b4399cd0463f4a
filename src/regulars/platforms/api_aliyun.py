"""Aliyun's short messages: text, digital and card SMS, their templates, and what became of them.

Nothing that is sent has a key against doubles: what is unclear is never repeated here.
Source: help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-overview.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx2
from pydantic import Field, SecretStr

from regulars.core.ids import new_token
from regulars.platforms import json_answer
from regulars.platforms.contract import Away, Cause, Credentials, Refused, Session, Unclear
from regulars.platforms.signing import aliyun as signing

KEY = "aliyun"
ZONE = ZoneInfo("Asia/Shanghai")
"""All its times are local to it."""
BATCH = 100
"""People of one SendBatchSms or SendBatchCardSms."""
CALLS_PER_SECOND = 1_000
"""Below the 5,000 of SendSms and the 1,000 of SendBatchCardSms."""
_VERSION = "2017-05-25"
_PAGE = 50
_READS = 4
_FIRST_PAUSE_S = 0.2
_FORM = "application/x-www-form-urlencoded"

_UNCLEAR = frozenset({"isp.SYSTEM_ERROR", "SYSTEM_ERROR", "InternalError", "InnerError", "ServiceUnavailable"})
_LIMITED = "isv.BUSINESS_LIMIT_CONTROL"
_WAITS_S: Mapping[str, float] = {"分钟": 60, "小时": 3_600}
_CAUSES: Mapping[str, Cause] = {
    "SignatureDoesNotMatch": "signature",
    "IncompleteSignature": "signature",
    "InvalidTimeStamp.Expired": "signature",
    "SignatureNonceUsed": "signature",
    "InvalidAccessKeyId.NotFound": "signature",
    "InvalidAccessKeyId.Inactive": "signature",
    "isp.RAM_PERMISSION_DENY": "permission",
    "Forbidden.RAM": "permission",
    "NoPermission": "permission",
    "isv.PRODUCT_UN_SUBSCRIPT": "permission",
    "isv.PRODUCT_UNSUBSCRIBE": "permission",
    "isv.AMOUNT_NOT_ENOUGH": "quota",
    "isv.OUT_OF_SERVICE": "quota",
    "isv.DAY_LIMIT_CONTROL": "quota",
    "isv.MONTH_LIMIT_CONTROL": "quota",
    "Throttling": "busy",
    "Throttling.User": "busy",
    "Throttling.Api": "busy",
    "isv.SMS_TEMPLATE_ILLEGAL": "missing",
    "isv.SMS_SIGNATURE_ILLEGAL": "missing",
    "isv.SMS_SIGN_ILLEGAL": "missing",
    "isv.INVALID_PARAMETERS": "input",
    "isv.INVALID_JSON_PARAM": "input",
    "isv.MOBILE_NUMBER_ILLEGAL": "input",
    "isv.MOBILE_COUNT_OVER_LIMIT": "input",
    "isv.TEMPLATE_MISSING_PARAMETERS": "input",
    "isv.TEMPLATE_PARAMS_ILLEGAL": "input",
    "isv.PARAM_LENGTH_LIMIT": "input",
    "isv.BLACK_KEY_CONTROL_LIMIT": "input",
}
_RETRY_S: Mapping[Cause, float] = {"busy": 1, "quota": 3_600}


class AliyunCredentials(Credentials):
    """An access key."""

    access_key_id: SecretStr = Field(title="AccessKey ID", min_length=1)
    access_key_secret: SecretStr = Field(title="AccessKey Secret", min_length=1)


@dataclass(frozen=True, slots=True)
class Sms:
    """A message to one phone number; params: of the template's variables."""

    phone: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class CardTemplates:
    """What a card is made of, and what those get whose phones show none.

    fallback: with "DIGITALSMS" the digital template, with "SMS" the text template must be given.
    """

    card: str
    fallback: Literal["NONE", "SMS", "DIGITALSMS"] = "NONE"
    sms: str = ""
    digital: str = ""


@dataclass(frozen=True, slots=True)
class CardSent:
    """Numbers of what was sent as a card, as digital SMS and as text; fallen_back: phones that get no card."""

    card_id: str
    digital_id: str
    sms_id: str
    fallen_back: frozenset[str]


@dataclass(frozen=True, slots=True)
class SendDetail:
    """What Aliyun knows of one message. at: when it was received, else sent, aware."""

    phone: str
    out_id: str
    state: Literal["waiting", "failed", "delivered"]
    code: str
    content: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """Where the review of a signature or template stands. text: of a template, as submitted."""

    state: Literal["pending", "approved", "rejected", "cancelled"]
    reason: str = ""
    text: str = ""


_STATES: Mapping[int, Literal["waiting", "failed", "delivered"]] = {1: "waiting", 2: "failed", 3: "delivered"}
_REVIEWS: Mapping[int, Literal["pending", "approved", "rejected", "cancelled"]] = {
    0: "pending", 1: "approved", 2: "rejected", 10: "cancelled"
}  # fmt: skip


# --- calls ------------------------------------------------------------------------------------------------
async def call(
    session: Session, action: str, query: Mapping[str, str], *, form: Mapping[str, str] | None = None,
    product: str = "dysmsapi",
) -> dict[str, Any]:  # fmt: skip
    """Make one signed call and return its answer, whose Code is OK. Raises: PlatformError."""
    request = _signed(session, action, query, form or {}, product)
    answer = await session.call(request, api=action)
    said = json_answer.read(KEY, answer)
    code = str(said.get("Code", ""))
    if code == "OK":
        return said
    words = json_answer.masked(said.get("Message", ""))
    if not code or code in _UNCLEAR:
        raise Unclear(KEY, f"Aliyun: {words}", "It may have been done all the same.", platform_code=code)
    cause = "busy" if code == _LIMITED else _CAUSES.get(code, "other")
    wait_s = _RETRY_S.get(cause)
    if code == _LIMITED:  # a number's daily limit: the same again is refused for the rest of the day
        wait_s = next((s for word, s in _WAITS_S.items() if word in words), None)
    raise Refused(KEY, f"Aliyun: {words}", platform_code=code, cause=cause, retry_after_s=wait_s)


async def read(session: Session, action: str, query: Mapping[str, str], *, product: str = "dysmsapi") -> dict[str, Any]:
    """Make a call that changes nothing, again when its answer is missing. Raises: PlatformError.

    Each time it is signed anew: Aliyun takes a nonce only once.
    """
    for attempt in range(_READS - 1):
        try:
            return await call(session, action, query, product=product)
        except (Away, Unclear):
            await asyncio.sleep(_FIRST_PAUSE_S * 2**attempt)
    return await call(session, action, query, product=product)


def _signed(
    session: Session, action: str, query: Mapping[str, str], form: Mapping[str, str], product: str
) -> httpx2.Request:
    settings = AliyunCredentials.model_validate(session.credentials)
    base = session.account.base_url.replace("//dysmsapi.", f"//{product}.")
    asked, body = signing.query(query), signing.query(form).encode()
    headers = {
        "x-acs-action": action,
        "x-acs-version": _VERSION,
        "x-acs-date": session.clock.system_now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": new_token(32),
        "x-acs-content-sha256": signing.digest(body),
        **({"content-type": _FORM} if form else {}),
    }
    request = httpx2.Request("POST", f"{base}/?{asked}", content=body, headers=headers)
    key = (settings.access_key_id.get_secret_value(), settings.access_key_secret.get_secret_value())
    signed = {"host": request.headers["host"], **headers}
    request.headers["authorization"] = signing.authorization(key, signed, query=asked, body=body)
    return request


# --- sending ----------------------------------------------------------------------------------------------
async def send(session: Session, sign_name: str, template: str, messages: Sequence[Sms], *, out_id: str) -> str:
    """Send text or digital SMS by a template to at most 100 people, all or none; return their number (BizId).

    out_id: < 256 characters, comes back with receipts. Raises: PlatformError.
    Source: .../api-dysmsapi-2017-05-25-sendsms, -sendbatchsms; digital SMS go the same way (user-guide
    /send-digital-messages).
    """
    await session.pace("sms", CALLS_PER_SECOND)
    if len(messages) == 1:
        only = messages[0]
        query = {
            "PhoneNumbers": only.phone, "SignName": sign_name, "TemplateCode": template,
            "TemplateParam": _json(dict(only.params)), "OutId": out_id,
        }  # fmt: skip
        return str((await call(session, "SendSms", query)).get("BizId", ""))
    form = {
        "PhoneNumberJson": _json([m.phone for m in messages]),
        "SignNameJson": _json([sign_name] * len(messages)),
        "TemplateParamJson": _json([dict(m.params) for m in messages]),
    }
    said = await call(session, "SendBatchSms", {"TemplateCode": template, "OutId": out_id}, form=form)
    return str(said.get("BizId", ""))


async def send_cards(
    session: Session, sign_name: str, templates: CardTemplates, messages: Sequence[Sms], *, out_id: str
) -> CardSent:
    """Send card SMS to at most 100 people; who has no phone for it gets the fallback. Raises: PlatformError.

    Source: .../api-dysmsapi-2017-05-25-sendbatchcardsms. A card falls back one step only, as its call says.
    """
    await session.pace("cards", CALLS_PER_SECOND)
    params = [dict(m.params) for m in messages]
    query = {
        "CardTemplateCode": templates.card,
        "FallbackType": templates.fallback,
        "PhoneNumberJson": _json([m.phone for m in messages]),
        "SignNameJson": _json([sign_name] * len(messages)),
        "CardTemplateParamJson": _json([{"dyncParams": _json(one)} for one in params]),
        "OutId": out_id,
    }
    if templates.fallback == "SMS":
        query |= {"SmsTemplateCode": templates.sms, "SmsTemplateParamJson": _json(params)}
    if templates.fallback == "DIGITALSMS":
        query |= {"DigitalTemplateCode": templates.digital, "DigitalTemplateParamJson": _json(params)}
    data = (await call(session, "SendBatchCardSms", query)).get("Data") or {}
    fallen = str(data.get("NotMediaMobiles") or "")
    return CardSent(
        str(data.get("BizCardId") or ""),
        str(data.get("BizDigitalId") or ""),
        str(data.get("BizSmsId") or ""),
        frozenset(part for part in fallen.replace("[", "").replace("]", "").replace('"', "").split(",") if part),
    )


# --- questions --------------------------------------------------------------------------------------------
async def sends_to(session: Session, phone: str, day: date) -> list[SendDetail]:
    """Return the messages of a day (of the last 30) to a phone number. Raises: PlatformError.

    Source: .../api-dysmsapi-2017-05-25-querysenddetails.
    """
    found: list[SendDetail] = []
    page = 1
    while True:
        query = {
            "PhoneNumber": phone, "SendDate": f"{day:%Y%m%d}", "PageSize": str(_PAGE), "CurrentPage": str(page),
        }  # fmt: skip
        said = await read(session, "QuerySendDetails", query)
        rows = (said.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
        found += [_detail(row) for row in rows]
        if len(rows) < _PAGE or page * _PAGE >= int(said.get("TotalCount") or 0):
            return found
        page += 1


def _detail(row: Mapping[str, Any]) -> SendDetail:
    return SendDetail(
        phone=str(row.get("PhoneNum", "")),
        out_id=str(row.get("OutId", "")),
        state=_STATES.get(int(row.get("SendStatus", 1)), "waiting"),
        code=str(row.get("ErrCode", "")),
        content=str(row.get("Content", "")),
        at=moment(row.get("ReceiveDate") or row["SendDate"]),
    )


async def template_review(session: Session, template: str) -> Approval:
    """Return where a template's review stands. Raises: PlatformError. Source: .../querysmstemplate."""
    said = await read(session, "QuerySmsTemplate", {"TemplateCode": template})
    return _approval(said.get("TemplateStatus"), said)


async def signature_review(session: Session, sign_name: str) -> Approval:
    """Return where a signature's review stands. Raises: PlatformError. Source: .../querysmssign."""
    said = await read(session, "QuerySmsSign", {"SignName": sign_name})
    return _approval(said.get("SignStatus"), said)


def _approval(state: object, said: Mapping[str, Any]) -> Approval:
    return Approval(_REVIEWS.get(int(str(state)), "pending"), str(said.get("Reason") or ""),
                    str(said.get("TemplateContent") or ""))  # fmt: skip


def moment(text: object) -> datetime:
    """Read one of its times, "2017-01-01 00:00:00". Raises ValueError."""
    return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
