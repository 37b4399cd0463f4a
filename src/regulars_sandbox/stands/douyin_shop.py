"""Douyin's shops (抖店): a gateway that wants parameters in one form, and one shop behind it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn
from regulars_sandbox.shop import MEMO, VERBS, Deal, Line, Listing, Return, Shop
from regulars_sandbox.world import Person

APP_KEY = "7000000000000000001"
APP_SECRET = "sandbox-douyin-secret"  # noqa: S105 - of the sandbox, which guards nothing
SHOP_ID = "1000001"
_SKEW = timedelta(minutes=10)
_TOKEN_LIFE = timedelta(days=7)
_PER_SECOND = 30
_TAGS = {"order": "100", "pay": "101", "send": "102", "finish": "103", "close": "106", "refund": "200", "settle": "206"}
_STATUS = {"unpaid": 1, "paid": 2, "sent": 3, "closed": 4, "finished": 5}


def expected_sign(secret: str, app_key: str, method: str, body: str, timestamp: str) -> str:
    """Return what `sign` must be."""
    parts = ("app_key", app_key, "method", method, "param_json", body, "timestamp", timestamp, "v", "2")
    return hmac.digest(secret.encode(), (secret + "".join(parts) + secret).encode(), "sha256").hex()


class DouyinShop(StandIn):
    """Pages count from 0; claims need an order of theirs; a token lives seven days."""

    key: ClassVar[str] = "douyin_shop"
    title: ClassVar[str] = "Douyin shop 抖店开放平台"
    page: ClassVar[str] = "https://op.jinritemai.com/docs/guide-docs/10/23"
    verbs: ClassVar[Mapping[str, str]] = {**VERBS, **MEMO}

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.shop = Shop(house, 6_936_476_692_437_000_010)
        self._token = ("", house.now())
        self._tokens = 0
        self._passed: deque[datetime] = deque()
        self._methods: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "order.searchList": self._search,
            "order.orderDetail": self._detail,
            "order.addOrderRemark": self._remark,
            "afterSale.List": self._claims,
            "afterSale.Detail": self._claim,
            "product.listV2": self._products,
        }

    def credentials(self) -> dict[str, Any]:
        """Return the app and shop of the sandbox."""
        return {"app_key": APP_KEY, "app_secret": APP_SECRET, "shop_id": SHOP_ID}

    def api_of(self, call: Call) -> str:
        """Return the method, by the path."""
        return call.path.strip("/").replace("/", ".")

    def expire_tokens(self) -> None:
        """End the token."""
        self._token = ("", self.house.now())

    async def answer(self, call: Call) -> Answer:
        """Check and run a method."""
        given, method = call.params(), self.api_of(call)
        refused = self._signed(call, given, method) or self._paced()
        if refused:
            return refused
        asked = json.loads(call.body)
        if method == "token.create":
            return self._made(asked)
        token, until = self._token
        if not given.get("access_token"):
            return _no(40001, "缺少参数", "isv.access-token-missing", "access_token不能为空")
        if given["access_token"] != token or self.house.now() >= until:
            return self.refusal("token", call)
        work = self._methods.get(method)
        if work is None:
            return _no(70000, "服务已下线", "isv.method-not-exist", "接口不存在")
        try:
            return work(asked)
        except (KeyError, ValueError, TypeError) as error:
            return _no(40003, "非法的参数", "isv.parameter-invalid", f"参数错误: {error}")

    def _signed(self, call: Call, given: Mapping[str, str], method: str) -> Answer | None:
        if call.method != "POST" or given.get("method") != method or given.get("v") != "2":
            return _no(40003, "非法的参数", "isv.parameter-invalid", "method或v错误")
        if given.get("app_key") != APP_KEY:
            return _no(40003, "非法的参数", "isv.app-id-invalid", "认证失败，app_key格式不正确")
        if given.get("sign_method") != "hmac-sha256":
            return _no(40003, "非法的参数", "isv.signature-invalid", "签名校验失败")
        stamp, body = given.get("timestamp", ""), call.body.decode(errors="replace")
        if not stamp.isdigit() or abs(self.house.now().timestamp() - int(stamp)) > _SKEW.total_seconds():
            return _no(40003, "非法的参数", "isv.timestamp-invalid", "时间戳不合法")
        wanted = expected_sign(APP_SECRET, APP_KEY, method, body, stamp)
        if not hmac.compare_digest(given.get("sign", "").encode(), wanted.encode()) or not _in_form(body):
            return _no(40003, "非法的参数", "isv.signature-invalid", "签名校验失败")
        return None

    def _paced(self) -> Answer | None:
        now = self.house.now()
        while self._passed and self._passed[0] <= now - timedelta(seconds=1):
            self._passed.popleft()
        if len(self._passed) >= _PER_SECOND:
            return _limited()
        self._passed.append(now)
        return None

    def _made(self, asked: Mapping[str, Any]) -> Answer:
        if asked.get("grant_type") != "authorization_self" or asked.get("shop_id") != SHOP_ID:
            return _no(50002, "业务处理失败", "isv.business-failed:31009", "生成token失败")
        self._tokens += 1
        self._token = (f"sandbox-{self._tokens}", self.house.now() + _TOKEN_LIFE)
        told = {"access_token": self._token[0], "expires_in": int(_TOKEN_LIFE.total_seconds()), "shop_id": int(SHOP_ID)}
        return _yes(told)

    # --- methods ------------------------------------------------------------------------------------------
    def _search(self, asked: Mapping[str, Any]) -> Answer:
        by = asked.get("order_by", "create_time")
        start, end = (asked.get(f"{by}_{edge}") for edge in ("start", "end"))
        if start is None or end is None:
            raise ValueError(f"{by}_start")
        found = [d for d in self.shop.deals.values() if start <= _when(d, by) <= end]
        found.sort(key=lambda d: (_when(d, by), d.id), reverse=not asked.get("order_asc"))
        rows = _page(found, asked, first=0)
        told = {"page": asked["page"], "size": len(rows), "total": len(found)}
        return _yes({**told, "shop_order_list": [_order(one) for one in rows]})

    def _detail(self, asked: Mapping[str, Any]) -> Answer:
        deal = self.shop.deals.get(str(asked["shop_order_id"]))
        if deal is None:
            return _no(50002, "业务处理失败", "isv.business-failed:2010003", "订单不存在")
        return _yes({"shop_order_detail": _order(deal)})

    def _remark(self, asked: Mapping[str, Any]) -> Answer:
        deal = self.shop.deals.get(str(asked["order_id"]))
        if deal is None:
            return _no(50002, "业务处理失败", "isv.business-failed:2010003", "订单不存在")
        if len(asked["remark"]) > 60:
            return _no(40004, "非法的参数", "isv.parameter-invalid:7", "备注不能超过60个字符")
        deal.memo, deal.modified = asked["remark"], self.shop.now()
        if asked.get("is_add_star") == "true":
            deal.flag = int(asked["star"])
        return _yes({})

    def _claims(self, asked: Mapping[str, Any]) -> Answer:
        if asked.get("order_by") not in (["update_time asc"], ["update_time desc"]):
            raise ValueError("order_by")
        start, end = asked["update_start_time"], asked["update_end_time"]
        found = [r for r in self.shop.returns.values() if start <= _seconds(r.modified) <= end]
        found.sort(key=lambda r: (r.modified, r.id), reverse=asked["order_by"][0].endswith("desc"))
        rows = _page(found, asked, first=0)
        more = (asked["page"] + 1) * asked["size"] < len(found)
        told = {"items": [_claim(one) for one in rows], "total": len(found), "has_more": more}
        return _yes({**told, "page": asked["page"], "size": asked["size"]})

    def _claim(self, asked: Mapping[str, Any]) -> Answer:
        one = self.shop.returns.get(str(asked["after_sale_id"]))
        if one is None:
            return _no(50002, "业务处理失败", "isv.business-failed:25001", "售后单不存在")
        info = {
            "after_sale_id": int(one.id),
            "after_sale_status": {"asked": 6, "done": 12, "closed": 28}[one.state],
            "refund_status": 3 if one.done else 1,
            "refund_total_amount": one.fen,
            "real_refund_amount": one.fen if one.done else 0,
            "refund_time": _seconds(one.done),
        }
        return _yes({"process_info": {"after_sale_info": info}, "order_info": {"shop_order_id": int(one.deal.id)}})

    def _products(self, asked: Mapping[str, Any]) -> Answer:
        start, end = asked["update_start_time"], asked["update_end_time"]
        found = [x for x in self.shop.listings.values() if start <= _seconds(x.modified) <= end]
        found.sort(key=lambda x: (x.modified, x.no))
        rows = [_product(one) for one in _page(found, asked, first=1)]
        return _yes({"data": rows, "total": len(found), "page": asked["page"], "size": asked["size"]})

    # --- of itself ----------------------------------------------------------------------------------------
    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse with the gateway's own codes."""
        del call
        return {
            "rate": _limited(),
            "token": _no(40003, "非法的参数", "isv.access-token-expired", "access_token已过期"),
            "permission": _no(30001, "权限不足", "isv.app-permissions-insufficient", "应用接口权限不足"),
            "server": _no(20000, "服务不可用", "isp.service-error", "系统错误"),
        }[why]

    def facts(self) -> dict[str, int]:
        """Return what happened in the shop."""
        return self.shop.facts()

    def named(self) -> Iterator[tuple[str, ...]]:
        """Yield the buyers of orders."""
        for deal in self.shop.deals.values():
            yield (open_id(deal.buyer),)

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Let something happen in the shop (see Shop.act); "memo": id, text, as somebody of the shop writes it."""
        if verb == "memo":
            deal = self.shop.deals[str(given["id"])]
            deal.memo, deal.modified = str(given["text"]), self.shop.now()
            return {"id": deal.id}
        done = self.shop.act(verb, given)
        if isinstance(done, (Deal, Return)) and self.house.callback(self.key):
            await self._tell(verb, done)
        return {"id": getattr(done, "id", ""), "state": getattr(done, "state", "")}

    async def _tell(self, verb: str, done: Deal | Return) -> None:
        deal = done if isinstance(done, Deal) else done.deal
        data: dict[str, Any] = {"p_id": int(deal.id), "shop_id": int(SHOP_ID), "s_ids": [int(x.id) for x in deal.lines]}
        if isinstance(done, Return):
            data["aftersale_id"] = int(done.id)
        told = [{"tag": _TAGS[verb], "msg_id": f"{deal.id}{_seconds(deal.modified)}", "data": data}]
        body = json.dumps(told, ensure_ascii=False).encode()
        digest = hashlib.md5(APP_KEY.encode() + body + APP_SECRET.encode()).hexdigest()  # noqa: S324
        headers = {"content-type": "application/json", "app-id": APP_KEY, "event-sign": digest}
        await self.house.push(Push(self.key, self.house.callback(self.key), body, headers))

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a vector's input: secret, app_key, method, param_json, timestamp."""
        fields = ("secret", "app_key", "method", "param_json", "timestamp")
        return {"sign": expected_sign}[name](*(given[one] for one in fields))


