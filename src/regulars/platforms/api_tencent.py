"""Tencent Cloud's short messages: sending, states and replies by number, callbacks, reviews of templates.

Nothing that is sent has a key against doubles. States are asked for by number: the other way, a queue that hands out
each state once, loses what it handed out when an answer is lost.
Source: cloud.tencent.com/document/api/382/55981 and the pages beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx2
from pydantic import Field, SecretStr

from regulars.platforms import json_answer
from regulars.platforms.contract import Cause, Credentials, Incoming, Refused, Session, Unclear
from regulars.platforms.signing import tencent as signing

KEY = "tencent"
BATCH = 200
"""Numbers of one SendSms."""
MESSAGES_PER_SECOND = 3_000
_VERSION, _SERVICE = "2021-01-11", "sms"
_TYPE = "application/json; charset=utf-8"
_PAGE = 100
_BY_NUMBER_PER_SECOND = 20
_CAUSES: Mapping[str, Cause] = {
    "AuthFailure.UnauthorizedOperation": "permission",
    "AuthFailure": "signature",
    "UnauthorizedOperation": "permission",
    "RequestLimitExceeded": "busy",
    "LimitExceeded": "quota",
    "FailedOperation.InsufficientBalanceInSmsPackage": "quota",
    "FailedOperation.TemplateIncorrectOrUnapproved": "missing",
    "FailedOperation.SignatureIncorrectOrUnapproved": "missing",
    "InvalidParameter": "input",
    "InvalidParameterValue": "input",
    "MissingParameter": "input",
}
"""By code, or by its first word."""
_RETRY_S: Mapping[Cause, float] = {"busy": 1, "quota": 3_600}
ANSWER = b'{"result":0,"errmsg":"OK"}'


class TencentCredentials(Credentials):
    """A key of Tencent Cloud and its SMS application."""

    secret_id: SecretStr = Field(title="SecretId", min_length=1)
    secret_key: SecretStr = Field(title="SecretKey", min_length=1)
    sdk_app_id: str = Field(title="SmsSdkAppId", min_length=1, max_length=20)
    region: str = Field(default="ap-guangzhou", max_length=30, title="Region")


@dataclass(frozen=True, slots=True)
class Template:
    """What is sent: an approved signature and template, and the values of its variables in order."""

    sign_name: str
    id: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one number in a request. code "Ok" = taken, under this serial. parts: paid ones, 0 = not said."""

    phone: str
    code: str
    serial: str
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """A state or a reply. phone: +86…. context: what was given when it was sent, "" in callbacks."""

    state: Literal["delivered", "failed", "replied"]
    at: datetime
    phone: str
    serial: str = ""
    context: str = ""
    code: str = ""
    text: str = ""


async def _call(session: Session, action: str, given: Mapping[str, object], *, repeatable: bool) -> dict[str, Any]:
    settings = TencentCredentials.model_validate(session.credentials)
    body = json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()
    at = session.clock.system_now()
    request = httpx2.Request("POST", f"{session.account.base_url}/", content=body, headers={"content-type": _TYPE})
    request.headers.update(
        {
            "x-tc-action": action, "x-tc-version": _VERSION, "x-tc-region": settings.region,
            "x-tc-timestamp": str(int(at.timestamp())),
        }
    )  # fmt: skip
    signed = {name: request.headers[name] for name in ("content-type", "host", "x-tc-action")}
    key = (settings.secret_id.get_secret_value(), settings.secret_key.get_secret_value())
    request.headers["authorization"] = signing.authorization(key, _SERVICE, at, headers=signed, body=body)
    answer = await session.call(request, api=action, repeatable=repeatable)
    said = json_answer.read(KEY, answer).get("Response")
    if not isinstance(said, dict):
        raise Unclear(KEY, "Tencent's answer cannot be read.", "It may have been done all the same.")
    if error := said.get("Error"):
        raise _refusal(str(error.get("Code", "")), json_answer.masked(error.get("Message", "")))
    return said


def _refusal(code: str, words: str) -> Refused | Unclear:
    if not code or code.startswith("InternalError"):
        return Unclear(KEY, f"Tencent: {words}", "It may have been done all the same.", platform_code=code)
    cause = _CAUSES.get(code) or _CAUSES.get(code.split(".")[0], "other")
    return Refused(KEY, f"Tencent: {words}", platform_code=code, cause=cause, retry_after_s=_RETRY_S.get(cause))


