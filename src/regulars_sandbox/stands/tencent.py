"""Tencent Cloud's short messages."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn
from regulars_sandbox.sms_size import paid_parts

SECRET_ID = "AKIDsandbox0123456789"  # noqa: S105 - of the sandbox, which guards nothing
SECRET_KEY = "sandbox-secret-key"  # noqa: S105 - of the sandbox, which guards nothing
APP_ID = "1400006666"
SIGN = "瑞果生鲜"
_SKEW_S = 300
_FINAL_AFTER = timedelta(seconds=5)
_MOST = 200
_DAILY = 10
_HALF_MINUTE, _DAY = timedelta(seconds=30), timedelta(days=1)
_AUTH = re.compile(
    r"TC3-HMAC-SHA256 Credential=(\S+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, SignedHeaders=(\S+), Signature=([0-9a-f]{64})"
)
_PHONE = re.compile(r"\+86(1\d{10})")
_TEMPLATES: Mapping[str, tuple[str, int]] = {
    "2100001": ("{1}，您有{2}张券将到期，回店即用。", 0),
    "2100002": ("周三会员日，全场水果九折。", 0),
    "2100003": ("审核中的模板", 1),
}
_ZONE = ZoneInfo("Asia/Shanghai")


class No(Exception):
    """A call is refused."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        error = {"Code": code, "Message": words}
        self.answer = Answer.of({"Response": {"Error": error, "RequestId": "ed93f3cb-f35e-473f-b9f3-0d451b8b79c6"}})


@dataclass(slots=True)
class Message:
    """One message to one number."""

    phone: str
    content: str
    serial: str
    context: str
    at: datetime
    failure: str
    reported: bool = False


def expected(key: str, service: str, stamp: str, signed: list[tuple[str, str]], body: bytes) -> str:
    """Return what the signature of a call must be."""
    names = ";".join(name for name, _ in signed)
    block = "".join(f"{name}:{value.strip().lower()}\n" for name, value in signed)
    request = f"POST\n/\n\n{block}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    day = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
    text = f"TC3-HMAC-SHA256\n{stamp}\n{day}/{service}/tc3_request\n{hashlib.sha256(request.encode()).hexdigest()}"

    def mac(by: bytes, what: str) -> bytes:
        return hmac.new(by, what.encode("utf-8"), hashlib.sha256).digest()

    derived = mac(mac(mac(b"TC3" + key.encode(), day), service), "tc3_request")
    return mac(derived, text).hex()


