"""Kuaidi100 (快递 100): pushes the turns of parcels that were subscribed to.

Written from the provider's own client (github.com/kuaidi100-api/java-demo: SubscribeReq, SubscribeController).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar
from urllib.parse import quote_plus

import httpx2

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn

KEY = "sandboxKd100"
SALT = "sandbox-kuaidi100-salt"
_BEIJING = timezone(timedelta(hours=8))
_ATTEMPTS = 4
"""A push that was not answered as it should be comes three times more (the real one waits half an hour between)."""
_CARRIER = "yunda"
_STATES = {
    "transit": "0", "collected": "1", "delayed": "2", "signed": "3", "refused": "4", "arrived": "5", "returned": "6"
}  # fmt: skip


@dataclass(slots=True)
class Parcel:
    """A parcel that is watched. traces: (when, state, words), the newest last. url, salt: as it was subscribed."""

    number: str
    url: str
    salt: str
    traces: list[tuple[datetime, str, str]] = field(default_factory=list[tuple[datetime, str, str]])


def expected_sign(param: str, salt: str) -> str:
    """Return the signature of a push."""
    digest = hashlib.md5(param.encode(), usedforsecurity=False)
    digest.update(salt.encode())
    return digest.hexdigest().upper()


class Kuaidi100(StandIn):
    """Parcels are subscribed to by call, as a shop's system does, or by the verb, for the client's own address."""

    key: ClassVar[str] = "kuaidi100"
    title: ClassVar[str] = "Kuaidi100 快递 100"
    page: ClassVar[str] = "https://api.kuaidi100.com/document/5f0ffa8f2977d50a94e1023c"
    verbs: ClassVar[Mapping[str, str]] = {"turn": "parcel* state* order"}

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.parcels: dict[str, Parcel] = {}

    def credentials(self) -> dict[str, Any]:
        """Return the key of subscriptions, and the salt of pushes that a source is given."""
        return {"key": KEY, "salt": SALT}

    def api_of(self, call: Call) -> str:
        """Name the API."""
        return call.path.strip("/")

    async def answer(self, call: Call) -> Answer:
        """Take a subscription; a parcel that is watched already is refused, as the real one does."""
        if (call.method, call.path) != ("POST", "/poll"):
            return Answer(b"", 404)
        try:
            form = call.form()
            asked = json.loads(form["param"])
            number, more = str(asked["number"]), asked["parameters"]
            url, salt = str(more["callbackurl"]), str(more.get("salt", ""))
        except (KeyError, ValueError, TypeError):
            return _said(700, "订阅方的订阅数据存在错误")
        if form.get("schema") != "json" or not number or not url.startswith(("http://", "https://")):
            return _said(700, "订阅方的订阅数据存在错误")
        if asked.get("key") != KEY:
            return _said(600, "您不是合法的订阅者（即授权Key出错）")
        if number in self.parcels:
            return _said(501, "重复订阅")
        self.parcels[number] = Parcel(number, url, salt)
        return _said(200, "提交成功", counted=(number,))

    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse with its own codes."""
        del call
        return {
            "rate": _said(602, "请求过于频繁"),
            "token": _said(600, "您不是合法的订阅者（即授权Key出错）"),
            "permission": _said(601, "POLL:KEY已过期"),
            "server": _said(500, "服务器错误"),
        }[why]

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """turn: what becomes of a parcel. One not subscribed to by call is watched for the client, by its order."""
        if verb != "turn":
            raise KeyError(f"kuaidi100 has no verb {verb!r}")
        number, state = str(given["parcel"]), str(given["state"])
        if state not in _STATES:
            raise ValueError(f"a state is one of {', '.join(_STATES)}")
        if number not in self.parcels:
            url = self.house.callback(self.key)
            if url and given.get("order"):
                url = str(httpx2.URL(url).copy_merge_params({"order_id": str(given["order"])}))
            self.parcels[number] = Parcel(number, url, SALT)
        parcel = self.parcels[number]
        parcel.traces.append((self.house.now(), state, f"快件{number}：{state}"))
        return {"status": await self._tell(parcel)}

    async def _tell(self, parcel: Parcel) -> int:
        if not parcel.url:
            return 0
        param = json.dumps(_told(parcel), ensure_ascii=False)
        fields = {"sign": expected_sign(param, parcel.salt), "param": param}
        body = "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items()).encode()
        push = Push(self.key, parcel.url, body, {"content-type": "application/x-www-form-urlencoded"})
        status = 0
        for _ in range(_ATTEMPTS):
            status = await self.house.push(push)
            if status == 200:
                break
        return status

    def facts(self) -> dict[str, int]:
        """Return the parcels and their turns."""
        return {"parcels": len(self.parcels), "turns": sum(len(one.traces) for one in self.parcels.values())}

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a push: param, salt."""
        return {"sign": expected_sign}[name](given["param"], given["salt"])


def _told(parcel: Parcel) -> dict[str, Any]:
    """Return a push's content, the newest trace first."""
    at = [(when.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S"), words) for when, _, words in parcel.traces]
    last = parcel.traces[-1][1]
    done = last == "signed"
    return {
        "status": "shutdown" if done else "polling", "billstatus": "check" if done else "got", "message": "",
        "autoCheck": "0", "comOld": "", "comNew": "",
        "lastResult": {
            "message": "ok", "state": _STATES[last], "status": "200", "condition": "F00", "ischeck": str(int(done)),
            "com": _CARRIER, "nu": parcel.number,
            "data": [{"context": words, "time": when, "ftime": when} for when, words in reversed(at)],
        },
    }  # fmt: skip


def _said(code: int, words: str, counted: tuple[str, ...] = ()) -> Answer:
    return Answer.of({"result": code == 200, "returnCode": str(code), "message": words}, counted=counted)
