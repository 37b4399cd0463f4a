"""Douyin's shops (抖店): orders, refunds, goods, remarks of orders."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2
from pydantic import Field, SecretStr

from regulars.platforms import json_answer, memo
from regulars.platforms.api_reading import Listing, from_seconds, last_second, read_rows, required
from regulars.platforms.contract import Cause, Credentials, Incoming, Refused, Session, Token, Unclear
from regulars.platforms.signing import douyin_shop as signing
from regulars.platforms.tokens import with_token

KEY = "douyin_shop"
PAGE_SIZE = 100
REMARK_LENGTH = 60
"""Source: the description of order.addOrderRemark copied by bububa/jinritemai-go (newer limits: not confirmed)."""
PER_SECOND = 10.0
"""Calls a second; the app's quota stands in its console (not confirmed)."""
_STALE = frozenset({"isv.access-token-expired", "isv.access-token-no-existed"})
_CAUSES: Mapping[str, Cause] = {
    "20000": "busy",
    "30001": "permission",
    "30002": "address",
    "40001": "input",
    "40002": "input",
    "40003": "input",
    "40004": "input",
    "50000": "busy",
    "50002": "input",
    "60000": "busy",
}
_SUB_CAUSES: Mapping[str, Cause] = {
    "isv.signature-invalid": "signature",
    "isv.signature-missing": "signature",
    "isv.timestamp-invalid": "signature",
    "isv.app-id-invalid": "signature",
    "isv.access-token-expired": "token",
    "isv.access-token-no-existed": "token",
    "isv.access-token-invalid": "token",
    "isv.access-token-missing": "token",
}
"""Source: op.jinritemai.com/docs/guide-docs/212/1427, the table of basic errors, in two public copies."""


class DouyinShopCredentials(Credentials):
    """A self-use app and the shop it belongs to; its access token is fetched."""

    app_key: str = Field(title="app_key", min_length=1)
    app_secret: SecretStr = Field(title="app_secret", min_length=1)
    shop_id: str = Field(title="shop_id", min_length=1)


@dataclass(frozen=True, slots=True)
class ShopOrderLine:
    """A part of an order. pay_fen: what it came to."""

    order_id: str
    product_id: str
    product_name: str
    quantity: int
    price_fen: int
    pay_fen: int


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order. status: 1 to be paid, 105 paid, 2 to be sent, 101 sent in part, 3 sent, 4 cancelled, 5 finished.

    pay_fen: with postage, before what the payment channel gave. open_id: the buyer, doudian_open_id.
    """

    order_id: str
    status: int
    pay_fen: int
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    sent_at: datetime | None
    finished_at: datetime | None
    province: str
    open_id: str
    remark: str
    star: int
    lines: tuple[ShopOrderLine, ...]


@dataclass(frozen=True, slots=True)
class AfterSale:
    """A claim for a part of an order. refund_fen: as asked for, of what `ShopOrder.pay_fen` counts."""

    aftersale_id: str
    order_id: str
    status: int
    refund_fen: int
    updated_at: datetime
    product_id: str
    product_name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """A good of the shop. price_fen: the lowest of its kinds."""

    product_id: str
    name: str
    category: str
    price_fen: int
    on_sale: bool
    updated_at: datetime


async def orders_created(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[ShopOrder]:
    """Return a page (from 1) of the orders created in a span."""
    return await _orders(session, "create_time", (start, end), page=page)


async def orders_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[ShopOrder]:
    """Return a page (from 1) of the orders changed in a span; only those created within 90 days are shown."""
    return await _orders(session, "update_time", (start, end), page=page)


async def _orders(session: Session, by: str, span: tuple[datetime, datetime], *, page: int) -> Listing[ShopOrder]:
    given = {
        f"{by}_start": int(span[0].timestamp()),
        f"{by}_end": int(last_second(span[1]).timestamp()),
        "order_by": by,
        "order_asc": True,
        "page": page - 1,
        "size": PAGE_SIZE,
    }
    data = await call(session, "order.searchList", given)
    total = int(data["total"])
    return read_rows(data.get("shop_order_list") or [], _order, more=page * PAGE_SIZE < total, total=total)


async def order(session: Session, order_id: str) -> ShopOrder:
    """Return an order in full. Raises Refused."""
    data = await call(session, "order.orderDetail", {"shop_order_id": order_id})
    return _order(data["shop_order_detail"])


async def after_sales_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[AfterSale]:
    """Return a page (from 1) of the claims changed in a span."""
    given = {
        "update_start_time": int(start.timestamp()),
        "update_end_time": int(last_second(end).timestamp()),
        "order_by": ["update_time asc"],
        "page": page - 1,
        "size": PAGE_SIZE,
    }
    data = await call(session, "afterSale.List", given)
    total = int(data.get("total") or 0)
    return read_rows(data.get("items") or [], _after_sale, more=bool(data.get("has_more")), total=total)


async def refunded_at(session: Session, aftersale_id: str) -> datetime | None:
    """Return when a claim's money was back with the buyer, None when it is not."""
    data = await call(session, "afterSale.Detail", {"after_sale_id": aftersale_id})
    info = data["process_info"]["after_sale_info"]
    return from_seconds(info.get("refund_time")) if int(info.get("refund_status") or 0) == 3 else None


