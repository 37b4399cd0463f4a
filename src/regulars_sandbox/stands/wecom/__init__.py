"""WeCom: a company with guides, friends and groups, which pushes sealed messages and takes calls by token."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn
from regulars_sandbox.envelope import Envelope, vector, xml
from regulars_sandbox.stands.wecom import contacts, sending
from regulars_sandbox.stands.wecom.company import Company, Friendship, Group, No

CORP = "wwsandbox000000001"
SECRET = "sandbox-secret"  # noqa: S105 - of the sandbox, which guards nothing
TOKEN = "sandboxtoken"  # noqa: S105 - of the sandbox, which guards nothing
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
_LIVES_S = 7_200
_PER_MINUTE = 10_000
_MINUTE = timedelta(minutes=1)
_MEDIA = 20 * 1024 * 1024


class Wecom(StandIn):
    """One company, 10,000 calls a minute and API."""

    key: ClassVar[str] = "wecom"
    title: ClassVar[str] = "WeCom 企业微信"
    page: ClassVar[str] = "https://developer.work.weixin.qq.com/document/path/90664"
    verbs: ClassVar[Mapping[str, str]] = {
        "add_friend": "person* guide state",
        "delete_friend": "person* guide by",
        "tag": "person* guide tag*",
        "join_group": "person* group state",
        "leave_group": "person* group by",
        "confirm_task": "msgid guide",
        "publish": "guide",
        "refuse_transfer": "person*",
        "guide_leaves": "guide*",
        "verify_address": "",
    }

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.company = Company(house, CORP)
        self._tokens: dict[str, datetime] = {}
        self._ended: set[str] = set()
        self._calls: dict[str, deque[datetime]] = {}
        self._envelope = Envelope(TOKEN, AES_KEY, CORP)
        self._pushed = 0

    def credentials(self) -> dict[str, Any]:
        """Return the app of the sandbox's company."""
        return {"corp_id": CORP, "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY}

    def api_of(self, call: Call) -> str:
        """Name the API: its path below /cgi-bin/."""
        return call.path.removeprefix("/cgi-bin/").strip("/")

    # --- calls ------------------------------------------------------------------------------------------------
    async def answer(self, call: Call) -> Answer:
        """Answer a call."""
        try:
            api = self.api_of(call)
            self._paced(api)
            said = self._token(call.params()) if api == "gettoken" else self._allowed(call, api)
        except No as no:
            return _error(no.code, no.words)
        except (TypeError, ValueError, AttributeError, KeyError):  # a parameter of a wrong type
            return _error(40058, "invalid Request Parameter")
        counted = tuple(said.pop("_counted", ()))
        return Answer.of({"errcode": 0, "errmsg": "ok", **said}, counted=counted)

    def _paced(self, api: str) -> None:
        now = self.house.now()
        recent = self._calls.setdefault(api, deque())
        while recent and recent[0] <= now - _MINUTE:
            recent.popleft()
        if len(recent) >= _PER_MINUTE:
            raise No(45009, "api freq out of limit")
        recent.append(now)

    def _token(self, given: Mapping[str, str]) -> dict[str, Any]:
        if given.get("corpid") != CORP:
            raise No(40013, "invalid corpid")
        if given.get("corpsecret") != SECRET:
            raise No(40001, "invalid credential")
        now = self.house.now()
        for token, until in self._tokens.items():
            if until > now and token not in self._ended:
                return {"access_token": token, "expires_in": int((until - now).total_seconds())}
        token = hashlib.sha256(f"{CORP}/{len(self._tokens)}".encode()).hexdigest()
        self._tokens[token] = now + timedelta(seconds=_LIVES_S)
        return {"access_token": token, "expires_in": _LIVES_S}

    def _allowed(self, call: Call, api: str) -> dict[str, Any]:
        token = call.params().get("access_token", "")
        if not token:
            raise No(41001, "access_token missing")
        if token not in self._tokens:
            raise No(40014, "invalid access_token")
        if token in self._ended or self._tokens[token] <= self.house.now():
            raise No(42001, "access_token expired")
        self.company.settle()
        if api == "media/upload":
            return self._media(call)
        if call.method == "GET" and (handler := contacts.GETS.get(api) or sending.GETS.get(api)):
            return handler(self.company, call.params())
        if call.method == "POST" and (handler := contacts.POSTS.get(api) or sending.POSTS.get(api)):
            return handler(self.company, _body(call))
        raise No(43002 if api in contacts.POSTS or api in sending.POSTS else 404, "require POST method")

    def _media(self, call: Call) -> dict[str, Any]:
        if call.method != "POST" or "multipart/form-data" not in call.headers.get("content-type", ""):
            raise No(43003, "require multipart")
        kind = call.params().get("type", "")
        if kind not in {"image", "voice", "video", "file"}:
            raise No(40004, "invalid media type")
        if b'name="media"' not in call.body:
            raise No(41005, "missing media data")
        if len(call.body) > _MEDIA:
            raise No(40006, "invalid meida size")
        return {"type": kind, "media_id": self.company.new_id("media"), "created_at": str(self.company.stamp())}

    def refusal(self, why: Refusal, call: Call | None) -> Answer:
        """Refuse with WeCom's codes."""
        del call
        return {
            "rate": _error(45009, "api freq out of limit"),
            "token": _error(42001, "access_token expired"),
            "permission": _error(48002, "api forbidden"),
            "server": _error(-1, "system error"),
        }[why]

    def expire_tokens(self) -> None:
        """End every token."""
        self._ended |= set(self._tokens)

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return what the stand-in makes of a published vector."""
        return vector(name, given)

    def facts(self) -> dict[str, int]:
        """Return the customers ever met, today's friendships, the tasks, and the messages that arrived."""
        of = self.company
        arrived = sum(status == 1 for one in of.messages.values() for status, _ in one.status.values())
        return {
            "customers": len(of.people), "friendships": len(of.friendships), "tasks": len(of.messages),
            "messages": sum(map(len, (to for one in of.messages.values() for to in one.to.values()))),
            "arrived": arrived,
        }  # fmt: skip

    def named(self) -> Iterator[tuple[str, ...]]:
        """Yield customers, with the phone numbers that guides noted."""
        for own in self.company.people:
            yield own, self.company.unionid(own)
        for one in self.company.friendships.values():
            yield one.external_userid, *one.mobiles

    # --- what happens -----------------------------------------------------------------------------------------
    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Let something happen. by: customer, or guide."""
        acts: dict[str, Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]] = {
            "add_friend": self._add_friend, "delete_friend": self._delete_friend, "tag": self._tag,
            "join_group": self._join_group, "leave_group": self._leave_group, "confirm_task": self._confirm,
            "publish": self._publish, "refuse_transfer": self._refuse, "guide_leaves": self._leaves,
            "verify_address": self._verify,
        }  # fmt: skip
        self.company.settle()
        return await acts[verb](given)

    async def push(self, event: str, change: str, **fields: object) -> int:
        """Push an event, sealed and signed; 0 when the client gave no address."""
        told = {
            "ToUserName": CORP, "FromUserName": "sys", "CreateTime": self.company.stamp(), "MsgType": "event",
            "Event": event, "ChangeType": change, **fields,
        }  # fmt: skip
        return await self._sent("POST", xml(told))

    async def _sent(self, method: str, text: str) -> int:
        address = self.house.callback(self.key)
        if not address:
            return 0
        self._pushed += 1
        nonce, stamp = f"{1_000_000 + self._pushed}", str(self.company.stamp())
        sealed = self._envelope.sealed(text, hashlib.sha256(nonce.encode()).digest()[:16])
        join = "&" if "?" in address else "?"
        if method == "GET":
            query = self._envelope.query(sealed, stamp, nonce, echostr=sealed)
            return await self.house.push(Push(self.key, f"{address}{join}{query}", b"", method="GET"))
        body = xml({"ToUserName": CORP, "AgentID": "1000002", "Encrypt": sealed}).encode()
        query = self._envelope.query(sealed, stamp, nonce)
        return await self.house.push(Push(self.key, f"{address}{join}{query}", body, {"content-type": "text/xml"}))

    async def _verify(self, given: Mapping[str, Any]) -> dict[str, Any]:
        del given
        return {"status": await self._sent("GET", str(7_000_000_000 + self.company.stamp()))}

    def _friendship(self, given: Mapping[str, Any]) -> Friendship:
        own = self.company.external(int(given["person"]))
        userid = str(given.get("guide") or (self.company.guides_of(own) or [Friendship("", own, 0)])[0].userid)
        if (userid, own) not in self.company.friendships:
            raise ValueError(f"person {given['person']} is no friend of {userid or 'anybody'}")
        return self.company.friendships[userid, own]

    async def _add_friend(self, given: Mapping[str, Any]) -> dict[str, Any]:
        userid, state = str(given.get("guide", "guide1")), str(given.get("state", ""))
        one = self.company.befriend(userid, int(given["person"]), since=self.company.stamp(), state=state)
        code = self.company.new_id("welcome")
        self.company.welcome[code] = (one.external_userid, self.house.now(), False)
        fields = {"UserID": userid, "ExternalUserID": one.external_userid, "WelcomeCode": code}
        status = await self.push(
            "change_external_contact", "add_external_contact", **({**fields, "State": state} if state else fields)
        )
        return {"external_userid": one.external_userid, "welcome_code": code, "status": status}

    async def _delete_friend(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one = self._friendship(given)
        del self.company.friendships[one.userid, one.external_userid]
        change = "del_external_contact" if given.get("by") == "guide" else "del_follow_user"
        fields = {"UserID": one.userid, "ExternalUserID": one.external_userid}
        return {"status": await self.push("change_external_contact", change, **fields)}

    async def _tag(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one = self._friendship(given)
        names = {name: own for own, (_, name) in self.company.tags.items()}
        one.tags = sorted({*one.tags, names[str(given["tag"])]})
        fields = {"UserID": one.userid, "ExternalUserID": one.external_userid}
        return {"status": await self.push("change_external_contact", "edit_external_contact", **fields)}

    def _group(self, given: Mapping[str, Any]) -> Group:
        return list(self.company.groups.values())[int(given.get("group", 0))]

    async def _join_group(self, given: Mapping[str, Any]) -> dict[str, Any]:
        group, state = self._group(given), str(given.get("state", ""))
        own = self.company.join(group, int(given["person"]), scene=3 if state else 1, state=state)
        return {"chat_id": group.chat_id, "status": await self._changed(group, "add_member", own, JoinScene=3)}

    async def _leave_group(self, given: Mapping[str, Any]) -> dict[str, Any]:
        group, own = self._group(given), self.company.external(int(given["person"]))
        if group.members.pop(own, None) is None:
            raise ValueError(f"person {given['person']} is not in the group")
        scene = 1 if given.get("by") == "guide" else 0
        return {"chat_id": group.chat_id, "status": await self._changed(group, "del_member", own, QuitScene=scene)}

    async def _changed(self, group: Group, detail: str, own: str, **scene: int) -> int:
        fields = {"ChatId": group.chat_id, "UpdateDetail": detail, **scene, "MemChangeCnt": 1, "MemChangeList": [own]}
        return await self.push("change_external_chat", "update", **fields)

    async def _confirm(self, given: Mapping[str, Any]) -> dict[str, Any]:
        done = 0
        for one in self.company.messages.values():
            for userid in one.to:
                fits = given.get("msgid", one.msgid) == one.msgid and given.get("guide", userid) == userid
                if fits and userid not in one.confirmed:
                    self.company.confirm(one, userid)
                    done += 1
        return {"confirmed": done}

    async def _publish(self, given: Mapping[str, Any]) -> dict[str, Any]:
        done = 0
        for one in self.company.moments.values():
            for userid in one.senders:
                if given.get("guide", userid) == userid and userid not in one.published:
                    self.company.publish(one, userid)
                    done += 1
        return {"published": done}

    async def _refuse(self, given: Mapping[str, Any]) -> dict[str, Any]:
        own = self.company.external(int(given["person"]))
        one = next((t for t in self.company.transfers if t.external_userid == own and t.status == 2), None)
        if one is None:
            raise ValueError(f"person {given['person']} is not being handed over")
        one.status = 3
        fields = {"FailReason": "customer_refused", "UserID": one.to, "ExternalUserID": own}
        return {"status": await self.push("change_external_contact", "transfer_fail", **fields)}

    async def _leaves(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self.company.guides[str(given["guide"])].status = 5
        return {}


def _body(call: Call) -> dict[str, Any]:
    try:
        found = call.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise No(47001, "data format error")
    return found


def _error(code: int, words: str) -> Answer:
    return Answer.of({"errcode": code, "errmsg": f"{words}, hint: [1700000000], from ip: 127.0.0.1"})
