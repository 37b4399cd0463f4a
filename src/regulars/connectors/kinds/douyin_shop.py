"""A shop on Douyin (抖店): its orders, refunds and goods."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from regulars.connectors.contract import (
    Connector,
    ConnectorConfig,
    Named,
    Page,
    Received,
    Statement,
    Stream,
    Totals,
    Window,
    connector_registry,
)
from regulars.connectors.orders import Bought, GivenBack, Sale, of_refund, of_sale
from regulars.connectors.pages import believed, is_empty, last_first, opened, page_of, paid_on
from regulars.core.text import Text
from regulars.platforms import api_douyin_shop as douyin
from regulars.platforms.api_douyin_shop import AfterSale, DouyinShopCredentials, ShopOrder, ShopProduct
from regulars.platforms.api_reading import Listing
from regulars.platforms.contract import Incoming, Session

_PAID_WITHIN = timedelta(days=15)
"""Between ordering and paying: a pre-sale's rest is due within two weeks or so of its deposit (not confirmed)."""
_GIVEN_BACK = 12
_TAGS = {"1": "orders", "2": "refunds", "4": "items"}
"""First digit of a message's tag: trade, refund, goods. Source: op.jinritemai.com/docs/message-docs (from memory)."""


@connector_registry.add
class DouyinShopSource(Connector):
    """Buyers are known by doudian_open_id; receivers come encrypted and stay out."""

    key: ClassVar[str] = "douyin_shop"
    title: ClassVar[Text] = Text("抖音小店", "Douyin shop")
    platform: ClassVar[str] = douyin.KEY
    zone: ClassVar[str] = "Asia/Shanghai"
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("orders", Text("订单", "Orders"), every_s=60, history_days=90),
        Stream("refunds", Text("退款", "Refunds"), every_s=120, history_days=180),
        Stream("items", Text("商品", "Goods"), every_s=3_600, longest_s=30 * 86_400, history_days=365),
    )

    async def pull(self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str) -> Page:
        """Read a page; orders and refunds from the last page to the first: none is passed over while they change."""
        session = opened(session)
        if is_empty(window):
            return Page(())
        told = _Told(ConnectorConfig.model_validate(config, from_attributes=True).shop, session)
        start, end = window.start, window.end
        found: Listing[Any]

        async def orders(number: int) -> Listing[Any]:
            return await douyin.orders_changed(session, start, end, page=number)

        async def claims(number: int) -> Listing[Any]:
            return await douyin.after_sales_changed(session, start, end, page=number)

        if stream == "orders":
            found, number = await last_first(page, orders, size=douyin.PAGE_SIZE)
            return page_of(found, told.order, number, step=-1)
        if stream == "refunds":
            found, number = await last_first(page, claims, size=douyin.PAGE_SIZE)
            done = [one.aftersale_id for one in found.rows if one.status == _GIVEN_BACK]
            times = await asyncio.gather(*(douyin.refunded_at(session, one) for one in done))
            told.refunded = dict(zip(done, times, strict=True))
            return page_of(found, told.refund, number, step=-1)
        number = int(page or "1")
        found = await douyin.products_changed(session, start, end, page=number)
        return page_of(found, told.product, number)

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Read a message: a list of {tag, msg_id, data}. It only says that something changed."""
        del config
        believed(session, message, douyin.is_theirs)
        changed: dict[str, str] = {}
        for one in _items(message.body):
            stream = _TAGS.get(str(one.get("tag") or "")[:1])
            data = one.get("data")
            data = json.loads(data) if isinstance(data, str) and data.startswith("{") else data
            if stream and isinstance(data, dict):
                changed[stream] = str(data.get("p_id") or data.get("product_id") or "")
        return Received(answer=b'{"code":0,"msg":"success"}', media_type="application/json", changed=changed)

    async def totals(self, session: Session, config: BaseModel, day: date) -> Totals | None:
        """Return what was paid on a Beijing day, by Douyin's list of orders by the time they were created."""
        del config
        return await paid_on(
            day,
            _PAID_WITHIN,
            lambda start, end, page: douyin.orders_created(session, start, end, page=page),
            lambda o: (o.order_id, o.pay_fen, o.paid_at),
        )


def _items(body: bytes) -> list[dict[str, Any]]:
    try:
        said = json.loads(body)
    except ValueError:
        return []
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []


class _Told:
    """What Douyin's rows state, for a shop and as the account's app names people."""

    def __init__(self, shop: str, session: Session) -> None:
        self.shop = shop
        self.refunded: dict[str, datetime | None] = {}
        """Of claims: when their money was back."""
        self._app_key = DouyinShopCredentials.model_validate(session.credentials).app_key

    def order(self, one: ShopOrder) -> tuple[Statement, ...]:
        closed = "" if one.status != 4 else "refunded" if one.paid_at else "unpaid"
        return of_sale(
            Sale(
                one.order_id,
                self.shop,
                one.created_at,
                one.updated_at,
                one.pay_fen,
                [Bought(x.product_id, x.product_name, x.quantity, x.price_fen, x.pay_fen) for x in one.lines],
                (Named("doudian_open_id", one.open_id, self._app_key),) if one.open_id else (),
                paid_at=one.paid_at,
                sent_at=one.sent_at if one.status in (3, 4, 5) else None,  # 101: sent in part
                finished_at=(one.finished_at or one.updated_at) if one.status == 5 else None,
                closed=closed,
                region=one.province,
            )
        )

    def refund(self, one: AfterSale) -> tuple[Statement, ...]:
        at = self.refunded.get(one.aftersale_id)
        if at is None or one.refund_fen <= 0:
            return ()
        line = Bought(one.product_id, one.product_name, one.quantity, 0, one.refund_fen)
        return (of_refund(GivenBack(one.aftersale_id, one.order_id, self.shop, at, one.refund_fen, [line], ())),)

    def product(self, one: ShopProduct) -> tuple[Statement, ...]:
        props = {
            "item_id": one.product_id,
            "shop": self.shop,
            "item_name": one.name,
            "category": one.category,
            "price_fen": one.price_fen,
            "state": "on_sale" if one.on_sale else "off",
        }
        key = f"item.changed:{one.product_id}:{one.updated_at.timestamp():.0f}"
        return (Statement("item.changed", one.updated_at, key, props),)