async def products_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[ShopProduct]:
    """Return a page (from 1) of the goods changed in a span."""
    given = {
        "update_start_time": int(start.timestamp()),
        "update_end_time": int(last_second(end).timestamp()),
        "page": page,
        "size": PAGE_SIZE,
    }
    data = await call(session, "product.listV2", given)
    total = int(data.get("total") or 0)
    return read_rows(data.get("data") or [], _product, more=page * PAGE_SIZE < total, total=total)


async def append_memo(session: Session, order_id: str, text: str, marker: str) -> bool:
    """Add to the merchant's remark of an order, once by marker; the star stays. Raises as memo.append.

    Not confirmed: that order.addOrderRemark, whose name says "add", overwrites as the merchant's own page does.
    """
    star = 0

    async def read() -> str:
        nonlocal star
        found = await order(session, order_id)
        star = found.star
        return found.remark

    async def write(whole: str) -> None:
        given = {"order_id": order_id, "remark": whole, "is_add_star": "true", "star": str(star)}
        await call(session, "order.addOrderRemark", given, repeatable=False)

    return await memo.append(read, write, (text, marker), fits=lambda whole: len(whole) <= REMARK_LENGTH)


def is_theirs(session: Session, message: Incoming) -> bool:
    """Tell whether a message was signed by Douyin with the app's secret."""
    settings = DouyinShopCredentials.model_validate(session.credentials)
    wanted = signing.sign_message(settings.app_secret.get_secret_value(), settings.app_key, message.body)
    return hmac.compare_digest(wanted.encode(), message.headers.get("event-sign", "").encode())


# --- the gateway ------------------------------------------------------------------------------------------
async def call(
    session: Session, method: str, given: Mapping[str, object], *, repeatable: bool = True
) -> Mapping[str, Any]:
    """Call a method with the shop's token and return the answer's data; an expired token is fetched anew once.

    Raises: Refused, Away, Unclear.
    """
    await session.pace("api", PER_SECOND)

    return await with_token(
        lambda stale: session.token("access", lambda: _token(session), stale=stale),
        lambda error: error.platform_code.partition("/")[2] in _STALE,
        lambda token: _called(session, method, given, token=token, repeatable=repeatable),
    )


async def _token(session: Session) -> Token:
    settings = DouyinShopCredentials.model_validate(session.credentials)
    given = {"code": "", "grant_type": "authorization_self", "shop_id": settings.shop_id}
    data = await _called(session, "token.create", given, token="", repeatable=True)
    expires_at = session.clock.system_now() + timedelta(seconds=int(data["expires_in"]))
    return Token(str(data["access_token"]), expires_at)


