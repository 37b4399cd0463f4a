"""DingTalk's group robots."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from regulars_sandbox.contract import Answer, Call, House, Refusal, StandIn

TOKEN = "sandbox-robot"  # noqa: S105 - of the sandbox, which guards nothing
SECRET = "SECsandbox0123456789"  # noqa: S105 - of the sandbox, which guards nothing
_SKEW_MS = 3_600_000
_LONGEST = 20_000
_MINUTE = timedelta(minutes=1)


def expected_sign(secret: str, timestamp: str) -> str:
    """Return what a robot's `sign` must be for a timestamp in milliseconds."""
    mac = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    mac.update(timestamp.encode() + b"\n" + secret.encode())
    return base64.b64encode(mac.digest()).decode("ascii")


class Dingtalk(StandIn):
    """Takes 20 messages a minute, then refuses for ten minutes, as the real one does."""

    key: ClassVar[str] = "dingtalk"
    title: ClassVar[str] = "DingTalk group robot 钉钉群机器人"
    page: ClassVar[str] = "https://open.dingtalk.com/document/robots/custom-robot-access"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._sent: deque[datetime] = deque()
        self._blocked_until: datetime | None = None
        self.said: list[str] = []

    def credentials(self) -> dict[str, Any]:
        """Return the robot of the sandbox."""
        return {"access_token": TOKEN, "secret": SECRET}

    def api_of(self, call: Call) -> str:
        """Name the API."""
        return call.path.strip("/").replace("/", ".")

    async def answer(self, call: Call) -> Answer:
        """Take a message."""
        if (call.method, call.path) != ("POST", "/robot/send"):
            return Answer.of({"errcode": 404, "errmsg": "请求的URI地址不存在"})
        return self._signed(call) or self._worded(call) or self._paced() or self._taken(call)

    def _signed(self, call: Call) -> Answer | None:
        given = call.params()
        if given.get("access_token") != TOKEN:
            return _error(300001, "token is not exist")
        stamp = given.get("timestamp", "")
        now_ms = int(self.house.now().timestamp() * 1000)
        if not stamp.isdigit() or abs(now_ms - int(stamp)) > _SKEW_MS:
            return _error(310000, "invalid timestamp")
        if not hmac.compare_digest(given.get("sign", ""), expected_sign(SECRET, stamp)):
            return _error(310000, "sign not match")
        return None

    def _worded(self, call: Call) -> Answer | None:
        if len(call.body) > _LONGEST:
            return _error(460101, "message too long, exceed 20000 bytes")
        try:
            kind = call.json()["msgtype"]
            fields = {"text": ("content",), "markdown": ("title", "text")}[kind]
            missing = [name for name in fields if not call.json()[kind][name]]
        except (ValueError, KeyError, TypeError):
            return _error(40035, "缺少参数 json")
        return _error(40035, f"缺少参数 {kind}.{missing[0]}") if missing else None

    def _paced(self) -> Answer | None:
        now = self.house.now()
        while self._sent and self._sent[0] <= now - _MINUTE:
            self._sent.popleft()
        if len(self._sent) >= 20:
            self._blocked_until = now + 10 * _MINUTE
        if self._blocked_until and now < self._blocked_until:
            return self.refusal("rate", None)
        self._sent.append(now)
        return None

    def _taken(self, call: Call) -> Answer:
        self.said.append(call.body.decode(errors="replace"))
        return Answer.of({"errcode": 0, "errmsg": "ok"}, counted=(hashlib.sha256(call.body).hexdigest(),))

    def refusal(self, why: Refusal, call: Call | None) -> Answer:
        """Refuse with the robot's own codes."""
        del call
        return {
            "rate": _error(130101, "send too fast, exceed 20 times per minute"),
            "token": _error(300001, "token is not exist"),
            "permission": _error(310000, "ip not in whitelist"),
            "server": _error(-1, "系统繁忙"),
        }[why]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a vector's input: secret, timestamp_ms."""
        return {"sign": expected_sign}[name](given["secret"], given["timestamp_ms"])


def _error(code: int, words: str) -> Answer:
    return Answer.of({"errcode": code, "errmsg": words})
