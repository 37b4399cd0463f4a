"""A WeChat official account whose followers do things, with a mini program beside it under the same app ID."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn
from regulars_sandbox.envelope import Envelope, sha1_of, vector, xml

APP = "wxsandbox00000001"
SECRET = "sandbox-secret"  # noqa: S105 - of the sandbox, which guards nothing
TOKEN = "sandboxtoken"  # noqa: S105 - of the sandbox, which guards nothing
AES_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"
ACCOUNT = "gh_sandbox000001"
TEMPLATES = {"tmpl-order": {"keyword1", "keyword2"}}
SUBSCRIPTIONS = {"sub-arrival": {"thing1"}}
_LIVES = timedelta(seconds=7_200)
_KEY_LIVES = timedelta(minutes=10)
_CODE_LIVES = timedelta(minutes=5)
_FORCE_GAP, _FORCES = timedelta(seconds=30), 20


class No(Exception):
    """WeChat's refusal: code and words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass(slots=True)
class Follower:
    """Who follows, or did. allowed: templates, with how many messages each."""

    no: int
    openid: str
    since: int
    scene: str = "ADD_SCENE_SEARCH"
    code: str = ""
    follows: bool = True
    blocks: bool = False
    allowed: dict[str, int] = field(default_factory=dict[str, int])


