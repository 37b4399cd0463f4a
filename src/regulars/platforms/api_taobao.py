"""Taobao and Tmall by TOP: orders, refunds, goods, members of a shop. Memos, SMS and calls: api_taobao_reach."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import httpx2
from pydantic import Field, SecretStr

from regulars.platforms import json_answer
from regulars.platforms.api_reading import (
    BEIJING,
    Listing,
    beijing,
    beijing_text,
    fen_of_yuan,
    last_second,
    read_rows,
    required,
)
from regulars.platforms.contract import Cause, Credentials, Incoming, Refused, Session, Unclear
from regulars.platforms.signing import taobao as signing

KEY = "taobao"
PAGE_SIZE = 50
"""Of orders. Source: developer.alibaba.com apiId=128: up to 100, 40 to 50 advised."""
PER_SECOND = 10.0
"""Calls a second; the app's own quota stands in its console (not confirmed)."""
_CAUSES: Mapping[str, Cause] = {
    "7": "busy",
    "11": "permission",
    "12": "permission",
    "13": "permission",
    "24": "signature",
    "25": "signature",
    "26": "token",
    "27": "token",
    "28": "signature",
    "29": "signature",
    "30": "signature",
    "31": "signature",
    "40": "input",
    "41": "input",
}
"""By code. Source: the table of platform errors below 100, copied at miaokee.com/2464230.html and unvs.cn."""
_SKEW = timedelta(minutes=10)
_BAN = re.compile(r"ban will last for (\d+) more seconds", re.IGNORECASE)

TRADE_FIELDS = (
    "tid,type,status,payment,post_fee,created,modified,pay_time,consign_time,end_time,receiver_state,receiver_city,"
    "buyer_open_uid,step_trade_status,seller_flag,oaid,orders"
)
_FULL_FIELDS = TRADE_FIELDS + (
    ",seller_memo,buyer_message,receiver_name,receiver_address,receiver_mobile,receiver_phone"
)
"""Source: developer.alibaba.com, taobao.trade.fullinfo.get: the receiver's fields must be asked for to get an oaid."""
_REFUND_FIELDS = (
    "refund_id,tid,oid,title,total_fee,refund_fee,status,created,modified,good_status,has_good_return,num,"
    "buyer_open_uid,ouid"
)
_ITEM_FIELDS = "num_iid,title,cid,outer_id,price,num,approve_status,modified"


class TaobaoCredentials(Credentials):
    """A shop's authorisation of an app. session: the shop's access token (SessionKey)."""

    app_key: str = Field(title="AppKey", min_length=1)
    app_secret: SecretStr = Field(title="AppSecret", min_length=1)
    session: SecretStr = Field(title="SessionKey", min_length=1)
    sign_method: Literal["md5", "hmac"] = Field(default="hmac", title="sign_method")


@dataclass(frozen=True, slots=True)
class TradeLine:
    """A part of an order. share_fen: what it came to after the order's discounts, as far as Taobao says."""

    oid: str
    num_iid: str
    title: str
    quantity: int
    price_fen: int
    share_fen: int
    refund_status: str


@dataclass(frozen=True, slots=True)
class Trade:
    """An order. payment_fen: with postage. oaid changes with shop, app and week: it addresses, it names nobody.

    omid, ouid: "" where Taobao does not give them with orders (not confirmed for orders; refunds carry ouid).
    """

    tid: str
    status: str
    payment_fen: int
    created_at: datetime
    modified_at: datetime
    paid_at: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    province: str
    buyer_open_uid: str
    ouid: str
    omid: str
    oaid: str
    memo: str
    flag: int
    lines: tuple[TradeLine, ...]


@dataclass(frozen=True, slots=True)
class TradeRefund:
    """Money asked back for a part of an order. status SUCCESS: given back."""

    refund_id: str
    tid: str
    oid: str
    title: str
    quantity: int
    refund_fen: int
    status: str
    created_at: datetime
    modified_at: datetime
    buyer_open_uid: str
    ouid: str


@dataclass(frozen=True, slots=True)
class ShopItem:
    """A good on offer. code: the merchant's own."""

    num_iid: str
    title: str
    category: str
    code: str
    price_fen: int
    stock: int
    on_sale: bool
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class ShopMember:
    """A buyer as the shop's member list knows them. grade 0: no member."""

    ouid: str
    grade: int
    grade_name: str
    trade_count: int
    trade_fen: int
    last_trade_at: datetime | None
    status: str


async def seller_nick(session: Session) -> str:
    """Return the shop's account name; it tells whether the authorisation holds."""
    answer = await call(session, "taobao.user.seller.get", {"fields": "user_id,nick"})
    return str(answer.get("user", {}).get("nick", ""))


async def trades_created(
    session: Session, start: datetime, end: datetime, *, page: int, fields: str = TRADE_FIELDS
) -> Listing[Trade]:
    """Return a page (from 1) of the orders created in a span, newest first."""
    given = {"fields": fields, "start_created": beijing_text(start), "end_created": beijing_text(last_second(end))}
    return await _listed(session, "taobao.trades.sold.get", given, page=page)


