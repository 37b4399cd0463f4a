"""JD's open platform (京东 JOS) with one POP shop behind it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from regulars_sandbox.contract import Answer, Call, House, Refusal, StandIn
from regulars_sandbox.shop import MEMO, VERBS, Deal, Shop

APP_KEY = "SANDBOXJDAPPKEY"
APP_SECRET = "sandbox-jd-secret"  # noqa: S105 - of the sandbox, which guards nothing
ACCESS_TOKEN = "sandbox-jd-token"  # noqa: S105 - of the sandbox, which guards nothing
_BEIJING = timezone(timedelta(hours=8))
_FORM = "%Y-%m-%d %H:%M:%S"
_SKEW = timedelta(minutes=10)
_PER_SECOND = 30
_STATUS = {"paid": "WAIT_SELLER_STOCK_OUT", "sent": "WAIT_GOODS_RECEIVE_CONFIRM", "finished": "FINISHED_L",
           "closed": "TRADE_CANCELED"}  # fmt: skip


def expected_sign(params: Mapping[str, str], secret: str) -> str:
    """Return what `sign` must be."""
    digest = hashlib.md5(secret.encode())  # noqa: S324
    for key, value in sorted(params.items()):
        if key not in ("sign", "format", "sign_method"):
            digest.update(key.encode() + value.encode())
    digest.update(secret.encode())
    return digest.hexdigest().upper()


class Jd(StandIn):
    """Orders show from their payment on; lists span a month at most."""

    key: ClassVar[str] = "jd"
    title: ClassVar[str] = "JD 京东开放平台"
    page: ClassVar[str] = "https://jos.jd.com/commondoc?listId=33"
    verbs: ClassVar[Mapping[str, str]] = {**VERBS, **MEMO}

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.shop = Shop(house, 300_000_000_010)
        self._passed: deque[datetime] = deque()
        self._methods: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
            "jingdong.pop.order.search": self._search,
            "jingdong.pop.order.get": self._get,
            "jingdong.pop.order.modifyVenderRemark": self._remark,
            "jingdong.pop.afs.soa.refundapply.queryPageList": self._refunds,
            "jingdong.ware.read.searchWare4Valid": self._wares,
        }

    def credentials(self) -> dict[str, Any]:
        """Return the shop of the sandbox."""
        return {"app_key": APP_KEY, "app_secret": APP_SECRET, "access_token": ACCESS_TOKEN}

    def api_of(self, call: Call) -> str:
        """Return the method."""
        return (_read(call) or {}).get("method", "")

    async def answer(self, call: Call) -> Answer:
        """Check and run a method."""
        params = _read(call)
        if call.method != "POST" or call.path != "/routerjson" or params is None:
            return _no(1, "服务不可用")
        refused = self._signed(params) or self._paced()
        if refused:
            return refused
        work = self._methods.get(params["method"])
        if work is None:
            return _no(8, "无效的method")
        try:
            inside = work(json.loads(params["360buy_param_json"]))
        except (KeyError, ValueError, TypeError) as error:
            return _no(5, f"参数错误: {error}")
        return Answer.of({params["method"].replace(".", "_") + "_responce": {"code": "0", **inside}})

    def _signed(self, params: Mapping[str, str]) -> Answer | None:
        for name in ("method", "access_token", "app_key", "timestamp", "v", "360buy_param_json", "sign"):
            if not params.get(name):
                return _no(4, f"缺少参数{name}")
        if params["app_key"] != APP_KEY or params["v"] != "2.0":
            return _no(7, "无效的app_key")
        if not hmac.compare_digest(params["sign"].encode(), expected_sign(params, APP_SECRET).encode()):
            return _no(12, "无效签名")
        if not _in_time(params["timestamp"], self.house.now()):
            return _no(13, "时间戳超时")
        if params["access_token"] != ACCESS_TOKEN:
            return _no(19, "无效access_token")
        return None

    def _paced(self) -> Answer | None:
        now = self.house.now()
        while self._passed and self._passed[0] <= now - timedelta(seconds=1):
            self._passed.popleft()
        if len(self._passed) >= _PER_SECOND:
            return _no(67, "API调用频率超限")
        self._passed.append(now)
        return None

    # --- methods ------------------------------------------------------------------------------------------
    def _search(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        start, end = _read_time(asked["start_date"]), _read_time(asked["end_date"])
        if end - start > timedelta(days=31):
            told = {"success": False, "errorCode": "10400002", "chineseErrCode": "查询时间不能超过一个月"}
            return {"searchorderinfo_result": {"apiResult": told}}
        states, by_change = set(asked["order_state"].split(",")), asked.get("dateType") == 0
        found = [
            d
            for d in self.shop.deals.values()
            if d.paid and _STATUS[d.state] in states and start <= (d.modified if by_change else d.created) <= end
        ]
        found.sort(key=lambda d: (d.modified if by_change else d.created, d.id), reverse=True)
        page, size = int(asked["page"]), int(asked["page_size"])
        if page < 1 or not 1 <= size <= 100:
            raise ValueError("page")
        rows = [_order(one, set(asked["optional_fields"].split(","))) for one in found[(page - 1) * size : page * size]]
        well = {"success": True, "errorCode": "0"}
        return {"searchorderinfo_result": {"apiResult": well, "orderTotal": len(found), "orderInfoList": rows}}

    def _get(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        deal = self.shop.deals.get(str(asked["order_id"]))
        if deal is None or not deal.paid:
            told = {"success": False, "errorCode": "10400001", "chineseErrCode": "订单不存在"}
            return {"orderDetailInfo": {"apiResult": told}}
        row = _order(deal, set(asked["optional_fields"].split(",")))
        return {"orderDetailInfo": {"apiResult": {"success": True}, "orderInfo": row}}

    def _remark(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        deal = self.shop.deals.get(str(asked["order_id"]))
        if deal is None or len(asked["remark"]) > 500 or asked["flag"] not in range(6):
            told = {"success": False, "errorCode": "10100040", "chineseErrCode": "参数错误"}
            return {"modifyvenderremark_result": told}
        deal.memo, deal.flag, deal.modified = asked["remark"], asked["flag"], self.shop.now()
        return {"modifyvenderremark_result": {"success": True}}

    def _refunds(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        start, end = _read_time(asked["checkTimeStart"]), _read_time(asked["checkTimeEnd"])
        found = [r for r in self.shop.returns.values() if r.state != "asked" and start <= r.modified <= end]
        found.sort(key=lambda r: (r.modified, r.id))
        page, size = int(asked["pageIndex"]), int(asked["pageSize"])
        rows = [
            {
                "id": int(one.id),
                "orderId": one.deal.id,
                "buyerId": "*" * 8,
                "applyTime": _time(one.created),
                "checkTime": _time(one.modified),
                "applyRefundSum": one.fen,
                "status": 3 if one.done else 2,
            }
            for one in found[(page - 1) * size : page * size]
        ]
        return {"queryResult": {"success": True, "totalCount": len(found), "result": rows}}

    def _wares(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        start, end = _read_time(asked["startModifiedTime"]), _read_time(asked["endModifiedTime"])
        found = [x for x in self.shop.listings.values() if x.on_sale and start <= x.modified <= end]
        page, size = int(asked["pageNo"]), int(asked["pageSize"])
        rows = [
            {
                "wareId": 10_000_000_000 + one.no,
                "title": one.name,
                "itemNum": f"G{one.no:04d}",
                "jdPrice": one.price_fen / 100,
                "stockNum": one.stock,
                "modified": int(one.modified.timestamp() * 1000),
            }
            for one in found[(page - 1) * size : page * size]
        ]
        return {"page": {"data": rows, "totalItem": len(found), "pageNo": page, "pageSize": size}}

    # --- of itself ----------------------------------------------------------------------------------------
    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse with JD's own codes."""
        del call
        return {
            "rate": _no(67, "API调用频率超限"),
            "token": _no(19, "无效access_token"),
            "permission": _no(21, "应用没有该API的权限"),
            "server": _no(50, "平台服务繁忙"),
        }[why]

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Let something happen in the shop (see Shop.act); "memo": id, text, as somebody of the shop writes it."""
        if verb == "memo":
            deal = self.shop.deals[str(given["id"])]
            deal.memo, deal.modified = str(given["text"]), self.shop.now()
            return {"id": deal.id}
        done = self.shop.act(verb, given)
        return {"id": getattr(done, "id", ""), "state": getattr(done, "state", "")}

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a vector's input: secret, and the call's parameters."""
        return {"sign": expected_sign}[name]({k: v for k, v in given.items() if k != "secret"}, given["secret"])


