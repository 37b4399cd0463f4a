"""Youzan: orders, refunds, goods of a shop, by a self-use app."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
from pydantic import Field, SecretStr

from regulars.platforms import json_answer
from regulars.platforms.api_reading import Listing, beijing, beijing_text, fen_of_yuan, last_second, read_rows, required
from regulars.platforms.contract import Cause, Credentials, Incoming, Refused, Session, Token, Unclear
from regulars.platforms.signing import youzan as signing
from regulars.platforms.tokens import with_token

KEY = "youzan"
PAGE_SIZE = 50
PER_SECOND = 10.0
"""Calls a second (not confirmed: the shop's plan says)."""
_STALE = frozenset({"4201", "4202", "4203"})
"""Source: from memory, not confirmed: access token missing, ended, unknown."""
_CAUSES: Mapping[str, Cause] = {
    "4201": "token",
    "4202": "token",
    "4203": "token",
    "4005": "permission",
    "4007": "permission",
    "4101": "signature",
    "4204": "busy",
    "106000001": "input",
    "101305030": "missing",
}


class YouzanCredentials(Credentials):
    """A self-use app and the shop it is authorised for. grant_id: the shop's kdt_id."""

    client_id: str = Field(title="client_id", min_length=1)
    client_secret: SecretStr = Field(title="client_secret", min_length=1)
    grant_id: str = Field(title="kdt_id", min_length=1)


@dataclass(frozen=True, slots=True)
class TradeLine:
    """A part of an order. payment_fen: what it came to."""

    oid: str
    item_id: str
    title: str
    quantity: int
    price_fen: int
    payment_fen: int


@dataclass(frozen=True, slots=True)
class Trade:
    """An order. payment_fen: with postage. buyer: yz_open_id; telephone and address come encrypted and stay out."""

    tid: str
    status: str
    payment_fen: int
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    sent_at: datetime | None
    finished_at: datetime | None
    province: str
    buyer: str
    lines: tuple[TradeLine, ...]


@dataclass(frozen=True, slots=True)
class TradeRefund:
    """Money asked back for a part of an order. status SUCCESS: given back. oid: "" where the list does not say."""

    refund_id: str
    tid: str
    oid: str
    status: str
    refund_fen: int
    modified_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShopItem:
    """A good on sale."""

    item_id: str
    title: str
    code: str
    price_fen: int
    stock: int
    updated_at: datetime


async def trades_created(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[Trade]:
    """Return a page (from 1) of the orders created in a span of at most a year."""
    return await _trades(session, "created", (start, end), page=page)


async def trades_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[Trade]:
    """Return a page (from 1) of the orders changed in a span of at most a year."""
    return await _trades(session, "update", (start, end), page=page)


async def _trades(session: Session, by: str, span: tuple[datetime, datetime], *, page: int) -> Listing[Trade]:
    given = {
        f"start_{by}": beijing_text(span[0]),
        f"end_{by}": beijing_text(last_second(span[1])),
        "page_no": page,
        "page_size": PAGE_SIZE,
    }
    data = await call(session, "youzan.trades.sold.get", "4.0.4", given)
    total = int(data.get("total_results") or 0)
    raw = [one["full_order_info"] for one in data.get("full_order_info_list") or []]
    return read_rows(raw, _trade, more=page * PAGE_SIZE < total, total=total)


async def trade(session: Session, tid: str) -> Trade:
    """Return an order. Raises Refused (missing)."""
    data = await call(session, "youzan.trade.get", "4.0.2", {"tid": tid})
    return _trade(data["full_order_info"])


async def refunds_changed(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[TradeRefund]:
    """Return a page (from 1) of the refunds changed in a span; Youzan shows the first 3,000 of it."""
    given = {
        "update_time_start": int(start.timestamp()),
        "update_time_end": int(last_second(end).timestamp()),
        "page_no": page,
        "page_size": PAGE_SIZE,
    }
    data = await call(session, "youzan.trade.refund.search", "3.0.1", given)
    total = int(data.get("total") or 0)
    return read_rows(data.get("refunds") or [], _refund, more=page * PAGE_SIZE < total, total=total)


async def refund(session: Session, refund_id: str) -> TradeRefund:
    """Return a refund in full, with the part of the order that it is for. Raises Refused."""
    return _refund(await call(session, "youzan.trade.refund.get", "3.0.1", {"refund_id": refund_id}))


async def items_on_sale(session: Session, start: datetime, end: datetime, *, page: int) -> Listing[ShopItem]:
    """Return a page (from 1) of the goods on sale that changed in a span."""
    given = {
        "update_time_start": int(start.timestamp()) * 1000,
        "update_time_end": int(last_second(end).timestamp()) * 1000,
        "order_by": "update_time:asc",
        "page_no": page,
        "page_size": PAGE_SIZE,
    }
    data = await call(session, "youzan.items.onsale.get", "3.0.0", given)
    total = int(data.get("count") or 0)
    return read_rows(data.get("items") or [], _item, more=page * PAGE_SIZE < total, total=total)


def is_theirs(session: Session, message: Incoming) -> bool:
    """Tell whether a message was signed by Youzan with the app's secret."""
    settings = YouzanCredentials.model_validate(session.credentials)
    wanted = signing.sign_message(settings.client_id, message.body, settings.client_secret.get_secret_value())
    return hmac.compare_digest(wanted.encode(), message.headers.get("event-sign", "").encode())


# --- the gateway ------------------------------------------------------------------------------------------
async def call(session: Session, name: str, version: str, given: Mapping[str, object]) -> Mapping[str, Any]:
    """Read by a method and return the answer's data; an ended token is fetched anew once.

    Raises: Refused, Away, Unclear.
    """
    await session.pace("api", PER_SECOND)

    async def once(token: str) -> Mapping[str, Any]:
        url = f"{session.account.base_url}/api/{name}/{version}"
        request = httpx2.Request("POST", url, params={"access_token": token}, json=dict(given))
        return await _said(session, request, api=name)

    return await with_token(
        lambda stale: session.token("access", lambda: _token(session), stale=stale),
        lambda error: error.platform_code in _STALE,
        once,
    )


async def _token(session: Session) -> Token:
    settings = YouzanCredentials.model_validate(session.credentials)
    given: dict[str, object] = {
        "authorize_type": "silent",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "grant_id": settings.grant_id,
        "refresh": False,
    }
    request = httpx2.Request("POST", f"{session.account.base_url}/auth/token", json=given)
    data = await _said(session, request, api="auth.token")
    return Token(str(data["access_token"]), datetime.fromtimestamp(int(data["expires"]) / 1000, UTC))


async def _said(session: Session, request: httpx2.Request, *, api: str) -> Mapping[str, Any]:
    answer = await session.call(request, api=api, repeatable=True)
    try:
        said = json_answer.read(KEY, answer)
        gateway = said.get("gw_err_resp")
        if gateway:
            raise _refused(str(gateway["err_code"]), str(gateway.get("err_msg") or ""))
        if str(said["code"]) != "200":
            raise _refused(str(said["code"]), str(said.get("message") or ""))
        return said["data"] or {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unclear(KEY, "Youzan's answer cannot be read.", "It may have been done all the same.") from error


def _refused(code: str, words: str) -> Refused:
    cause = _CAUSES.get(code, "other")
    retry_after_s = 5.0 if cause == "busy" or code.startswith("5") else None
    return Refused(KEY, f"Youzan: {words}", platform_code=code, cause=cause, retry_after_s=retry_after_s)


# --- rows -------------------------------------------------------------------------------------------------
def _trade(raw: Mapping[str, Any]) -> Trade:
    about, pay = raw["order_info"], raw["pay_info"]
    return Trade(
        tid=str(about["tid"]),
        status=str(about["status"]),
        payment_fen=fen_of_yuan(pay["payment"]),
        created_at=required(beijing(about["created"])),
        updated_at=required(beijing(about["update_time"])),
        paid_at=beijing(about.get("pay_time")),
        sent_at=beijing(about.get("consign_time")),
        finished_at=beijing(about.get("success_time")),
        province=str((raw.get("address_info") or {}).get("delivery_province") or ""),
        buyer=str((raw.get("buyer_info") or {}).get("yz_open_id") or ""),
        lines=tuple(_line(one) for one in raw.get("orders") or []),
    )


def _line(raw: Mapping[str, Any]) -> TradeLine:
    return TradeLine(
        oid=str(raw["oid"]),
        item_id=str(raw.get("item_id") or "-"),
        title=str(raw.get("title") or ""),
        quantity=int(raw["num"]),
        price_fen=fen_of_yuan(raw.get("price")),
        payment_fen=fen_of_yuan(raw.get("payment")),
    )


def _refund(raw: Mapping[str, Any]) -> TradeRefund:
    modified_at = beijing(raw.get("modified") or raw.get("refund_success_time") or raw.get("created"))
    return TradeRefund(
        refund_id=str(raw["refund_id"]),
        tid=str(raw["tid"]),
        oid=str(raw.get("oid") or ""),
        status=str(raw["status"]),
        refund_fen=fen_of_yuan(raw["refund_fee"]),
        modified_at=required(modified_at),
        done_at=beijing(raw.get("refund_success_time")),
    )


def _item(raw: Mapping[str, Any]) -> ShopItem:
    return ShopItem(
        item_id=str(raw["item_id"]),
        title=str(raw.get("title") or ""),
        code=str(raw.get("item_no") or ""),
        price_fen=int(raw.get("price") or 0),
        stock=int(raw.get("quantity") or 0),
        updated_at=required(beijing(raw["update_time"])),
    )