async def trades_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[Trade]:
    """Return a page (from 1) of the orders changed in a span of at most a day, the newest change first.

    An order that changes meanwhile leaves the span and moves those after it forward, so read from the last page.
    """
    given = _modified(TRADE_FIELDS, start, end)
    return await _listed(session, "taobao.trades.sold.increment.get", given, page=page)


async def count_changed(session: Session, start: datetime, end: datetime) -> int:
    """Return how many orders changed in a span of at most a day."""
    given = _modified("tid", start, end)
    given |= {"page_no": "1", "page_size": "1", "use_has_next": "false"}
    return int((await call(session, "taobao.trades.sold.increment.get", given))["total_results"])


def _modified(fields: str, start: datetime, end: datetime) -> dict[str, str]:
    return {
        "fields": fields,
        "start_modified": beijing_text(start),
        "end_modified": beijing_text(last_second(end)),
    }


async def _listed(session: Session, method: str, given: Mapping[str, str], *, page: int) -> Listing[Trade]:
    paged = {**given, "page_no": str(page), "page_size": str(PAGE_SIZE), "use_has_next": "true"}
    answer = await call(session, method, paged)
    return read_rows(listed(answer, "trades", "trade"), _trade, more=_true(answer.get("has_next")))


async def trade(session: Session, tid: str) -> Trade:
    """Return an order in full, with memo and a fresh oaid. Raises Refused (missing)."""
    given = {"fields": _FULL_FIELDS, "tid": tid, "include_oaid": "include_oaid"}
    answer = await call(session, "taobao.trade.fullinfo.get", given)
    return _trade(answer["trade"])


async def count_refunds(session: Session, start: datetime, end: datetime) -> int:
    """Return how many refunds changed in a span."""
    given = {**_modified("refund_id", start, end), "page_no": "1", "page_size": "1", "use_has_next": "false"}
    return int((await call(session, "taobao.refunds.receive.get", given))["total_results"])


async def refunds_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[TradeRefund]:
    """Return a page (from 1) of the refunds changed in a span, the newest change first."""
    given = _modified(_REFUND_FIELDS, start, end)
    given |= {"page_no": str(page), "page_size": str(PAGE_SIZE), "use_has_next": "true"}
    answer = await call(session, "taobao.refunds.receive.get", given)
    return read_rows(listed(answer, "refunds", "refund"), _refund, more=_true(answer.get("has_next")))


async def refunded_item(session: Session, refund_id: str) -> str:
    """Return the number of the good that a refund is for, "" when Taobao names none; the list of refunds does not."""
    answer = await call(session, "taobao.refund.get", {"fields": "refund_id,num_iid", "refund_id": refund_id})
    return str((answer.get("refund") or {}).get("num_iid") or "")