async def send(session: Session, template: Template, phones: Sequence[str], *, context: str) -> list[Sent]:
    """Send the same text to at most 200 numbers (+86…); each is taken or refused by itself. Raises: PlatformError.

    context: < 512 bytes, comes back when states are asked for.
    """
    await session.pace("messages", MESSAGES_PER_SECOND, len(phones))
    settings = TencentCredentials.model_validate(session.credentials)
    given = {
        "PhoneNumberSet": list(phones), "SmsSdkAppId": settings.sdk_app_id, "SignName": template.sign_name,
        "TemplateId": template.id, "TemplateParamSet": list(template.values), "SessionContext": context,
    }  # fmt: skip
    said = await _call(session, "SendSms", given, repeatable=False)
    rows = said.get("SendStatusSet")
    if not isinstance(rows, list):
        raise Unclear(KEY, "Tencent's answer cannot be read.", "It may have been done all the same.")
    return [
        Sent(str(r.get("PhoneNumber")), str(r.get("Code")), str(r.get("SerialNo") or ""), int(r.get("Fee") or 0))
        for r in rows
    ]


async def states(session: Session, phone: str, begin: datetime, end: datetime) -> list[Report]:
    """Return what became of the messages to a number, of the last 7 days at most. Raises: PlatformError."""
    rows = await _by_number(session, "SendStatus", phone, (begin, end))
    return [
        Report(
            "delivered" if row.get("ReportStatus") == "SUCCESS" else "failed",
            datetime.fromtimestamp(int(row["UserReceiveTime"]), UTC),
            phone,
            serial=str(row.get("SerialNo") or ""),
            context=str(row.get("SessionContext") or ""),
            code="" if row.get("ReportStatus") == "SUCCESS" else str(row.get("Description") or ""),
        )
        for row in rows
    ]


async def replies(session: Session, phone: str, begin: datetime, end: datetime) -> list[Report]:
    """Return what a number answered, of the last 7 days at most. Raises: PlatformError."""
    rows = await _by_number(session, "ReplyStatus", phone, (begin, end))
    return [
        Report("replied", datetime.fromtimestamp(int(row["ReplyTime"]), UTC), phone, text=str(row.get("ReplyContent")))
        for row in rows
    ]


async def _by_number(session: Session, what: str, phone: str, span: tuple[datetime, datetime]) -> list[dict[str, Any]]:
    """Read all pages. Source: cloud.tencent.com/document/api/382/55976 (PullSms...ByPhoneNumber)."""
    await session.pace("by_number", _BY_NUMBER_PER_SECOND)
    settings = TencentCredentials.model_validate(session.credentials)
    given = {
        "BeginTime": int(span[0].timestamp()), "EndTime": int(span[1].timestamp()), "Offset": 0, "Limit": _PAGE,
        "PhoneNumber": phone, "SmsSdkAppId": settings.sdk_app_id,
    }  # fmt: skip
    said = await _call(session, f"PullSms{what}ByPhoneNumber", given, repeatable=True)
    return list(said.get(f"PullSms{what}Set") or [])


async def template_review(session: Session, template: str) -> tuple[str, str, str]:
    """Return "approved", "pending", "rejected" or, when it is unknown, "missing"; why; its text. Raises: PlatformError.

    Source: cloud.tencent.com/document/api/382/52070 (DescribeSmsTemplateList).
    """
    if not template.isdecimal():
        return "missing", "", ""
    given = {"TemplateIdSet": [int(template)], "International": 0}
    said = await _call(session, "DescribeSmsTemplateList", given, repeatable=True)
    for row in said.get("DescribeTemplateStatusSet") or []:
        if str(row.get("TemplateId")) == template:
            state = {0: "approved", 1: "pending"}.get(int(row.get("StatusCode", 1)), "rejected")
            return state, str(row.get("ReviewReply") or ""), str(row.get("TemplateContent") or "")
    return "missing", "", ""


def reports(message: Incoming) -> list[Report]:
    """Read a callback: a list of states, or one reply. Raises: ValueError, KeyError.

    Source: cloud.tencent.com/document/product/382/59178 (states), /59179 (replies).
    """
    said = json.loads(message.body)
    return [_state(row) for row in said] if isinstance(said, list) else [_reply(said)]


def _state(row: Mapping[str, Any]) -> Report:
    good = row["report_status"] == "SUCCESS"
    at = datetime.strptime(row["user_receive_time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    code = "" if good else str(row.get("errmsg", ""))
    return Report("delivered" if good else "failed", at, _phone(row), serial=str(row["sid"]), code=code)


def _reply(row: Mapping[str, Any]) -> Report:
    return Report("replied", datetime.fromtimestamp(int(row["time"]), UTC), _phone(row), text=str(row["text"]))


def _phone(row: Mapping[str, Any]) -> str:
    return f"+{row.get('nationcode') or '86'}{row['mobile']}"