def open_id(person: Person) -> str:
    """Return somebody as the app knows them."""
    return "1@#" + person.token("douyin", "open", length=40)


def _in_form(body: str) -> bool:
    """Tell whether the parameters are written as the gateway writes them before it signs."""
    try:
        asked = json.loads(body)
    except ValueError:
        return False
    return json.dumps(asked, ensure_ascii=False, separators=(",", ":"), sort_keys=True) == body


def _yes(data: Mapping[str, Any]) -> Answer:
    return Answer.of({"code": 10000, "msg": "success", "data": data, "log_id": "sandbox"})


def _no(code: int, words: str, sub_code: str, sub_words: str) -> Answer:
    return Answer.of({"code": code, "msg": words, "sub_code": sub_code, "sub_msg": sub_words, "log_id": "sandbox"})


def _limited() -> Answer:
    return _no(60000, "超过限流限制", "isv.limited", "接口调用频率超限")


def _seconds(at: datetime | None) -> int:
    return int(at.timestamp()) if at else 0


def _when(deal: Deal, by: str) -> int:
    return _seconds({"create_time": deal.created, "update_time": deal.modified}[by])


def _page(found: list[Any], asked: Mapping[str, Any], *, first: int) -> list[Any]:
    page, size = asked["page"], asked["size"]
    if not isinstance(page, int) or page < first or not isinstance(size, int) or not 1 <= size <= 100:
        raise ValueError("page, size")
    return found[(page - first) * size : (page - first + 1) * size]


