"""Aliyun's short messages and voice calls."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn
from regulars_sandbox.stands.aliyun import sms, voice
from regulars_sandbox.stands.aliyun.state import Message, No, State, Template, ok, shown

KEY_ID = "LTAIsandbox000000000001"
KEY_SECRET = "sandbox-access-key-secret"  # noqa: S105 - of the sandbox, which guards nothing
SIGN = "瑞果生鲜"
_SKEW = timedelta(minutes=15)
_AUTH = re.compile(r"ACS3-HMAC-SHA256 Credential=(\S+?),SignedHeaders=(\S+?),Signature=([0-9a-f]{64})")
_PER_PUSH = 50
_LINK = re.compile(r"/l/([0-9A-Za-z]{10,40})")
_PHONE_BROWSER = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
_TEMPLATES = {
    "SMS_100001": "亲爱的${name}，您有${n}张券将于${day}到期，回店即用。",
    "SMS_100002": "周三会员日，全场水果九折。",
    "SMS_100004": "您的会员价已留好，今晚前有效：https://t.sandbox.example/l/${code} 拒收请回复R",
    "DIGITAL_SMS_200001": "${name}，当季水果画册已送到您手机。",
    "CARD_SMS_300001": "${name}，会员日图文卡片",
    "TTS_400001": "${name}您好，您预订的水果已到店，请今天来取。",
    "r-500001.wav": "（录音）会员日提醒",
}


def _mac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def expected(secret: str, query: list[tuple[str, str]], headers: list[tuple[str, str]], body_hash: str) -> str:
    """Return what the signature of a call must be."""
    asked = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query))
    parts = ["POST", "/", asked, *(f"{name}:{value}" for name, value in headers), ""]
    canonical = "\n".join([*parts, ";".join(name for name, _ in headers), body_hash])
    return _mac(secret, "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest())


class Aliyun(StandIn):
    """SMS and voice behind one address; templates and signatures are there, some not approved."""

    key: ClassVar[str] = "aliyun"
    title: ClassVar[str] = "Aliyun SMS and voice 阿里云短信与语音"
    page: ClassVar[str] = "https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-overview"
    verbs: ClassVar[Mapping[str, str]] = {
        "number": "phone* state*",
        "review": "template sign state* reason",
        "broke": "on*",
        "report": "",
        "reply": "content* phone percent",
        "click": "percent",
    }

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.state = State()
        self.state.signs = {SIGN: Template(""), "新店": Template("", 0)}
        self.state.templates = {code: Template(text) for code, text in _TEMPLATES.items()}
        self.state.templates["SMS_100003"] = Template("审核中的模板", 0)
        self._nonces: set[str] = set()
        state = self.state
        self._actions: dict[str, Callable[[Mapping[str, str], datetime], Answer]] = {
            "SendSms": partial(sms.send, state),
            "SendBatchSms": partial(sms.send_batch, state),
            "SendBatchCardSms": partial(sms.send_cards, state),
            "QuerySendDetails": partial(sms.query, state),
            "QuerySmsTemplate": lambda g, _: sms.review(state.templates, g.get("TemplateCode", ""), "Template"),
            "QuerySmsSign": lambda g, _: sms.review(state.signs, g.get("SignName", ""), "Sign"),
            "QuerySmsSignList": lambda _, __: ok(SmsSignList=[{"SignName": name} for name in state.signs]),
            "QuerySmsTemplateList": lambda _, __: ok(SmsTemplateList=[{"TemplateCode": c} for c in state.templates]),
            "SingleCallByTts": partial(voice.ring_up, state, field="TtsCode"),
            "SingleCallByVoice": partial(voice.ring_up, state, field="VoiceCode"),
            "QueryCallDetailByCallId": partial(voice.detail, state),
        }

    def credentials(self) -> dict[str, Any]:
        """Return the key of the sandbox."""
        return {"access_key_id": KEY_ID, "access_key_secret": KEY_SECRET}

    def api_of(self, call: Call) -> str:
        """Name the API."""
        return call.headers.get("x-acs-action", "")

    async def answer(self, call: Call) -> Answer:
        """Verify, then do what is asked."""
        try:
            self._verify(call)
            action = self._actions.get(self.api_of(call))
            if action is None:
                raise No("InvalidAction.NotFound", "Specified api is not found, please check your url and method.", 404)
            return action({**call.params(), **call.form()}, self.house.now())
        except No as no:
            return no.answer
        except (UnicodeDecodeError, AttributeError, TypeError, KeyError) as error:
            return No("isv.INVALID_PARAMETERS", f"参数异常 {type(error).__name__}").answer

    def _verify(self, call: Call) -> None:
        found = _AUTH.fullmatch(call.headers.get("authorization", ""))
        if (call.method, call.path) != ("POST", "/") or found is None:
            raise No("IncompleteSignature", "The request signature does not conform to Aliyun standards.", 400)
        key_id, names, signature = found.groups()
        if key_id != KEY_ID:
            raise No("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        must = {n for n in call.headers if n == "host" or n == "content-type" or n.startswith("x-acs-")}
        signed = names.split(";")
        if signed != sorted(signed) or not must <= set(signed) or not set(signed) <= set(call.headers):
            raise No("IncompleteSignature", "The request signature does not conform to Aliyun standards.", 400)
        self._fresh(call)
        body_hash = hashlib.sha256(call.body).hexdigest()
        query = parse_qsl(call.query.decode(), keep_blank_values=True)
        right = expected(KEY_SECRET, query, [(n, call.headers[n].strip()) for n in signed], body_hash)
        if call.headers["x-acs-content-sha256"] != body_hash or not hmac.compare_digest(signature, right):
            raise No("SignatureDoesNotMatch", "Specified signature is not matched with our calculation.", 400)
        nonce = call.headers["x-acs-signature-nonce"]
        if nonce in self._nonces:
            raise No("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
        self._nonces.add(nonce)
        if call.headers["x-acs-version"] != "2017-05-25":
            raise No("InvalidVersion", "Specified parameter Version is not valid.", 400)

    def _fresh(self, call: Call) -> None:
        wanted = {"x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
        try:
            if not wanted <= set(call.headers):
                raise ValueError("headers")
            at = datetime.strptime(call.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise No("MissingParameter", "A mandatory header is missing or malformed.", 400) from error
        if abs(self.house.now() - at) > _SKEW:
            raise No("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)

    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse with Aliyun's own codes."""
        del call
        return {
            "rate": No("Throttling.User", "Request was denied due to user flow control.", 400),
            "token": No("InvalidAccessKeyId.Inactive", "Specified access key is disabled.", 400),
            "permission": No("isp.RAM_PERMISSION_DENY", "RAM权限不足"),
            "server": No("isp.SYSTEM_ERROR", "系统错误"),
        }[why].answer

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Do one of `verbs`. number: off, blacklist, no_card. percent: of those who got one, each only once."""
        if verb == "number":
            self.state.numbers[str(given["phone"])] = str(given["state"])
        elif verb == "review":
            known = self.state.signs if "sign" in given else self.state.templates
            one = known[str(given.get("sign") or given["template"])]
            one.state, one.reason = int(given["state"]), str(given.get("reason", ""))
        elif verb == "broke":
            self.state.broke = bool(given["on"])
        elif verb == "report":
            return await self._report()
        elif verb == "reply":
            return await self._reply(given)
        elif verb == "click":
            return await self._click(int(given.get("percent", 100)))
        else:
            raise KeyError(f"aliyun has no verb {verb!r}")
        return {}

    async def _reply(self, given: Mapping[str, Any]) -> dict[str, Any]:
        some = self._some(int(given.get("percent", 0)), "reply")
        phones = [given["phone"]] if "phone" in given else [message.phone for message in some]
        rows = [
            {
                "phone_number": phone, "content": given["content"], "send_time": shown(self.house.now()),
                "dest_code": "9000", "sequence_id": self.state.number(),
            }
            for phone in phones
        ]  # fmt: skip
        status = await self._push(rows) if rows else 0
        for message in some:
            message.replied = status == 200
        return {"status": status, "people": len(rows)}

    async def _click(self, percent: int) -> dict[str, Any]:
        """Let people open the link of their message: where its address leads, they give as the callback "links"."""
        opened = 0
        for message in self._some(percent, "click"):
            code = _LINK.search(message.content)
            if code is None or not self.house.callback("links"):
                continue
            url = f"{self.house.callback('links').rstrip('/')}/l/{code[1]}"
            status = await self.house.push(Push(self.key, url, b"", {"user-agent": _PHONE_BROWSER}, "GET"))
            message.clicked = status < 400 and status > 0
            opened += message.clicked
        return {"clicked": opened}

    def _some(self, percent: int, what: str) -> list[Message]:
        """Return messages that arrived and were not yet answered or opened, of a share of the people."""
        return [
            one
            for one in self.state.messages
            if one.reported and not one.failure and not (one.replied if what == "reply" else one.clicked)
            and int(hashlib.sha256(f"{what}/{one.phone}".encode()).hexdigest(), 16) % 100 < percent
        ]  # fmt: skip

    def facts(self) -> dict[str, int]:
        """Return the messages, how they ended, and what people did with them."""
        all_of = self.state.messages
        told = [one for one in all_of if one.reported]
        return {
            "messages": len(all_of), "delivered": sum(not one.failure for one in told),
            "failed": sum(bool(one.failure) for one in told), "clicked": sum(one.clicked for one in all_of),
            "replied": sum(one.replied for one in all_of),
        }  # fmt: skip

    async def _report(self) -> dict[str, Any]:
        """Push what became of messages and calls, each once, in lists as the real one does."""
        now = self.house.now()
        rows: dict[str, list[dict[str, Any]]] = {"sms": [], "card": [], "call": []}
        for message in self.state.messages:
            if not message.reported:
                rows["card" if message.kind == "card" else "sms"].append(sms.report(message, now))
                message.reported = True
        for ring in self.state.rings:
            if not ring.reported:
                rows["call"].append(voice.report(ring, now))
                ring.reported = True
        statuses: list[int] = []
        for some in rows.values():
            for start in range(0, len(some), _PER_PUSH):
                statuses.append(await self._push(some[start : start + _PER_PUSH]))
        return {"pushed": sum(map(len, rows.values())), "statuses": statuses}

    async def _push(self, rows: list[dict[str, Any]]) -> int:
        url = self.house.callback(self.key)
        if not url:
            return 0
        body = json.dumps(rows, ensure_ascii=False).encode()
        return await self.house.push(Push(self.key, url, body, {"content-type": "application/json;charset=UTF-8"}))

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the Authorization of a vector's call: key_id, key_secret, headers, query."""
        if name != "authorization":
            raise KeyError(name)
        headers = sorted((n, v) for n, _, v in (line.partition(": ") for line in given["headers"].splitlines()))
        signature = expected(given["key_secret"], parse_qsl(given["query"]), headers, hashlib.sha256(b"").hexdigest())
        names = ";".join(n for n, _ in headers)
        return f"ACS3-HMAC-SHA256 Credential={given['key_id']},SignedHeaders={names},Signature={signature}"