class Tencent(StandIn):
    """Takes numbers one by one: some of a request may be refused while others are sent."""

    key: ClassVar[str] = "tencent"
    title: ClassVar[str] = "Tencent Cloud SMS 腾讯云短信"
    page: ClassVar[str] = "https://cloud.tencent.com/document/api/382/55981"
    verbs: ClassVar[Mapping[str, str]] = {
        "number": "phone* state*",
        "review": "template* state* reason",
        "report": "",
        "reply": "phone* content*",
    }

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.messages: list[Message] = []
        self.replies: list[dict[str, Any]] = []
        self.numbers: dict[str, str] = {}
        self.templates = {number: (text, state, "") for number, (text, state) in _TEMPLATES.items()}
        self._actions = {
            "SendSms": self._send,
            "PullSmsSendStatusByPhoneNumber": self._states,
            "PullSmsReplyStatusByPhoneNumber": self._replies,
            "DescribeSmsTemplateList": self._templates,
        }

    def credentials(self) -> dict[str, Any]:
        """Return the key of the sandbox."""
        return {
            "secret_id": SECRET_ID, "secret_key": SECRET_KEY, "sdk_app_id": APP_ID
        }  # fmt: skip

    def api_of(self, call: Call) -> str:
        """Name the API."""
        return call.headers.get("x-tc-action", "")

    async def answer(self, call: Call) -> Answer:
        """Verify, then do what is asked."""
        try:
            self._verify(call)
            action = self._actions.get(self.api_of(call))
            if action is None or call.headers.get("x-tc-version") != "2021-01-11":
                raise No("InvalidAction", "The action does not exist in this version.")
            given = call.json()
            if given.get("SmsSdkAppId", APP_ID) != APP_ID:
                raise No("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId verification failed")
            return action(given)
        except No as no:
            return no.answer
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return No("InvalidParameter", f"Parameter {error} is missing or malformed.").answer

    def _verify(self, call: Call) -> None:
        found = _AUTH.fullmatch(call.headers.get("authorization", ""))
        stamp = call.headers.get("x-tc-timestamp", "")
        if (call.method, call.path) != ("POST", "/") or found is None or not stamp.isdigit():
            raise No("AuthFailure.InvalidAuthorization", "请求头部的 Authorization 不符合腾讯云标准。")
        if abs(self.house.now().timestamp() - int(stamp)) > _SKEW_S:
            raise No("AuthFailure.SignatureExpire", "签名过期。Timestamp 和服务器时间相差不得超过五分钟。")
        secret_id, day, names, signature = found.groups()
        if secret_id != SECRET_ID:
            raise No("AuthFailure.SecretIdNotFound", "密钥不存在。")
        signed = names.split(";")
        if not {"content-type", "host"} <= set(signed) <= set(call.headers) or signed != sorted(signed):
            raise No("AuthFailure.InvalidAuthorization", "SignedHeaders 不正确。")
        right = expected(SECRET_KEY, "sms", stamp, [(n, call.headers[n]) for n in signed], call.body)
        same_day = day == datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
        if not same_day or not hmac.compare_digest(right, signature) or call.query:
            raise No(
                "AuthFailure.SignatureFailure",
                "签名错误。签名计算错误，请对照调用方式中的签名方法文档检查签名计算过程。",
            )

    def _send(self, given: Mapping[str, Any]) -> Answer:
        phones = given["PhoneNumberSet"]
        if not 0 < len(phones) <= _MOST:
            raise No("LimitExceeded.PhoneNumberCountLimit", "号码数量超过上限")
        text, state, _ = self.templates.get(str(given["TemplateId"]), ("", -1, ""))
        if state != 0:
            raise No("FailedOperation.TemplateIncorrectOrUnapproved", "模版未审批或内容不匹配。")
        if given["SignName"] != SIGN:
            raise No("FailedOperation.SignatureIncorrectOrUnapproved", "签名未审批或格式错误。")
        values = given.get("TemplateParamSet") or []
        if len(values) != len(set(re.findall(r"\{\d+\}", text))):
            raise No("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "请求内容与审核通过的模板内容不匹配。")
        context = given.get("SessionContext", "")
        if len(context.encode()) > 512:
            raise No("InvalidParameterValue.SessionContextLength", "SessionContext 过长")
        for number, value in enumerate(values, start=1):
            text = text.replace(f"{{{number}}}", str(value))
        rows, counted = [], []
        for phone in phones:
            code = self._taken(phone)
            serial = ""
            if code == "Ok":
                serial = f"5000:{10_000_000 + len(self.messages)}"
                failure = "MBBLACK" if self.numbers.get(phone) == "off" else ""
                self.messages.append(Message(phone, f"【{SIGN}】{text}", serial, context, self.house.now(), failure))
                counted.append(f"{phone} {hashlib.sha256(text.encode()).hexdigest()[:12]}")
            rows.append(
                {
                    "SerialNo": serial, "PhoneNumber": phone, "SessionContext": context,
                    "Fee": paid_parts(f"【{SIGN}】{text}") if serial else 0,
                    "Code": code, "Message": "send success" if serial else "refused", "IsoCode": "CN",
                }
            )  # fmt: skip
        return _ok({"SendStatusSet": rows}, tuple(counted))

    def _taken(self, phone: object) -> str:
        if not _PHONE.fullmatch(str(phone)):
            return "InvalidParameterValue.IncorrectPhoneNumber"
        if self.numbers.get(str(phone)) == "blacklist":
            return "FailedOperation.PhoneNumberInBlacklist"
        now = self.house.now()
        times = [m.at for m in self.messages if m.phone == phone]
        if any(at > now - _HALF_MINUTE for at in times):
            return "LimitExceeded.PhoneNumberThirtySecondLimit"
        return "LimitExceeded.PhoneNumberDailyLimit" if sum(at > now - _DAY for at in times) >= _DAILY else "Ok"

    def _states(self, given: Mapping[str, Any]) -> Answer:
        now = self.house.now()
        rows = [
            {
                "UserReceiveTime": int(m.at.timestamp()), "CountryCode": "86", "SubscriberNumber": m.phone[3:],
                "PhoneNumber": m.phone, "SerialNo": m.serial, "SessionContext": m.context,
                "ReportStatus": "FAIL" if m.failure else "SUCCESS", "Description": m.failure or "DELIVRD",
            }
            for m in self.messages
            if m.phone == given["PhoneNumber"] and now >= m.at + _FINAL_AFTER and _within(m.at, given, now)
        ]  # fmt: skip
        return _ok({"PullSmsSendStatusSet": rows[: int(given["Limit"])]})

    def _replies(self, given: Mapping[str, Any]) -> Answer:
        rows = [
            {
                "ExtendCode": "01", "CountryCode": "86", "PhoneNumber": given["PhoneNumber"], "SignName": SIGN,
                "ReplyContent": r["text"], "ReplyTime": r["time"], "SubscriberNumber": r["mobile"],
            }
            for r in self.replies
            if f"+86{r['mobile']}" == given["PhoneNumber"]
            and _within(datetime.fromtimestamp(r["time"], UTC), given, self.house.now())
        ]  # fmt: skip
        return _ok({"PullSmsReplyStatusSet": rows[: int(given["Limit"])]})

    def _templates(self, given: Mapping[str, Any]) -> Answer:
        rows = [
            {
                "TemplateId": number, "International": given["International"], "StatusCode": state,
                "ReviewReply": reply, "TemplateName": "模板", "TemplateContent": text,
            }
            for number in given["TemplateIdSet"]
            for text, state, reply in [self.templates.get(str(number), ("", -9, ""))]
            if state != -9
        ]  # fmt: skip
        return _ok({"DescribeTemplateStatusSet": rows})

    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse with Tencent's own codes."""
        del call
        return {
            "rate": No("RequestLimitExceeded", "请求的次数超过了频率限制。"),
            "token": No("AuthFailure.TokenFailure", "token 错误。"),
            "permission": No("UnauthorizedOperation", "未授权操作。"),
            "server": No("InternalError.OtherError", "其他错误。"),
        }[why].answer

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Do one of `verbs`. state of a number: off, blacklist; of a review: as Tencent counts them."""
        if verb == "review":
            number = str(given["template"])
            self.templates[number] = (self.templates[number][0], int(given["state"]), str(given.get("reason", "")))
            return {}
        if verb == "number":
            self.numbers[str(given["phone"])] = str(given["state"])
            return {}
        if verb == "reply":
            found = _PHONE.fullmatch(str(given["phone"]))
            row = {
                "extend": "01", "mobile": found[1] if found else "", "nationcode": "86", "sign": SIGN,
                "text": given["content"], "time": int(self.house.now().timestamp()),
            }  # fmt: skip
            self.replies.append(row)
            return {"status": await self._push(row)}
        if verb == "report":
            fresh = [m for m in self.messages if not m.reported]
            for message in fresh:
                message.reported = True
            return {"pushed": len(fresh), "status": await self._push([_report(m) for m in fresh])}
        raise KeyError(f"tencent has no verb {verb!r}")

    async def _push(self, body: object) -> int:
        url = self.house.callback(self.key)
        if not url:
            return 0
        sent = json.dumps(body, ensure_ascii=False).encode()
        return await self.house.push(Push(self.key, url, sent, {"content-type": "application/json"}))

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the Authorization of a vector's call: id, key, service, timestamp, headers, body."""
        if name != "authorization":
            raise KeyError(name)
        signed = sorted((n, v) for n, _, v in (line.partition(": ") for line in given["headers"].splitlines()))
        signature = expected(given["key"], given["service"], given["timestamp"], signed, given["body"].encode())
        day = datetime.fromtimestamp(int(given["timestamp"]), UTC).strftime("%Y-%m-%d")
        scope = f"{given['id']}/{day}/{given['service']}/tc3_request"
        names = ";".join(n for n, _ in signed)
        return f"TC3-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"


def _within(at: datetime, given: Mapping[str, Any], now: datetime) -> bool:
    return int(given["BeginTime"]) <= int(at.timestamp()) <= int(given.get("EndTime") or now.timestamp())


def _report(message: Message) -> dict[str, Any]:
    return {
        "user_receive_time": message.at.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S"), "nationcode": "86",
        "mobile": message.phone[3:], "report_status": "FAIL" if message.failure else "SUCCESS",
        "errmsg": message.failure or "DELIVRD", "description": "用户短信送达成功", "sid": message.serial,
    }  # fmt: skip


def _ok(said: dict[str, Any], counted: tuple[str, ...] = ()) -> Answer:
    return Answer.of({"Response": {**said, "RequestId": "a0aabda6-cf91-4f3e-a81f-9198114a2279"}}, counted=counted)
