"""A brand's own register of members, which tells of each who joins by a signed webhook.

It knows what no shop platform gives away: with which phone number somebody joined, and where.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn
from regulars_sandbox.stands import douyin_shop
from regulars_sandbox.stands.taobao import shapes, wire
from regulars_sandbox.stands.wecom.company import unionid
from regulars_sandbox.world import Person

SECRET = "whsec_" + base64.b64encode(b"sandbox-member-register-32-bytes").decode()
_ATTEMPTS = 5
"""A message that was not taken is sent again under its id, as Standard Webhooks says."""


class Register(StandIn):
    """Sends two facts a member: who it is, under the names of the platforms, and what they allowed."""

    key: ClassVar[str] = "register"
    title: ClassVar[str] = "Register of members 品牌会员系统"
    page: ClassVar[str] = "https://www.standardwebhooks.com"
    verbs: ClassVar[Mapping[str, str]] = {"join": "person* at allows"}

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.members: dict[int, set[str]] = {}
        self._sent = 0

    def credentials(self) -> dict[str, Any]:
        """Return the secret that its messages are signed with."""
        return {"secret": SECRET}

    def api_of(self, call: Call) -> str:
        """Nothing can be called."""
        del call
        return ""

    async def answer(self, call: Call) -> Answer:
        """Nothing can be called."""
        del call
        return Answer(b"", 404)

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Let somebody join. at: taobao, douyin_shop or wecom (the mini program); allows: channels, by blanks."""
        if verb != "join":
            raise KeyError(f"register has no verb {verb!r}")
        person, at = self.house.world.person(int(given["person"])), str(given.get("at", "taobao"))
        known = _known(person, at)
        self.members.setdefault(person.no, set()).update(value for _, value, _ in known)
        names = [{"type": ns, "id": value, **({"within": within} if within else {})} for ns, value, within in known]
        context = {"externalIds": names, "traits": {"phone": person.phone}}
        now = self.house.now().isoformat()
        traits = {"name": person.name, "phone": person.phone, "province": person.region[0], "city": person.region[1]}
        batch: list[dict[str, Any]] = [{"type": "identify", "traits": traits, "context": context, "timestamp": now}]
        for channel in str(given.get("allows", "sms wecom")).split():
            props = {"channel": channel, "purpose": "marketing", "state": "granted", "basis": "会员协议"}
            batch.append(
                {"type": "track", "event": "consent.changed", "properties": props, "context": context, "timestamp": now}
            )
        return {"status": await self._tell(batch)}

    async def _tell(self, batch: list[dict[str, Any]]) -> int:
        url = self.house.callback(self.key)
        if not url:
            return 0
        self._sent += 1
        body = json.dumps({"batch": batch}, ensure_ascii=False).encode()
        own, stamp = f"register-{self._sent}", str(int(self.house.now().timestamp()))
        headers = {
            "content-type": "application/json", "webhook-id": own, "webhook-timestamp": stamp,
            "webhook-signature": "v1," + _signature(own, stamp, body),
        }  # fmt: skip
        status = 0
        for _ in range(_ATTEMPTS):
            status = await self.house.push(Push(self.key, url, body, headers))
            if 200 <= status < 300:
                break
        return status

    def facts(self) -> dict[str, int]:
        """Return how many joined."""
        return {"members": len(self.members)}

    def named(self) -> Iterator[tuple[str, ...]]:
        """Yield each member's phone with their names on platforms."""
        for no, names in self.members.items():
            yield (self.house.world.person(no).phone, *sorted(names))

    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Nothing can be called."""
        del why, call
        return Answer(b"", 404)

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Nothing was published."""
        raise KeyError(name)


def _known(person: Person, at: str) -> list[tuple[str, str, str]]:
    """Return namespace, value and app of what a person is called where they joined."""
    return {
        "taobao": lambda: [
            ("buyer_open_uid", shapes.open_uid_of(person), wire.APP_KEY),
            ("ouid", shapes.ouid_of(person), ""),
        ],
        "douyin_shop": lambda: [("doudian_open_id", douyin_shop.open_id(person), douyin_shop.APP_KEY)],
        "wecom": lambda: [("unionid", unionid(person), "")],
    }[at]()


def _signature(own: str, stamp: str, body: bytes) -> str:
    key = base64.b64decode(SECRET.partition("_")[2])
    return base64.b64encode(hmac.digest(key, f"{own}.{stamp}.".encode() + body, hashlib.sha256)).decode()
