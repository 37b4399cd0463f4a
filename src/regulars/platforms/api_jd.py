"""JD's open platform (JOS): orders, refunds, goods and remarks of a POP shop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
from pydantic import Field, SecretStr

from regulars.platforms import json_answer, memo
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
from regulars.platforms.contract import Cause, Credentials, Refused, Session, Unclear
from regulars.platforms.signing import jd as signing

KEY = "jd"
PAGE_SIZE = 50
REMARK_LENGTH = 500
"""Of a merchant's remark (not confirmed)."""
PER_SECOND = 10.0
"""Calls a second; the app's quota stands in its console (not confirmed)."""
STATES = "WAIT_SELLER_STOCK_OUT,WAIT_GOODS_RECEIVE_CONFIRM,WAIT_SELLER_DELIVERY,PAUSE,FINISHED_L,TRADE_CANCELED,LOCKED"
_FIELDS = (
    "orderId,orderState,orderPayment,freightPrice,orderStartTime,orderEndTime,paymentConfirmTime,modified,"
    "consigneeInfo,itemInfoList,venderRemark,open_id_buyer"
)
_CAUSES: Mapping[str, Cause] = {
    "10": "permission",
    "11": "permission",
    "12": "signature",
    "19": "token",
    "21": "permission",
    "43": "busy",
    "50": "busy",
    "65": "busy",
    "66": "quota",
    "67": "busy",
}
"""By code. Source: jos.jd.com, the table of platform errors, from memory (not confirmed)."""


class JdCredentials(Credentials):
    """A POP shop's authorisation of an app."""

    app_key: str = Field(title="AppKey", min_length=1)
    app_secret: SecretStr = Field(title="AppSecret", min_length=1)
    access_token: SecretStr = Field(title="access_token", min_length=1)


@dataclass(frozen=True, slots=True)
class PopOrderLine:
    """A part of an order. JD says no amount after discounts of it."""

    ware_id: str
    sku_name: str
    quantity: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class PopOrder:
    """A paid order: JD's list shows no others. payment_fen: what the buyer pays, with postage.

    buyer: open_id_buyer, of the app (not confirmed); pin and receiver come encrypted and stay out.
    """

    order_id: str
    state: str
    payment_fen: int
    created_at: datetime
    modified_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None
    province: str
    buyer: str
    remark: str
    lines: tuple[PopOrderLine, ...]


@dataclass(frozen=True, slots=True)
class RefundApply:
    """Money asked back for an order. status 3: the finance department gave it back (not confirmed)."""

    apply_id: str
    order_id: str
    refund_fen: int
    status: int
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Ware:
    """A good on sale."""

    ware_id: str
    title: str
    code: str
    price_fen: int
    stock: int
    modified_at: datetime