def _order(deal: Deal) -> dict[str, Any]:
    return {
        "order_id": deal.id,
        "shop_id": int(SHOP_ID),
        "order_status": _STATUS[deal.state],
        "pay_amount": deal.paid_fen,
        "post_amount": deal.post_fen,
        "promotion_amount": deal.off_fen,
        "create_time": _seconds(deal.created),
        "update_time": _seconds(deal.modified),
        "pay_time": _seconds(deal.paid),
        "ship_time": _seconds(deal.sent),
        "finish_time": _seconds(deal.ended) if deal.state == "finished" else 0,
        "doudian_open_id": open_id(deal.buyer),
        "post_addr": {"province": {"name": deal.buyer.region[0], "id": "1"}, "city": {"name": deal.buyer.region[1]}},
        "encrypt_post_tel": "$" + deal.buyer.token("tel", deal.id, length=40) + "$1$$",
        "encrypt_post_receiver": "#" + deal.buyer.token("name", deal.id, length=40) + "#1##",
        "buyer_words": "",
        "seller_words": deal.memo,
        "seller_remark_stars": deal.flag,
        "sku_order_list": [_line(deal, line) for line in deal.lines],
    }


def _line(deal: Deal, line: Line) -> dict[str, Any]:
    return {
        "order_id": line.id,
        "parent_order_id": deal.id,
        "product_id": 3_400_000_000_000_000_000 + line.good,
        "product_id_str": str(3_400_000_000_000_000_000 + line.good),
        "product_name": line.name,
        "item_num": line.quantity,
        "goods_price": line.price_fen,
        "pay_amount": line.share_fen,
    }


def _claim(one: Return) -> dict[str, Any]:
    related = {
        "sku_order_id": one.line.id,
        "product_id": 3_400_000_000_000_000_000 + one.line.good,
        "product_name": one.line.name,
        "item_num": one.line.quantity,
        "aftersale_item_num": one.line.quantity,
    }
    return {
        "aftersale_info": {
            "aftersale_id": one.id,
            "aftersale_order_type": 1,
            "aftersale_type": 2,
            "aftersale_status": {"asked": 6, "done": 12, "closed": 28}[one.state],
            "related_id": one.line.id,
            "apply_time": _seconds(one.created),
            "update_time": _seconds(one.modified),
            "refund_amount": one.fen,
        },
        "order_info": {"shop_order_id": one.deal.id, "related_order_info": [related]},
    }


def _product(one: Listing) -> dict[str, Any]:
    return {
        "product_id": 3_400_000_000_000_000_000 + one.no,
        "name": one.name,
        "status": 0 if one.on_sale else 1,
        "check_status": 3,
        "market_price": one.price_fen,
        "discount_price": one.price_fen,
        "category_detail": {"first_cid": 1, "first_cname": one.category},
        "update_time": _seconds(one.modified),
    }