def _read(call: Call) -> dict[str, str] | None:
    try:
        pairs = parse_qsl(call.query.decode(), keep_blank_values=True)
        pairs += parse_qsl(call.body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return None
    return dict(pairs) if len({name for name, _ in pairs}) == len(pairs) else None


def _in_time(stamp: str, now: datetime) -> bool:
    try:
        sent = datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S.%f%z")
    except ValueError:
        return False
    return abs(now - sent) <= _SKEW


def _no(code: int, words: str) -> Answer:
    return Answer.of({"error_response": {"code": str(code), "zh_desc": words, "en_desc": words}})


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _time(at: datetime) -> str:
    return at.astimezone(_BEIJING).strftime(_FORM)


def _read_time(text: str) -> datetime:
    return datetime.strptime(text, _FORM).replace(tzinfo=_BEIJING)


def _order(deal: Deal, fields: set[str]) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "orderId": deal.id,
        "orderState": _STATUS[deal.state],
        "orderPayment": _yuan(deal.paid_fen),
        "freightPrice": _yuan(deal.post_fen),
        "orderStartTime": _time(deal.created),
        "paymentConfirmTime": _time(deal.paid) if deal.paid else "",
        "orderEndTime": _time(deal.ended) if deal.ended else "",
        "modified": _time(deal.modified),
        "venderRemark": deal.memo,
        "open_id_buyer": deal.buyer.token("jd", "app", length=40),
        "consigneeInfo": {
            "province": deal.buyer.region[0],
            "city": deal.buyer.region[1],
            "fullname": "*",
            "mobile": "*",
        },
        "itemInfoList": [
            {
                "skuId": str(100_000_000_000 + line.good),
                "wareId": str(10_000_000_000 + line.good),
                "skuName": line.name,
                "jdPrice": _yuan(line.price_fen),
                "itemTotal": str(line.quantity),
            }
            for line in deal.lines
        ],
    }
    return {name: value for name, value in whole.items() if name in fields}