async def _called(
    session: Session, method: str, given: Mapping[str, object], *, token: str, repeatable: bool
) -> Mapping[str, Any]:
    settings = DouyinShopCredentials.model_validate(session.credentials)
    params = signing.param_json(given)
    stamp = str(int(session.clock.system_now().timestamp()))
    secret = settings.app_secret.get_secret_value()
    query = {
        "method": method,
        "app_key": settings.app_key,
        "timestamp": stamp,
        "v": "2",
        "sign_method": "hmac-sha256",
        "sign": signing.sign(secret, settings.app_key, method, params, stamp),
    }
    if token:
        query["access_token"] = token
    request = httpx2.Request(
        "POST",
        f"{session.account.base_url}/{method.replace('.', '/')}",
        params=query,
        content=params.encode(),
        headers={"content-type": "application/json;charset=UTF-8"},
    )
    answer = await session.call(request, api=method, repeatable=repeatable)
    try:
        said = json_answer.read(KEY, answer)
        if str(said["code"]) != "10000":
            raise _refused(said)
        return said.get("data") or {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unclear(KEY, "Douyin's answer cannot be read.", "It may have been done all the same.") from error


def _refused(said: Mapping[str, Any]) -> Refused:
    code, sub_code = str(said["code"]), str(said.get("sub_code") or "")
    words = str(said.get("sub_msg") or said.get("msg") or "")
    cause = _SUB_CAUSES.get(sub_code) or _CAUSES.get(code, "other")
    retry_after_s = 5.0 if cause == "busy" else None
    platform_code = f"{code}/{sub_code}" if sub_code else code
    return Refused(KEY, f"Douyin: {words}", platform_code=platform_code, cause=cause, retry_after_s=retry_after_s)


# --- rows -------------------------------------------------------------------------------------------------
def _order(raw: Mapping[str, Any]) -> ShopOrder:
    province = (raw.get("post_addr") or {}).get("province") or {}
    return ShopOrder(
        order_id=str(raw["order_id"]),
        status=int(raw["order_status"]),
        pay_fen=int(raw["pay_amount"]),
        created_at=required(from_seconds(raw["create_time"])),
        updated_at=required(from_seconds(raw["update_time"])),
        paid_at=from_seconds(raw.get("pay_time")),
        sent_at=from_seconds(raw.get("ship_time")),
        finished_at=from_seconds(raw.get("finish_time")),
        province=str(province.get("name") or ""),
        open_id=str(raw.get("doudian_open_id") or ""),
        remark=str(raw.get("seller_words") or ""),
        star=int(raw.get("seller_remark_stars") or 0),
        lines=tuple(_line(one) for one in raw.get("sku_order_list") or []),
    )


def _line(raw: Mapping[str, Any]) -> ShopOrderLine:
    return ShopOrderLine(
        order_id=str(raw["order_id"]),
        product_id=str(raw.get("product_id_str") or raw.get("product_id") or "-"),
        product_name=str(raw.get("product_name") or ""),
        quantity=int(raw["item_num"]),
        price_fen=int(raw.get("goods_price") or raw.get("origin_amount") or 0),
        pay_fen=int(raw.get("pay_amount") or 0),
    )


def _after_sale(raw: Mapping[str, Any]) -> AfterSale:
    info = raw["aftersale_info"]
    related = (raw["order_info"].get("related_order_info") or [{}])[0]
    return AfterSale(
        aftersale_id=str(info["aftersale_id"]),
        order_id=str(raw["order_info"]["shop_order_id"]),
        status=int(info["aftersale_status"]),
        refund_fen=int(info.get("refund_amount") or 0),
        updated_at=required(from_seconds(info["update_time"])),
        product_id=str(related.get("product_id") or "-"),
        product_name=str(related.get("product_name") or ""),
        quantity=int(related.get("aftersale_item_num") or related.get("item_num") or 1),
    )


def _product(raw: Mapping[str, Any]) -> ShopProduct:
    names = raw.get("category_detail") or {}
    category = next(
        (names[n] for n in ("fourth_cname", "third_cname", "second_cname", "first_cname") if names.get(n)), ""
    )
    return ShopProduct(
        product_id=str(raw["product_id"]),
        name=str(raw.get("name") or ""),
        category=str(category),
        price_fen=int(raw.get("discount_price") or raw.get("market_price") or 0),
        on_sale=int(raw.get("status") or 0) == 0,
        updated_at=required(from_seconds(raw["update_time"])),
    )
