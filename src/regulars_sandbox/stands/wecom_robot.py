"""WeCom's group robots."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from regulars_sandbox.contract import Answer, Call, House, Refusal, StandIn

KEY = "00000000-0000-0000-0000-000000sandbox"
_LONGEST = {"text": 2_048, "markdown": 4_096}
_MINUTE = timedelta(minutes=1)


class WecomRobot(StandIn):
    """Takes 20 messages a minute."""

    key: ClassVar[str] = "wecom_robot"
    title: ClassVar[str] = "WeCom group robot 企业微信群机器人"
    page: ClassVar[str] = "https://developer.work.weixin.qq.com/document/path/91770"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._sent: deque[datetime] = deque()
        self.said: list[str] = []

    def credentials(self) -> dict[str, Any]:
        """Return the robot of the sandbox."""
        return {"key": KEY}

    def api_of(self, call: Call) -> str:
        """Name the API."""
        return call.path.removeprefix("/cgi-bin/").strip("/").replace("/", ".")

    async def answer(self, call: Call) -> Answer:
        """Take a message."""
        if (call.method, self.api_of(call)) != ("POST", "webhook.send"):
            return _error(404, "not found")
        if call.params().get("key") != KEY:
            return _error(93000, "invalid webhook url")
        try:
            kind = call.json()["msgtype"]
            text = str(call.json()[kind]["content"])
        except (ValueError, KeyError, TypeError):
            return _error(40008, "invalid message type")
        if not text:
            return _error(44004, "empty content")
        if len(text.encode()) > _LONGEST.get(kind, 0):
            return _error(40058, f"{kind}.content exceed max length")
        return self._paced() or self._taken(call, text)

    def _paced(self) -> Answer | None:
        now = self.house.now()
        while self._sent and self._sent[0] <= now - _MINUTE:
            self._sent.popleft()
        if len(self._sent) >= 20:
            return self.refusal("rate", None)
        self._sent.append(now)
        return None

    def _taken(self, call: Call, text: str) -> Answer:
        self.said.append(text)
        return Answer.of({"errcode": 0, "errmsg": "ok"}, counted=(hashlib.sha256(call.body).hexdigest(),))

    def refusal(self, why: Refusal, call: Call | None) -> Answer:
        """Refuse with the robot's own codes."""
        del call
        return {
            "rate": _error(45009, "api freq out of limit"),
            "token": _error(93000, "invalid webhook url"),
            "permission": _error(93000, "invalid webhook url"),
            "server": _error(-1, "system error"),
        }[why]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """A robot signs nothing. Raises KeyError."""
        del given
        raise KeyError(name)


def _error(code: int, words: str) -> Answer:
    return Answer.of({"errcode": code, "errmsg": f"{words}, hint: [1700000000], from ip: 127.0.0.1"})
