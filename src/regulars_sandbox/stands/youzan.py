"""Youzan (有赞) with one shop behind it."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar
from urllib.parse import quote

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn
from regulars_sandbox.shop import VERBS, Deal, Return, Shop

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-youzan-secret"  # noqa: S105 - of the sandbox, which guards nothing
KDT_ID = "15707004"
_BEIJING = timezone(timedelta(hours=8))
_FORM = "%Y-%m-%d %H:%M:%S"
_TOKEN_LIFE = timedelta(days=7)
_PER_SECOND = 30
_STATUS = {"unpaid": "WAIT_BUYER_PAY", "paid": "WAIT_SELLER_SEND_GOODS", "sent": "WAIT_BUYER_CONFIRM_GOODS",
           "finished": "TRADE_SUCCESS", "closed": "TRADE_CLOSED"}  # fmt: skip
_REFUND = {"asked": "WAIT_SELLER_AGREE", "done": "SUCCESS", "closed": "CLOSED"}
_TYPES = {
    "order": "trade_TradeCreate",
    "pay": "trade_TradePaid",
    "send": "trade_TradeSellerShip",
    "finish": "trade_TradeSuccess",
    "close": "trade_TradeClose",
    "refund": "trade_refund_BuyerCreated",
    "settle": "trade_refund_RefundSuccess",
}


class Youzan(StandIn):
    """A silent token lives seven days; lists of orders span a year at most; telephones are ciphertext."""

    key: ClassVar[str] = "youzan"
    title: ClassVar[str] = "Youzan 有赞云"
    page: ClassVar[str] = "https://doc.youzanyun.com"
    verbs: ClassVar[Mapping[str, str]] = VERBS

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.shop = Shop(house, 1_507_387_350_000_000_010)
        self._token = ("", house.now())
        self._tokens = 0
        self._passed: deque[datetime] = deque()
        self._methods: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "youzan.trades.sold.get/4.0.4": self._sold,
            "youzan.trade.get/4.0.2": self._get,
            "youzan.trade.refund.search/3.0.1": self._refunds,
            "youzan.trade.refund.get/3.0.1": self._refund,
            "youzan.items.onsale.get/3.0.0": self._items,
        }

    def credentials(self) -> dict[str, Any]:
        """Return the app and shop of the sandbox."""
        return {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "grant_id": KDT_ID}

    def api_of(self, call: Call) -> str:
        """Return the method without its version, by the path."""
        parts = call.path.strip("/").split("/")
        return "auth.token" if parts[:2] == ["auth", "token"] else parts[1] if len(parts) == 3 else ""

    def expire_tokens(self) -> None:
        """End the token."""
        self._token = ("", self.house.now())

    async def answer(self, call: Call) -> Answer:
        """Check and run a method."""
        try:
            asked = call.json() if call.body else {}
        except ValueError:
            return _gateway(4006, "请求体不是合法的JSON")
        if call.method != "POST" or not isinstance(asked, dict):
            return _gateway(4003, "请求方法不支持")
        if call.path == "/auth/token":
            return self._made(asked)
        if call.headers.get("content-type", "").split(";")[0] != "application/json":
            return _gateway(4006, "Content-Type错误")
        token, until = self._token
        if call.params().get("access_token") != token or not token or self.house.now() >= until:
            return self.refusal("token", call)
        work = self._methods.get(call.path.removeprefix("/api/"))
        if work is None:
            return _gateway(4004, "API不存在")
        limited = self._paced()
        if limited:
            return limited
        try:
            return work(asked)
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            return _no(50000, f"参数错误: {error}")

    def _paced(self) -> Answer | None:
        now = self.house.now()
        while self._passed and self._passed[0] <= now - timedelta(seconds=1):
            self._passed.popleft()
        if len(self._passed) >= _PER_SECOND:
            return _gateway(4204, "调用频率超限")
        self._passed.append(now)
        return None

    def _made(self, asked: Mapping[str, Any]) -> Answer:
        wanted = {
            "authorize_type": "silent",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "grant_id": KDT_ID,
        }
        if any(str(asked.get(name)) != value for name, value in wanted.items()):
            return _gateway(4101, "client_id或client_secret错误")
        if not self._token[0] or self.house.now() >= self._token[1]:
            self._tokens += 1
            self._token = (f"sandbox-{self._tokens}", self.house.now() + _TOKEN_LIFE)
        told = {"access_token": self._token[0], "expires": int(self._token[1].timestamp() * 1000), "scope": "trade"}
        return _yes({**told, "authority_id": KDT_ID})

    # --- methods ------------------------------------------------------------------------------------------
    def _sold(self, asked: Mapping[str, Any]) -> Answer:
        by = "update" if "start_update" in asked else "created"
        start, end = (
            datetime.strptime(asked[f"{edge}_{by}"], _FORM).replace(tzinfo=_BEIJING) for edge in ("start", "end")
        )
        if end - start > timedelta(days=366):
            return _no(106000001, "每次可搜索一年订单记录,请重新选择起止时间")
        found = [d for d in self.shop.deals.values() if start <= (d.modified if by == "update" else d.created) <= end]
        found.sort(key=lambda d: (d.created, d.id), reverse=True)
        rows = [{"full_order_info": _order(one)} for one in _page(found, asked)]
        return _yes({"full_order_info_list": rows, "total_results": len(found)})

    def _get(self, asked: Mapping[str, Any]) -> Answer:
        deal = self.shop.deals.get(str(asked["tid"]))
        if deal is None:
            return _no(101305030, "订单不存在")
        return _yes({"full_order_info": _order(deal), "refund_order": [], "delivery_order": []})

    def _refunds(self, asked: Mapping[str, Any]) -> Answer:
        if asked["page_no"] > 100 or asked["page_no"] * asked["page_size"] > 3000:
            return _no(53002, "超过ES搜索最大深度")
        start, end = asked["update_time_start"], asked["update_time_end"]
        found = [r for r in self.shop.returns.values() if start <= r.modified.timestamp() <= end]
        found.sort(key=lambda r: (r.modified, r.id), reverse=True)
        rows = [_return(one) for one in _page(found, asked)]
        return _yes({"refunds": rows, "total": len(found)})

    def _refund(self, asked: Mapping[str, Any]) -> Answer:
        one = self.shop.returns.get(str(asked["refund_id"]))
        if one is None:
            return _no(103011024, "退款记录不存在")
        told = {**_return(one), "oid": one.line.id, "version": 1}
        if one.done:
            told["refund_success_time"] = _time(one.done)
        return _yes(told)

    def _items(self, asked: Mapping[str, Any]) -> Answer:
        start, end = asked["update_time_start"] / 1000, asked["update_time_end"] / 1000
        found = [x for x in self.shop.listings.values() if x.on_sale and start <= x.modified.timestamp() <= end]
        found.sort(key=lambda x: (x.modified, x.no))
        rows = [
            {
                "item_id": 2_600_000_000 + one.no,
                "title": one.name,
                "item_no": f"G{one.no:04d}",
                "price": one.price_fen,
                "quantity": one.stock,
                "update_time": _time(one.modified),
            }
            for one in _page(found, asked)
        ]
        return _yes({"items": rows, "count": len(found)})

    # --- of itself ----------------------------------------------------------------------------------------
    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse with Youzan's own codes."""
        del call
        return {
            "rate": _gateway(4204, "调用频率超限"),
            "token": _gateway(4203, "非法的access_token"),
            "permission": _gateway(4007, "没有权限调用该API"),
            "server": _no(50000, "系统异常"),
        }[why]

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Let something happen in the shop (see Shop.act)."""
        done = self.shop.act(verb, given)
        if isinstance(done, (Deal, Return)) and self.house.callback(self.key):
            await self._tell(verb, done)
        return {"id": getattr(done, "id", ""), "state": getattr(done, "state", "")}

    async def _tell(self, verb: str, done: Deal | Return) -> None:
        deal = done if isinstance(done, Deal) else done.deal
        told = {
            "id": deal.id,
            "type": _TYPES[verb],
            "status": _STATUS[deal.state],
            "kdt_id": int(KDT_ID),
            "client_id": CLIENT_ID,
            "mode": 1,
            "sendCount": 0,
            "test": False,
            "version": int(deal.modified.timestamp()),
            "msg": quote(json.dumps({"full_order_info": _order(deal)}, ensure_ascii=False)),
        }
        body = json.dumps(told).encode()
        digest = hashlib.md5(CLIENT_ID.encode() + body + CLIENT_SECRET.encode()).hexdigest()  # noqa: S324
        headers = {"content-type": "application/json", "Event-Sign": digest, "Client-Id": CLIENT_ID}
        await self.house.push(Push(self.key, self.house.callback(self.key), body, headers))

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a message: client_id, body, client_secret."""
        if name != "message":
            raise KeyError(name)
        whole = given["client_id"] + given["body"] + given["client_secret"]
        return hashlib.md5(whole.encode()).hexdigest()  # noqa: S324


