"""Taobao's gateway TOP with one shop behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn
from regulars_sandbox.shop import MEMO, VERBS, Deal, Return, Shop
from regulars_sandbox.stands.taobao import shapes, wire

_DAY = timedelta(days=1)
_TOPICS = {
    "order": "taobao_trade_TradeCreate",
    "pay": "taobao_trade_TradeBuyerPay",
    "send": "taobao_trade_TradeSellerShip",
    "finish": "taobao_trade_TradeSuccess",
    "close": "taobao_trade_TradeClose",
    "refund": "taobao_refund_RefundCreated",
    "settle": "taobao_refund_RefundSuccess",
}
Method = Callable[[Mapping[str, str]], Answer]


class Taobao(StandIn):
    """Lists are newest first; by has_next no total is told; a list of changes spans a day at most; oaids rotate."""

    key: ClassVar[str] = "taobao"
    title: ClassVar[str] = "Taobao TOP 淘宝开放平台"
    page: ClassVar[str] = "https://open.taobao.com/api.htm"
    verbs: ClassVar[Mapping[str, str]] = {**VERBS, **MEMO}

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.shop = Shop(house, 2_231_958_349_000_000_010)
        self._gate = wire.Gate()
        self.sms: list[dict[str, Any]] = []
        self.calls: list[list[str]] = []
        self.coupons: list[tuple[int, str]] = []
        self.crowds: dict[int, set[str]] = {}
        self._methods: dict[str, Method] = {
            "taobao.user.seller.get": lambda given: _said(
                "user_seller", {"user": {"user_id": 1, "nick": "沙箱旗舰店"}}
            ),
            "taobao.trades.sold.get": self._sold,
            "taobao.trades.sold.increment.get": self._changed,
            "taobao.trade.fullinfo.get": self._full,
            "taobao.refunds.receive.get": self._refunds,
            "taobao.refund.get": self._refund,
            "taobao.items.onsale.get": self._items,
            "taobao.crm.members.increment.get": self._members,
            "taobao.trade.memo.update": self._memo,
            "taobao.jst.sms.oaid.message.send": self._sms,
            "taobao.opencrm.utouch.list.send": self._calls,
            "taobao.promotion.coupon.send": self._coupons,
            "taobao.crm.exchange.crowdinstance.add.privy": self._crowd,
        }

    def credentials(self) -> dict[str, Any]:
        """Return the shop of the sandbox."""
        return {"app_key": wire.APP_KEY, "app_secret": wire.APP_SECRET, "session": wire.SESSION, "sign_method": "hmac"}

    def api_of(self, call: Call) -> str:
        """Return the method."""
        return (wire.read(call) or {}).get("method", "")

    async def answer(self, call: Call) -> Answer:
        """Check and run a method."""
        if call.method != "POST" or call.path != "/router/rest":
            return wire.error(9, "Http Action Not Allowed")
        params = wire.read(call)
        if params is None:
            return wire.error(25, "Invalid signature", "isv.invalid-signature")
        refused = self._gate.refusal(params, self.house.now())
        if refused:
            return refused
        work = self._methods.get(params["method"])
        if work is None:
            return wire.error(22, "Invalid Method", "isv.invalid-method")
        try:
            return work(params)
        except _Wrong as wrong:
            return wire.invalid(str(wrong))

    # --- reading ------------------------------------------------------------------------------------------
    def _sold(self, given: Mapping[str, str]) -> Answer:
        start, end = _span(given, "created", needed=False)
        found = [d for d in self.shop.deals.values() if start <= d.created <= end]
        found.sort(key=lambda d: (d.created, d.id), reverse=True)
        return self._trades("trades_sold", found, given)

    def _changed(self, given: Mapping[str, str]) -> Answer:
        start, end = _span(given, "modified")
        if end - start > _DAY:
            raise _Wrong("end_modified")
        found = [d for d in self.shop.deals.values() if start <= d.modified <= end]
        found.sort(key=lambda d: (d.modified, d.id), reverse=True)
        return self._trades("trades_sold_increment", found, given)

    def _trades(self, name: str, found: list[Deal], given: Mapping[str, str]) -> Answer:
        fields = _fields(given)
        rows, about = _paged(found, given, most=100)
        told = [shapes.trade(deal, self.shop.returns, self.house, fields - {"seller_memo"}) for deal in rows]
        return _said(name, {**about, **({"trades": {"trade": told}} if told else {})})

    def _full(self, given: Mapping[str, str]) -> Answer:
        deal = self.shop.deals.get(given.get("tid", ""))
        if deal is None:
            return wire.error(15, "Remote service error", "isv.trade-not-exist", "交易不存在")
        fields = _fields(given)
        if not fields >= {"receiver_name", "receiver_address", "created", "receiver_mobile", "receiver_phone"}:
            fields -= {"oaid"}
        return _said("trade_fullinfo", {"trade": shapes.trade(deal, self.shop.returns, self.house, fields)})

    def _refunds(self, given: Mapping[str, str]) -> Answer:
        start, end = _span(given, "modified", needed=False)
        found = [r for r in self.shop.returns.values() if start <= r.modified <= end]
        found.sort(key=lambda r: (r.modified, r.id), reverse=True)
        rows, about = _paged(found, given, most=100)
        told = [shapes.refund(one, _fields(given) - {"num_iid"}) for one in rows]
        return _said("refunds_receive", {**about, **({"refunds": {"refund": told}} if told else {})})

    def _refund(self, given: Mapping[str, str]) -> Answer:
        one = self.shop.returns.get(given.get("refund_id", ""))
        if one is None:
            return wire.error(15, "Remote service error", "isv.refund-not-exist", "退款不存在")
        return _said("refund", {"refund": shapes.refund(one, _fields(given))})

    def _items(self, given: Mapping[str, str]) -> Answer:
        start, end = _span(given, "modified", needed=False)
        found = [x for x in self.shop.listings.values() if x.on_sale and start <= x.modified <= end]
        found.sort(key=lambda x: (x.modified, x.no))
        rows, about = _paged(found, {**given, "use_has_next": "false"}, most=200)
        told = [shapes.item(one, _fields(given)) for one in rows]
        return _said("items_onsale", {**about, **({"items": {"item": told}} if told else {})})

    def _members(self, given: Mapping[str, str]) -> Answer:
        start, end = _span(given, "modify", needed=False)
        by_buyer: dict[int, list[Deal]] = {}
        for deal in self.shop.deals.values():
            by_buyer.setdefault(deal.buyer.no, []).append(deal)
        found = [deals for deals in by_buyer.values() if start <= max(d.modified for d in deals) <= end]
        paging = {"page_no": given.get("current_page", ""), "page_size": given.get("page_size", "")}
        if not paging["page_no"]:
            return wire.error(40, "Missing Required Arguments", "isv.missing-parameter:current_page")
        rows, about = _paged(found, paging, most=100)
        told = [shapes.member(deals) for deals in rows]
        members = {"members": {"basic_member": told}} if told else {}
        return _said("crm_members_increment", {"total_result": about["total_results"], **members})

    # --- writing ------------------------------------------------------------------------------------------
    def _memo(self, given: Mapping[str, str]) -> Answer:
        deal = self.shop.deals.get(given.get("tid", ""))
        if deal is None:
            return wire.error(15, "Remote service error", "isv.trade-not-exist", "交易不存在")
        memo, flag = given.get("memo", ""), given.get("flag", "0")
        if len(memo.encode()) > 1000:
            return wire.error(41, "Invalid Arguments", "isv.invalid-parameter:memo", "备注长度不能超过1000字节")
        if flag not in {"0", "1", "2", "3", "4", "5"}:
            raise _Wrong("flag")
        if given.get("reset") == "true":
            deal.memo = ""
        elif memo:
            deal.memo = memo
        deal.flag, deal.modified = int(flag), self.shop.now()
        told = {"trade": {"tid": int(deal.id), "modified": shapes.time(deal.modified)}}
        return _said("trade_memo_update", told)

    def _sms(self, given: Mapping[str, str]) -> Answer:
        asked = _object(given, "param_send_message_by_o_a_i_d_request")
        for name in ("order_id", "oaid", "sms_free_sign_name", "template_code"):
            if not asked.get(name):
                return wire.error(40, "Missing Required Arguments", f"isv.missing-parameter:{name}")
        deal = self.shop.deals.get(str(asked["order_id"]))
        if deal is None or asked["oaid"] != shapes.oaid(deal, self.house.now()):
            return wire.error(15, "Remote service error", "isv.oaid-invalid", "oaid与订单不匹配或已失效")
        self.sms.append(asked)
        told = {"module": f"{900_000 + len(self.sms)}^0", "req_id": f"r{len(self.sms)}"}
        answer = _said("jst_sms_oaid_message_send", told)
        return Answer(answer.body, counted=(f"sms {deal.id} {asked.get('extend') or len(self.sms)}",))

    def _calls(self, given: Mapping[str, str]) -> Answer:
        asked = _object(given, "task_content")
        targets = [str(one) for one in asked.get("deliver_targets") or []]
        if not targets or not asked.get("task_code"):
            return wire.error(40, "Missing Required Arguments", "isv.missing-parameter:task_content")
        known = self._known()
        called = [one for one in targets if one in known]
        self.calls.append(called)
        report = {
            "node_inst_id": 4000 + len(self.calls),
            "total_count": len(targets),
            "success_count": len(called),
            "fail_count": len(targets) - len(called),
        }
        answer = _said("opencrm_utouch_list_send", {"result": report})
        return Answer(answer.body, counted=tuple(f"call {one}" for one in called))

    def _coupons(self, given: Mapping[str, str]) -> Answer:
        coupon = given.get("coupon_id", "")
        if not coupon.isdigit():
            raise _Wrong("coupon_id")
        people = [str(one.get("ouid", "")) for one in _list(given, "ouid_data")]
        if not 0 < len(people) <= 100:
            return wire.error(41, "Invalid Arguments", "isv.invalid-parameter:ouid_data", "每次最多发放100张")
        members = self._known()
        given_now, refused = [], []
        for one in people:
            if one not in members:
                refused.append({"buyer_nick": "", "ouid": one, "reason": "买家不是店铺会员"})
                continue
            self.coupons.append((int(coupon), one))
            given_now.append({"coupon_number": 7_000_000 + len(self.coupons), "buyer_nick": "", "ouid": one})
        lists = {"coupon_results": {"coupon_result": given_now}, "failure_buyers": {"error_message": refused}}
        told = {name: inside for name, inside in lists.items() if any(inside.values())}
        answer = _said("promotion_coupon_send", {"is_success": True, **told})
        return Answer(answer.body, counted=tuple(f"coupon {coupon} {one['ouid']}" for one in given_now))

    def _crowd(self, given: Mapping[str, str]) -> Answer:
        crowd, ouid = given.get("crowd_instance_id", ""), given.get("ouid", "")
        if not crowd.isdigit() or not given.get("reason"):
            raise _Wrong("reason" if crowd.isdigit() else "crowd_instance_id")
        known = ouid in self._known()
        if known:
            self.crowds.setdefault(int(crowd), set()).add(ouid)
        answer = _said("crm_exchange_crowdinstance_add_privy", {"sub_success": known})
        return Answer(answer.body, counted=(f"crowd {crowd} {ouid}",) if known else ())

    def _known(self) -> set[str]:
        return {shapes.ouid(deal) for deal in self.shop.deals.values()}

    # --- of itself ----------------------------------------------------------------------------------------
    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse with TOP's own codes."""
        del call
        return {
            "rate": wire.limited(),
            "token": wire.error(27, "Invalid session", "invalid-sessionkey", "session not exist or expired"),
            "permission": wire.error(11, "Insufficient isv permissions", "isv.permission-api-package-empty"),
            "server": wire.error(15, "Remote service error", "isp.service-unavailable", "服务不可用"),
        }[why]

    def facts(self) -> dict[str, int]:
        """Return what happened in the shop."""
        return self.shop.facts()

    def named(self) -> Iterator[tuple[str, ...]]:
        """Yield buyers: orders and members call them differently, a refund by both names."""
        for deal in self.shop.deals.values():
            yield (shapes.open_uid(deal),)
            yield (shapes.ouid(deal),)
        for one in self.shop.returns.values():
            if one.state == "done":
                yield shapes.open_uid(one.deal), shapes.ouid(one.deal)

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
        content: dict[str, Any] = {
            "tid": int(deal.id),
            "payment": shapes.yuan(deal.paid_fen),
            "seller_nick": "沙箱旗舰店",
        }
        if isinstance(done, Return):
            content |= {"refund_id": done.id, "refund_fee": shapes.yuan(done.fen)}
        told = {"topic": _TOPICS[verb], "pub_time": shapes.time(self.house.now()), "content": json.dumps(content)}
        body = json.dumps(told, ensure_ascii=False).encode()
        params = {"app_key": wire.APP_KEY, "timestamp": shapes.time(self.house.now()), "sign_method": "md5"}
        params["sign"] = wire.message_sign(params, body, wire.APP_SECRET)
        url = f"{self.house.callback(self.key)}?{urlencode(params)}"
        await self.house.push(Push(self.key, url, body, {"content-type": "application/json"}))

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a vector's input: secret, and the call's parameters."""
        if name not in ("md5", "hmac"):
            raise KeyError(name)
        return wire.expected_sign({k: v for k, v in given.items() if k != "secret"}, given["secret"])


class _Wrong(Exception):
    """A parameter that the method does not take; its name."""


def _said(name: str, inside: Mapping[str, Any]) -> Answer:
    suffix = "" if name.endswith(("update", "send", "add_privy")) else "_get"
    return Answer.of({f"{name}{suffix}_response": {**inside, "request_id": "sandbox"}})


def _fields(given: Mapping[str, str]) -> set[str]:
    if not given.get("fields"):
        raise _Wrong("fields")
    return set(given["fields"].split(","))


def _span(given: Mapping[str, str], name: str, *, needed: bool = True) -> tuple[datetime, datetime]:
    found: list[datetime] = []
    for edge, otherwise in ((f"start_{name}", "2000-01-01 00:00:00"), (f"end_{name}", "2100-01-01 00:00:00")):
        text = given.get(edge) or ("" if needed else otherwise)
        try:
            found.append(datetime.strptime(text, wire.FORM).replace(tzinfo=wire.BEIJING))
        except ValueError as error:
            raise _Wrong(edge) from error
    if found[0] > found[1]:
        raise _Wrong(f"end_{name}")
    return found[0], found[1]


def _paged(found: list[Any], given: Mapping[str, str], *, most: int) -> tuple[list[Any], dict[str, Any]]:
    number, size = given.get("page_no") or "1", given.get("page_size") or "40"
    if not number.isdigit() or int(number) < 1:
        raise _Wrong("page_no")
    if not size.isdigit() or not 1 <= int(size) <= most:
        raise _Wrong("page_size")
    start = (int(number) - 1) * int(size)
    rows = found[start : start + int(size)]
    if given.get("use_has_next") == "true":
        return rows, {"has_next": start + int(size) < len(found)}
    return rows, {"total_results": len(found)}


def _list(given: Mapping[str, str], name: str) -> list[dict[str, Any]]:
    return _object({name: f'{{"all": {given.get(name) or "[]"}}}'}, name)["all"]


def _object(given: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        found = json.loads(given.get(name, ""))
    except ValueError as error:
        raise _Wrong(name) from error
    if not isinstance(found, dict):
        raise _Wrong(name)
    return found