async def orders_created(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[PopOrder]:
    """Return a page (from 1) of the orders created in a span of at most a month."""
    return await _orders(session, 1, (start, end), page=page)


async def orders_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[PopOrder]:
    """Return a page (from 1) of the orders changed in a span of at most a month."""
    return await _orders(session, 0, (start, end), page=page)


async def _orders(session: Session, date_type: int, span: tuple[datetime, datetime], *, page: int) -> Listing[PopOrder]:
    given = {
        "start_date": beijing_text(span[0]),
        "end_date": beijing_text(last_second(span[1])),
        "order_state": STATES,
        "optional_fields": _FIELDS,
        "page": str(page),
        "page_size": str(PAGE_SIZE),
        "sortType": 1,
        "dateType": date_type,
    }
    result = _well(await call(session, "jingdong.pop.order.search", given), "searchorderinfo_result")
    total = int(result.get("orderTotal") or 0)
    return read_rows(result.get("orderInfoList") or [], _order, more=page * PAGE_SIZE < total, total=total)


async def order(session: Session, order_id: str) -> PopOrder:
    """Return an order. Raises Refused."""
    given = {"order_id": order_id, "optional_fields": _FIELDS}
    result = _well(await call(session, "jingdong.pop.order.get", given), "orderDetailInfo")
    return _order(result["orderInfo"])


async def refunds_checked(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[RefundApply]:
    """Return a page (from 1) of the refund applications that were decided in a span.

    Source: jingdong.pop.afs.soa.refundapply.queryPageList, from memory (not confirmed); claims after delivery are
    in jingdong.asc.query.list, which is not read.
    """
    given = {
        "checkTimeStart": beijing_text(start),
        "checkTimeEnd": beijing_text(last_second(end)),
        "pageIndex": page,
        "pageSize": PAGE_SIZE,
    }
    answer = await call(session, "jingdong.pop.afs.soa.refundapply.queryPageList", given)
    result = answer["queryResult"]
    total = int(result.get("totalCount") or 0)
    return read_rows(result.get("result") or [], _refund, more=page * PAGE_SIZE < total, total=total)


async def wares_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[Ware]:
    """Return a page (from 1) of the goods on sale that changed in a span."""
    given = {
        "wareStatusValue": "8",
        "startModifiedTime": beijing_text(start),
        "endModifiedTime": beijing_text(last_second(end)),
        "pageNo": page,
        "pageSize": PAGE_SIZE,
        "field": "title,itemNum,jdPrice,stockNum,modified",
    }
    found = (await call(session, "jingdong.ware.read.searchWare4Valid", given))["page"]
    total = int(found.get("totalItem") or 0)
    return read_rows(found.get("data") or [], _ware, more=page * PAGE_SIZE < total, total=total)


async def append_memo(session: Session, order_id: str, text: str, marker: str) -> bool:
    """Add to the merchant's remark of an order, once by marker. Raises as memo.append.

    The flag is set to 0 (grey): that the order's own can be read is not confirmed.
    """

    async def read() -> str:
        return (await order(session, order_id)).remark

    async def write(whole: str) -> None:
        given = {"order_id": order_id, "flag": 0, "remark": whole}
        answer = await call(session, "jingdong.pop.order.modifyVenderRemark", given, repeatable=False)
        _well({"r": {"apiResult": answer["modifyvenderremark_result"]}}, "r")

    return await memo.append(read, write, (text, marker), fits=lambda whole: len(whole) <= REMARK_LENGTH)


# --- the gateway ------------------------------------------------------------------------------------------
async def call(
    session: Session, method: str, given: Mapping[str, object], *, repeatable: bool = True
) -> Mapping[str, Any]:
    """Call a method and return what is inside its answer. Raises: Refused, Away, Unclear."""
    settings = JdCredentials.model_validate(session.credentials)
    await session.pace("api", PER_SECOND)
    at = session.clock.system_now().astimezone(BEIJING)
    params = {
        "method": method,
        "access_token": settings.access_token.get_secret_value(),
        "app_key": settings.app_key,
        "timestamp": at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 1000:03d}+0800",
        "v": "2.0",
        "360buy_param_json": json.dumps(given, sort_keys=True, ensure_ascii=False, separators=(",", ":")),
    }
    params["sign"] = signing.sign(params, settings.app_secret.get_secret_value())
    request = httpx2.Request("POST", f"{session.account.base_url}/routerjson", data=params)
    answer = await session.call(request, api=method, repeatable=repeatable)
    try:
        said = json_answer.read(KEY, answer)
        if "error_response" in said:
            error = said["error_response"]
            raise _refused(str(error["code"]), str(error.get("zh_desc") or error.get("en_desc") or ""))
        return said[method.replace(".", "_") + "_responce"]  # spelled so by JD
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unclear(KEY, "JD's answer cannot be read.", "It may have been done all the same.") from error


def _well(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a result that says of itself whether it went well. Raises: Refused, Unclear."""
    try:
        result = answer[name]
        said = result["apiResult"]
        if said["success"] is True:
            return result
        code, words = str(said.get("errorCode") or ""), str(said.get("chineseErrCode") or "")
    except (KeyError, TypeError, AttributeError) as error:
        raise Unclear(KEY, "JD's answer cannot be read.", "It may have been done all the same.") from error
    cause: Cause = "missing" if code == "10400001" else "input"
    raise Refused(KEY, f"JD: {words}", platform_code=code, cause=cause)


def _refused(code: str, words: str) -> Refused:
    cause = _CAUSES.get(code, "other")
    retry_after_s = {"busy": 5.0, "quota": 3_600.0}.get(cause)
    return Refused(KEY, f"JD: {words}", platform_code=code, cause=cause, retry_after_s=retry_after_s)


# --- rows -------------------------------------------------------------------------------------------------
def _order(raw: Mapping[str, Any]) -> PopOrder:
    return PopOrder(
        order_id=str(raw["orderId"]),
        state=str(raw["orderState"]),
        payment_fen=fen_of_yuan(raw["orderPayment"]),
        created_at=required(beijing(raw["orderStartTime"])),
        modified_at=required(beijing(raw["modified"])),
        paid_at=beijing(raw.get("paymentConfirmTime")),
        ended_at=beijing(raw.get("orderEndTime")),
        province=str((raw.get("consigneeInfo") or {}).get("province") or ""),
        buyer=str(raw.get("open_id_buyer") or ""),
        remark=str(raw.get("venderRemark") or ""),
        lines=tuple(
            PopOrderLine(
                ware_id=str(one.get("wareId") or one.get("skuId") or "-"),
                sku_name=str(one.get("skuName") or ""),
                quantity=int(one["itemTotal"]),
                price_fen=fen_of_yuan(one.get("jdPrice")),
            )
            for one in raw.get("itemInfoList") or []
        ),
    )


def _refund(raw: Mapping[str, Any]) -> RefundApply:
    return RefundApply(
        apply_id=str(raw["id"]),
        order_id=str(raw["orderId"]),
        refund_fen=int(raw["applyRefundSum"]),
        status=int(raw["status"]),
        checked_at=required(beijing(raw["checkTime"])),
    )


def _ware(raw: Mapping[str, Any]) -> Ware:
    return Ware(
        ware_id=str(raw["wareId"]),
        title=str(raw.get("title") or ""),
        code=str(raw.get("itemNum") or ""),
        price_fen=fen_of_yuan(raw.get("jdPrice")),
        stock=int(raw.get("stockNum") or 0),
        modified_at=datetime.fromtimestamp(int(raw["modified"]) / 1000, UTC),
    )