def _yes(data: Mapping[str, Any]) -> Answer:
    return Answer.of({"trace_id": "sandbox", "code": 200, "success": True, "message": "", "data": data})


def _no(code: int, words: str) -> Answer:
    return Answer.of({"trace_id": "sandbox", "code": code, "success": False, "message": words, "data": None})


def _gateway(code: int, words: str) -> Answer:
    return Answer.of({"gw_err_resp": {"err_code": code, "err_msg": words, "trace_id": "sandbox"}})


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _time(at: datetime | None) -> str | None:
    return at.astimezone(_BEIJING).strftime(_FORM) if at else None


def _page(found: list[Any], asked: Mapping[str, Any]) -> list[Any]:
    page, size = asked["page_no"], asked["page_size"]
    if not isinstance(page, int) or page < 1 or not isinstance(size, int) or not 1 <= size <= 100:
        raise ValueError("page_no, page_size")
    return found[(page - 1) * size : page * size]


def _order(deal: Deal) -> dict[str, Any]:
    return {
        "order_info": {
            "tid": deal.id,
            "status": _STATUS[deal.state],
            "created": _time(deal.created),
            "update_time": _time(deal.modified),
            "pay_time": _time(deal.paid),
            "consign_time": _time(deal.sent),
            "success_time": _time(deal.ended) if deal.state == "finished" else None,
        },
        "pay_info": {"payment": _yuan(deal.paid_fen), "post_fee": _yuan(deal.post_fen)},
        "buyer_info": {
            "yz_open_id": deal.buyer.token("youzan", length=24),
            "buyer_phone": "$" + deal.buyer.token("tel", deal.id, length=24) + "==$1$",
        },
        "address_info": {
            "delivery_province": deal.buyer.region[0],
            "delivery_city": deal.buyer.region[1],
            "receiver_tel": "$" + deal.buyer.token("tel", deal.id, length=24) + "==$1$",
        },
        "remark_info": {"buyer_message": "", "trade_memo": deal.memo, "star": deal.flag},
        "orders": [
            {
                "oid": line.id,
                "item_id": 2_600_000_000 + line.good,
                "title": line.name,
                "num": line.quantity,
                "price": _yuan(line.price_fen),
                "payment": _yuan(line.share_fen),
            }
            for line in deal.lines
        ],
    }


def _return(one: Return) -> dict[str, Any]:
    return {
        "refund_id": one.id,
        "tid": one.deal.id,
        "kdt_id": int(KDT_ID),
        "status": _REFUND[one.state],
        "refund_fee": _yuan(one.fen),
        "return_goods": False,
        "reason": 1,
        "created": _time(one.created),
        "modified": _time(one.modified),
    }