async def items_on_sale(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[ShopItem]:
    """Return a page (from 1) of the goods on sale that changed in a span."""
    given = _modified(_ITEM_FIELDS, start, end)
    given |= {"page_no": str(page), "page_size": str(PAGE_SIZE), "order_by": "modified:asc"}
    answer = await call(session, "taobao.items.onsale.get", given)
    total = int(answer.get("total_results", 0))
    return read_rows(listed(answer, "items", "item"), _item, more=page * PAGE_SIZE < total, total=total)


async def members_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[ShopMember]:
    """Return a page (from 1) of the shop's buyers and members that changed in a span."""
    given = {"start_modify": beijing_text(start), "end_modify": beijing_text(last_second(end))}
    given |= {"current_page": str(page), "page_size": str(PAGE_SIZE)}
    answer = await call(session, "taobao.crm.members.increment.get", given)
    total = int(answer.get("total_result", 0))
    return read_rows(listed(answer, "members", "basic_member"), _member, more=page * PAGE_SIZE < total, total=total)


def is_theirs(session: Session, message: Incoming) -> bool:
    """Tell whether a message was signed by TOP with the app's secret, and lately."""
    settings = TaobaoCredentials.model_validate(session.credentials)
    wanted = signing.sign_message(message.query, message.body, settings.app_secret.get_secret_value())
    try:
        sent = required(beijing(message.query.get("timestamp")))
    except ValueError:
        return False
    signed = hmac.compare_digest(wanted.encode(), message.query.get("sign", "").encode())
    return signed and abs(message.at - sent) <= _SKEW


# --- the gateway ------------------------------------------------------------------------------------------
async def call(
    session: Session, method: str, given: Mapping[str, str], *, repeatable: bool = True
) -> Mapping[str, Any]:
    """Call a method and return what is inside its answer. repeatable: False for what must not be done twice.

    Raises: Refused, Away, Unclear.
    """
    settings = TaobaoCredentials.model_validate(session.credentials)
    await session.pace("api", PER_SECOND)
    params = {
        **given,
        "method": method,
        "app_key": settings.app_key,
        "session": settings.session.get_secret_value(),
        "timestamp": session.clock.system_now().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "format": "json",
        "v": "2.0",
        "sign_method": settings.sign_method,
    }
    params["sign"] = signing.sign(params, settings.app_secret.get_secret_value(), settings.sign_method)
    request = httpx2.Request("POST", f"{session.account.base_url}/router/rest", data=params)
    answer = await session.call(request, api=method, repeatable=repeatable)
    try:
        said = json_answer.read(KEY, answer)
        if "error_response" in said:
            raise _refused(said["error_response"])  # neither is caught below
        return said[method.removeprefix("taobao.").replace(".", "_") + "_response"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unclear(KEY, "Taobao's answer cannot be read.", "It may have been done all the same.") from error


def _refused(error: Mapping[str, Any]) -> Refused | Unclear:
    code, sub_code = str(error.get("code", "")), str(error.get("sub_code", ""))
    words = str(error.get("sub_msg") or error.get("msg") or "")
    platform_code = f"{code}/{sub_code}" if sub_code else code
    if "timeout" in sub_code:
        return Unclear(KEY, f"Taobao: {words}", "It may have been done all the same.", platform_code=platform_code)
    cause = _CAUSES.get(code, "other")
    retry_after_s: float | None = None
    if code == "7":
        ban = _BAN.search(words)
        retry_after_s = float(ban[1]) if ban else 60.0
        cause = "quota" if retry_after_s > 600 else "busy"
    elif sub_code.startswith("isp."):
        cause, retry_after_s = "busy", 5.0
    elif "ip" in sub_code.split("."):
        cause = "address"
    elif sub_code.startswith(("isv.trade-not-exist", "isv.item-not-exist")):
        cause = "missing"
    elif code == "15" and sub_code.startswith("isv."):
        cause = "input"
    return Refused(KEY, f"Taobao: {words}", platform_code=platform_code, cause=cause, retry_after_s=retry_after_s)


# --- rows -------------------------------------------------------------------------------------------------
def listed(answer: Mapping[str, Any], outer: str, inner: str) -> list[Mapping[str, Any]]:
    """Return a list as TOP wraps it: {"trades": {"trade": [...]}}; an empty one is left out."""
    return list((answer.get(outer) or {}).get(inner) or [])


def _true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _trade(raw: Mapping[str, Any]) -> Trade:
    return Trade(
        tid=str(raw["tid"]),
        status=str(raw["status"]),
        payment_fen=fen_of_yuan(raw["payment"]),
        created_at=required(beijing(raw["created"])),
        modified_at=required(beijing(raw["modified"])),
        paid_at=beijing(raw.get("pay_time")),
        sent_at=beijing(raw.get("consign_time")),
        ended_at=beijing(raw.get("end_time")),
        province=str(raw.get("receiver_state") or ""),
        buyer_open_uid=str(raw.get("buyer_open_uid") or ""),
        ouid=str(raw.get("ouid") or ""),
        omid=str(raw.get("omid") or ""),
        oaid=str(raw.get("oaid") or ""),
        memo=str(raw.get("seller_memo") or ""),
        flag=int(raw.get("seller_flag") or 0),
        lines=tuple(_trade_line(one) for one in listed(raw, "orders", "order")),
    )


def _trade_line(raw: Mapping[str, Any]) -> TradeLine:
    share = next((raw[name] for name in ("divide_order_fee", "payment", "total_fee") if raw.get(name)), 0)
    return TradeLine(
        oid=str(raw["oid"]),
        num_iid=str(raw.get("num_iid") or "-"),
        title=str(raw.get("title") or ""),
        quantity=int(raw["num"]),
        price_fen=fen_of_yuan(raw.get("price")),
        share_fen=fen_of_yuan(share),
        refund_status=str(raw.get("refund_status") or ""),
    )


def _refund(raw: Mapping[str, Any]) -> TradeRefund:
    return TradeRefund(
        refund_id=str(raw["refund_id"]),
        tid=str(raw["tid"]),
        oid=str(raw.get("oid") or raw["tid"]),
        title=str(raw.get("title") or ""),
        quantity=int(raw.get("num") or 1),
        refund_fen=fen_of_yuan(raw["refund_fee"]),
        status=str(raw["status"]),
        created_at=required(beijing(raw["created"])),
        modified_at=required(beijing(raw["modified"])),
        buyer_open_uid=str(raw.get("buyer_open_uid") or ""),
        ouid=str(raw.get("ouid") or ""),
    )


def _item(raw: Mapping[str, Any]) -> ShopItem:
    return ShopItem(
        num_iid=str(raw["num_iid"]),
        title=str(raw.get("title") or ""),
        category=str(raw.get("cid") or ""),
        code=str(raw.get("outer_id") or ""),
        price_fen=fen_of_yuan(raw.get("price")),
        stock=int(raw.get("num") or 0),
        on_sale=raw.get("approve_status", "onsale") == "onsale",
        modified_at=required(beijing(raw["modified"])),
    )


def _member(raw: Mapping[str, Any]) -> ShopMember:
    return ShopMember(
        ouid=str(raw["ouid"]),
        grade=int(raw.get("grade") or 0),
        grade_name=str(raw.get("grade_name") or ""),
        trade_count=int(raw.get("trade_count") or 0),
        trade_fen=fen_of_yuan(raw.get("trade_amount")),
        last_trade_at=beijing(raw.get("last_trade_time")),
        status=str(raw.get("status") or ""),
    )
