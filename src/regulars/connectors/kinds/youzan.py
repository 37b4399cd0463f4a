"""A shop on Youzan (有赞): its orders, refunds and goods."""

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
from regulars.platforms import api_youzan as youzan
from regulars.platforms.api_reading import Listing
from regulars.platforms.api_youzan import ShopItem, Trade, TradeRefund
from regulars.platforms.contract import Incoming, Session

_PAID_WITHIN = timedelta(days=3)
"""Between ordering and paying (not confirmed: a shop may set longer)."""


@connector_registry.add
class YouzanShop(Connector):
    """Buyers are known by yz_open_id; what comes encrypted stays out."""

    key: ClassVar[str] = "youzan"
    title: ClassVar[Text] = Text("有赞店铺", "Youzan shop")
    platform: ClassVar[str] = youzan.KEY
    zone: ClassVar[str] = "Asia/Shanghai"
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("orders", Text("订单", "Orders"), every_s=60, history_days=365),
        Stream("refunds", Text("退款", "Refunds"), every_s=120, history_days=365),
        Stream("items", Text("商品", "Goods"), every_s=3_600, longest_s=30 * 86_400, history_days=365),
    )

    async def pull(self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str) -> Page:
        """Read a page; orders and refunds from the last page to the first: none is passed over while they change."""
        session = opened(session)
        if is_empty(window):
            return Page(())
        told = _Told(ConnectorConfig.model_validate(config, from_attributes=True).shop)
        start, end = window.start, window.end
        found: Listing[Any]
        if stream == "items":
            number = int(page or "1")
            found = await youzan.items_on_sale(session, start, end, page=number)
            return page_of(found, told.item, number)
        reading = youzan.trades_changed if stream == "orders" else youzan.refunds_changed

        async def read(number: int) -> Listing[Any]:
            return await reading(session, start, end, page=number)

        found, number = await last_first(page, read, size=youzan.PAGE_SIZE)
        if stream == "orders":
            return page_of(found, told.trade, number, step=-1)
        done = [one for one in found.rows if one.status == "SUCCESS"]
        for one, bought in zip(done, await asyncio.gather(*(_bought(session, one) for one in done)), strict=True):
            told.bought[one.refund_id] = bought
        return page_of(found, told.refund, number, step=-1)

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Read a message. It only says that something changed."""
        del config
        believed(session, message, youzan.is_theirs)
        said: Any = json.loads(message.body)
        kind = str(said.get("type") or "").lower()
        stream = "refunds" if "refund" in kind else "orders" if "trade" in kind else "items" if "item" in kind else ""
        changed = {stream: str(said.get("id") or "")} if stream else {}
        return Received(answer=b'{"code":0,"msg":"success"}', media_type="application/json", changed=changed)

    async def totals(self, session: Session, config: BaseModel, day: date) -> Totals | None:
        """Return what was paid on a Beijing day, by Youzan's list of orders by the time they were created."""
        del config
        return await paid_on(
            day,
            _PAID_WITHIN,
            lambda start, end, page: youzan.trades_created(session, start, end, page=page),
            lambda t: (t.tid, t.payment_fen, t.paid_at),
        )


async def _bought(session: Session, one: TradeRefund) -> tuple[Bought, datetime]:
    """Return what a refund is for, and when the money was back: the list of refunds says neither."""
    whole = await youzan.refund(session, one.refund_id)
    order = await youzan.trade(session, one.tid)
    at = whole.done_at or one.modified_at
    for line in order.lines:
        if line.oid == whole.oid:
            return Bought(line.item_id, line.title, line.quantity, 0, one.refund_fen), at
    return Bought("-", "", 1, 0, one.refund_fen), at


class _Told:
    """What Youzan's rows state, for a shop."""

    def __init__(self, shop: str) -> None:
        self.shop = shop
        self.bought: dict[str, tuple[Bought, datetime]] = {}
        """Of refunds: what they are for, and when the money was back."""

    def trade(self, one: Trade) -> tuple[Statement, ...]:
        closed = "" if one.status != "TRADE_CLOSED" else "refunded" if one.paid_at else "unpaid"
        return of_sale(
            Sale(
                one.tid,
                self.shop,
                one.created_at,
                one.updated_at,
                one.payment_fen,
                [Bought(x.item_id, x.title, x.quantity, x.price_fen, x.payment_fen) for x in one.lines],
                (Named("yz_open_id", one.buyer),) if one.buyer else (),
                paid_at=one.paid_at,
                sent_at=one.sent_at,
                finished_at=(one.finished_at or one.updated_at) if one.status == "TRADE_SUCCESS" else None,
                closed=closed,
                region=one.province,
            )
        )

    def refund(self, one: TradeRefund) -> tuple[Statement, ...]:
        if one.refund_id not in self.bought or one.refund_fen <= 0:
            return ()
        line, at = self.bought[one.refund_id]
        return (of_refund(GivenBack(one.refund_id, one.tid, self.shop, at, one.refund_fen, [line], ())),)

    def item(self, one: ShopItem) -> tuple[Statement, ...]:
        props = {
            "item_id": one.item_id,
            "shop": self.shop,
            "item_name": one.title,
            "code": one.code,
            "price_fen": one.price_fen,
            "stock": one.stock,
            "state": "on_sale",
        }
        key = f"item.changed:{one.item_id}:{one.updated_at.timestamp():.0f}"
        return (Statement("item.changed", one.updated_at, key, props),)