class Wechat(StandIn):
    """130 people follow when it begins."""

    key: ClassVar[str] = "wechat"
    title: ClassVar[str] = "WeChat 微信公众号与小程序"
    page: ClassVar[str] = "https://developers.weixin.qq.com/doc/service/api/"
    verbs: ClassVar[Mapping[str, str]] = {
        "follow": "person* code",
        "unfollow": "person*",
        "scan": "person* code*",
        "say": "person* text*",
        "click": "person* target*",
        "answer": "person* template* answer*",
        "block": "person*",
        "crowd": "people*",
        "deliver": "",
        "code": "person*",
        "unsealed": "",
        "verify_address": "",
    }

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.people: dict[str, Follower] = {}
        self.said: list[tuple[str, str, dict[str, str]]] = []
        self.sealed = True
        self._tokens: list[tuple[str, datetime]] = []
        self._ended: set[str] = set()
        self._forced: list[datetime] = []
        self._keys: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._codes: dict[str, tuple[int, datetime, bool]] = {}
        self._receipts: list[dict[str, Any]] = []
        self._made = 0
        self._envelope = Envelope(TOKEN, AES_KEY, APP)
        for no in range(130):
            self._person(no).since -= 86_400 * (no + 1)

    def credentials(self) -> dict[str, Any]:
        """Return the sandbox's account."""
        return {"sort": "account", "app_id": APP, "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY}

    def api_of(self, call: Call) -> str:
        """Name the API: its path."""
        return call.path.strip("/").removeprefix("cgi-bin/")

    def _stamp(self) -> int:
        return int(self.house.now().timestamp())

    def _next(self) -> int:
        self._made += 1
        return self._made

    def _person(self, no: int) -> Follower:
        openid = "o" + self.house.world.person(no).token("openid", APP, length=27)
        return self.people.setdefault(openid, Follower(no, openid, self._stamp()))

    def _unionid(self, one: Follower) -> str:
        return "o" + self.house.world.person(one.no).token("unionid", length=27)

    # --- calls ------------------------------------------------------------------------------------------------
    async def answer(self, call: Call) -> Answer:
        """Answer a call."""
        try:
            api = self.api_of(call)
            if api == "stable_token":
                return Answer.of(self._token(_body(call)))
            if api == "sns/jscode2session":
                return Answer.of(self._session(call.params()))
            self._allowed(call)
            said = self._answered(api, call)
        except No as no:
            return _error(no.code, no.words)
        except (TypeError, ValueError, AttributeError, KeyError):  # a parameter of a wrong type
            return _error(47001, "data format error")
        counted = tuple(said.pop("_counted", ()))
        return Answer.of(said, counted=counted)

    def _answered(self, api: str, call: Call) -> dict[str, Any]:
        gets: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
            "user/get": self._openids, "user/info": self._info, "wxaapi/newtmpl/gettemplate": self._templates,
        }  # fmt: skip
        posts: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "user/info/batchget": self._infos, "message/template/send": self._template,
            "message/subscribe/bizsend": self._subscribed, "message/subscribe/send": self._subscribed,
            "wxa/business/getuserphonenumber": self._phone,
        }  # fmt: skip
        if call.method == "GET" and api in gets:
            return gets[api](call.params())
        if call.method == "POST" and api in posts:
            return posts[api](_body(call))
        raise No(43002 if api in posts else 43001, "require POST method" if api in posts else "require GET method")

    def _secret(self, app_id: object, secret: object) -> None:
        if app_id != APP:
            raise No(40013, "invalid appid")
        if secret != SECRET:
            raise No(40125, "invalid appsecret")

    def _token(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._secret(given.get("appid"), given.get("secret"))
        if given.get("grant_type") != "client_credential":
            raise No(40002, "invalid grant_type")
        now = self.house.now()
        current = self._tokens[-1] if self._tokens else None
        if current and (current[0] in self._ended or current[1] <= now):
            current = None
        forced = bool(given.get("force_refresh"))
        if forced and self._forced and now - self._forced[-1] < _FORCE_GAP:
            forced = False
        if forced:
            self._forced = [at for at in self._forced if now - at < timedelta(days=1)] + [now]
            if len(self._forced) > _FORCES:
                raise No(45009, "reach max api daily quota limit")
        if current is None or forced:
            self._ended |= {token for token, _ in self._tokens}
            current = (hashlib.sha256(f"{APP}/{len(self._tokens)}".encode()).hexdigest(), now + _LIVES)
            self._tokens.append(current)
        return {"access_token": current[0], "expires_in": int((current[1] - now).total_seconds())}

    def _allowed(self, call: Call) -> None:
        token = call.params().get("access_token", "")
        until = dict(self._tokens).get(token)
        if not token:
            raise No(41001, "access_token missing")
        if until is None:
            raise No(40001, "invalid credential, access_token is invalid or not latest")
        if token in self._ended or until <= self.house.now():
            raise No(42001, "access_token expired")

    def refusal(self, why: Refusal, call: Call | None) -> Answer:
        """Refuse with WeChat's codes."""
        del call
        return {
            "rate": _error(45009, "reach max api daily quota limit"),
            "token": _error(42001, "access_token expired"),
            "permission": _error(48001, "api unauthorized"),
            "server": _error(-1, "system error"),
        }[why]

    def expire_tokens(self) -> None:
        """End every token."""
        self._ended |= {token for token, _ in self._tokens}

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return what the stand-in makes of a published vector."""
        return vector(name, given)

    # --- followers --------------------------------------------------------------------------------------------
    def _openids(self, given: Mapping[str, str]) -> dict[str, Any]:
        every = [one.openid for one in self.people.values() if one.follows]
        after = given.get("next_openid", "")
        if after and after not in self.people:
            raise No(40003, "invalid openid")
        start = every.index(after) + 1 if after in every else 0
        shown = every[start : start + 10_000]
        data = {"data": {"openid": shown}} if shown else {}
        return {"total": len(every), "count": len(shown), **data, "next_openid": shown[-1] if shown else ""}

    def _info(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one = self.people.get(str(given.get("openid", "")))
        if one is None:
            raise No(40003, "invalid openid")
        if not one.follows:
            return {"subscribe": 0, "openid": one.openid}
        return {
            "subscribe": 1, "openid": one.openid, "language": "zh_CN", "subscribe_time": one.since,
            "unionid": self._unionid(one), "remark": "", "groupid": 0, "tagid_list": [],
            "subscribe_scene": one.scene, "qr_scene": 0, "qr_scene_str": one.code,
        }  # fmt: skip

    def _infos(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if not 1 <= len(given["user_list"]) <= 100:
            raise No(40130, "invalid openid list size")
        return {"user_info_list": [self._info(row) for row in given["user_list"]]}

    # --- messages ---------------------------------------------------------------------------------------------
    def _reached(self, given: Mapping[str, Any], known: Mapping[str, set[str]]) -> tuple[Follower, dict[str, str]]:
        one = self.people.get(str(given.get("touser", "")))
        if one is None:
            raise No(40003, "invalid openid")
        wanted = known.get(str(given.get("template_id", "")))
        if wanted is None:
            raise No(40037, "invalid template_id")
        data = {name: str(row["value"]) for name, row in (given.get("data") or {}).items()}
        if not wanted <= {name for name, value in data.items() if value}:
            raise No(47003, f"argument invalid! data.{sorted(wanted)[0]}.value is empty")
        return one, data

    def _template(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one, data = self._reached(given, TEMPLATES)
        if not one.follows:
            raise No(43004, "require subscribe")
        ours, now = str(given.get("client_msg_id") or ""), self.house.now()
        before = self._keys.get((one.openid, ours)) if ours else None
        if before and now - before[0] < _KEY_LIVES:
            return {"errcode": 0, "errmsg": "ok", "msgid": before[1]}
        number = self._next()
        self._keys[one.openid, ours] = (now, number)
        counted = self._sent(one, str(given["template_id"]), data, ours or str(number))
        status = "failed:user block" if one.blocks else "success"
        self._receipts.append(
            {"FromUserName": one.openid, "Event": "TEMPLATESENDJOBFINISH", "MsgID": number, "Status": status}
        )
        return {"errcode": 0, "errmsg": "ok", "msgid": number, "_counted": counted}

    def _subscribed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one, data = self._reached(given, SUBSCRIPTIONS)
        template = str(given["template_id"])
        if one.allowed.get(template, 0) < 1:
            raise No(43101, "user refuse to accept the msg")
        one.allowed[template] -= 1
        number = self._next()
        counted = self._sent(one, template, data, hashlib.sha256(repr(data).encode()).hexdigest()[:12])
        item = {"TemplateId": template, "MsgID": str(number), "ErrorCode": "0", "ErrorStatus": "success"}
        self._receipts.append(
            {"FromUserName": one.openid, "Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": item}}
        )
        return {"errcode": 0, "errmsg": "ok", "msgid": number, "_counted": counted}

    def _sent(self, one: Follower, template: str, data: dict[str, str], mark: str) -> list[str]:
        self.said.append((one.openid, template, data))
        return [f"{template}/{one.openid}/{mark}"]

    def _templates(self, given: Mapping[str, str]) -> dict[str, Any]:
        del given
        rows = [{"priTmplId": own, "title": own, "type": 2} for own in SUBSCRIPTIONS]
        return {"errcode": 0, "errmsg": "ok", "data": rows}

    # --- mini program -----------------------------------------------------------------------------------------
    def _used(self, code: object) -> int:
        no, since, used = self._codes.get(str(code), (0, self.house.now(), None))
        if used is None or self.house.now() - since > _CODE_LIVES:
            raise No(40029, "invalid code")
        if used:
            raise No(40163, "code been used")
        self._codes[str(code)] = (no, since, True)
        return no

    def _session(self, given: Mapping[str, str]) -> dict[str, Any]:
        self._secret(given.get("appid"), given.get("secret"))
        if not given.get("js_code"):
            raise No(41008, "missing code")
        one = self._person(self._used(given["js_code"]))
        key = hashlib.sha256(one.openid.encode()).hexdigest()[:24]
        return {"openid": one.openid, "session_key": key, "unionid": self._unionid(one)}

    def _phone(self, given: Mapping[str, Any]) -> dict[str, Any]:
        number = self.house.world.person(self._used(given.get("code"))).phone
        info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": 86}
        mark = {"timestamp": self._stamp(), "appid": APP}
        return {"errcode": 0, "errmsg": "ok", "phone_info": {**info, "watermark": mark}}

    # --- what happens -----------------------------------------------------------------------------------------
    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Let something happen. deliver: the receipts that wait. code: a mini program's, for one use."""
        acts: dict[str, Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]] = {
            "follow": self._follow, "unfollow": self._unfollow, "scan": self._scan, "say": self._say,
            "click": self._click, "answer": self._answer, "block": self._block, "crowd": self._crowd,
            "deliver": self._deliver, "code": self._code, "unsealed": self._unsealed, "verify_address": self._verify,
        }  # fmt: skip
        return await acts[verb](given)

    async def push(self, one: Follower | None, **fields: object) -> dict[str, Any]:
        """Push a message of a follower, sealed unless the account takes them plain."""
        sender = {"FromUserName": one.openid} if one else {}
        told = {"ToUserName": ACCOUNT, **sender, "CreateTime": self._stamp(), "MsgType": "event", **fields}
        address, stamp, nonce = self.house.callback(self.key), str(self._stamp()), str(2_000_000 + self._next())
        if not address:
            return {"status": 0}
        query, body = f"signature={sha1_of(TOKEN, stamp, nonce)}&timestamp={stamp}&nonce={nonce}", xml(told)
        if self.sealed:
            sealed = self._envelope.sealed(body, hashlib.sha256(nonce.encode()).digest()[:16])
            signed = sha1_of(TOKEN, stamp, nonce, sealed)
            query += f"&encrypt_type=aes&msg_signature={signed}"
            body = xml({"ToUserName": ACCOUNT, "Encrypt": sealed})
        message = Push(self.key, f"{address}?{query}", body.encode(), {"content-type": "text/xml"})
        return {"status": await self.house.push(message)}

    async def _verify(self, given: Mapping[str, Any]) -> dict[str, Any]:
        del given
        stamp, nonce = str(self._stamp()), str(self._next())
        query = f"signature={sha1_of(TOKEN, stamp, nonce)}&timestamp={stamp}&nonce={nonce}&echostr=echo{nonce}"
        return {
            "status": await self.house.push(Push(self.key, f"{self.house.callback(self.key)}?{query}", b"", {}, "GET"))
        }

    async def _follow(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one, code = self._person(int(given["person"])), str(given.get("code", ""))
        one.follows, one.since, one.code = True, self._stamp(), code
        one.scene = "ADD_SCENE_QR_CODE" if code else "ADD_SCENE_SEARCH"
        more = {"EventKey": f"qrscene_{code}", "Ticket": "ticket"} if code else {"EventKey": ""}
        return {"openid": one.openid, **await self.push(one, Event="subscribe", **more)}

    async def _unfollow(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one = self._person(int(given["person"]))
        one.follows = False
        return {"openid": one.openid, **await self.push(one, Event="unsubscribe", EventKey="")}

    async def _scan(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one = self._person(int(given["person"]))
        return await self.push(one, Event="SCAN", EventKey=str(given["code"]), Ticket="ticket")

    async def _say(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one, number = self._person(int(given["person"])), 6_000_000_000 + self._next()
        return await self.push(one, MsgType="text", Content=str(given["text"]), MsgId=number)

    async def _click(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one, target = self._person(int(given["person"])), str(given["target"])
        return await self.push(one, Event="VIEW" if "://" in target else "CLICK", EventKey=target)

    async def _answer(self, given: Mapping[str, Any]) -> dict[str, Any]:
        one, template, answer = self._person(int(given["person"])), str(given["template"]), str(given["answer"])
        if answer == "accept":
            one.allowed[template] = one.allowed.get(template, 0) + 1
        item = {"TemplateId": template, "SubscribeStatusString": answer, "PopupScene": "0"}
        fields = {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": {"List": item}}
        return await self.push(one, **fields)

    async def _block(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._person(int(given["person"])).blocks = True
        return {}

    async def _crowd(self, given: Mapping[str, Any]) -> dict[str, Any]:
        for no in range(10_000, 10_000 + int(given["people"])):
            self._person(no)
        return {"followers": len(self.people)}

    async def _deliver(self, given: Mapping[str, Any]) -> dict[str, Any]:
        del given
        waiting, self._receipts = self._receipts, []
        for receipt in waiting:
            await self.push(None, **receipt)
        return {"receipts": len(waiting)}

    async def _code(self, given: Mapping[str, Any]) -> dict[str, Any]:
        code = hashlib.sha256(f"code/{self._next()}".encode()).hexdigest()
        self._codes[code] = (int(given["person"]), self.house.now(), False)
        return {"code": code}

    async def _unsealed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        del given
        self.sealed = False
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
    return Answer.of({"errcode": code, "errmsg": f"{words} rid: 60b7-1"})
