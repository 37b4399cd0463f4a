"""A POP shop on JD (京东): its paid orders, refunds and goods."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from regulars.connectors.contract import (
    Connector,
    ConnectorConfig,
    Named,
    Page,
    Statement,
    Stream,
    Totals,
    Window,
    connector_registry,
)
from regulars.connectors.orders import Bought, GivenBack, Sale, of_refund, of_sale
from regulars.connectors.pages import is_empty, last_first, opened, page_of, paid_on
from regulars.core.text import Text
from regulars.platforms import api_jd as jd
from regulars.platforms.api_jd import JdCredentials, PopOrder, PopOrderLine, RefundApply, Ware
from regulars.platforms.api_reading import Listing
from regulars.platforms.contract import Session

_PAID_WITHIN = timedelta(days=15)
"""Between ordering and paying, a pre-sale's rest included (not confirmed)."""
_GIVEN_BACK = 3


@connector_registry.add
class JdShop(Connector):
    """JD's list shows no unpaid orders and no time of sending, and sends no messages over HTTP (not confirmed)."""

    key: ClassVar[str] = "jd"
    title: ClassVar[Text] = Text("京东店铺", "JD shop")
    platform: ClassVar[str] = jd.KEY
    zone: ClassVar[str] = "Asia/Shanghai"
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("orders", Text("订单", "Orders"), every_s=60, history_days=90),
        Stream("refunds", Text("退款", "Refunds"), every_s=120, history_days=90),
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
        if stream == "items":
            number = int(page or "1")
            found = await jd.wares_changed(session, start, end, page=number)
            return page_of(found, told.ware, number)
        reading = jd.orders_changed if stream == "orders" else jd.refunds_checked

        async def read(number: int) -> Listing[Any]:
            return await reading(session, start, end, page=number)

        found, number = await last_first(page, read, size=jd.PAGE_SIZE)
        if stream == "orders":
            return page_of(found, told.order, number, step=-1)
        done = [one for one in found.rows if one.status == _GIVEN_BACK]
        orders = await asyncio.gather(*(jd.order(session, one.order_id) for one in done))
        told.orders = {one.order_id: one for one in orders}
        return page_of(found, told.refund, number, step=-1)

    async def totals(self, session: Session, config: BaseModel, day: date) -> Totals | None:
        """Return what was paid on a Beijing day, by JD's list of orders by the time they were created."""
        del config
        return await paid_on(
            day,
            _PAID_WITHIN,
            lambda start, end, page: jd.orders_created(session, start, end, page=page),
            lambda o: (o.order_id, o.payment_fen, o.paid_at),
        )


def _lines(lines: tuple[PopOrderLine, ...]) -> list[Bought]:
    return [Bought(x.ware_id, x.sku_name, x.quantity, x.price_fen, x.price_fen * x.quantity) for x in lines]


class _Told:
    """What JD's rows state, for a shop and as the account's app names people."""

    def __init__(self, shop: str, session: Session) -> None:
        self.shop = shop
        self.orders: dict[str, PopOrder] = {}
        """Those of the refunds, by number: a refund names no goods."""
        self._app_key = JdCredentials.model_validate(session.credentials).app_key

    def _people(self, buyer: str) -> tuple[Named, ...]:
        return (Named("jd_open_id", buyer, self._app_key),) if buyer else ()

    def order(self, one: PopOrder) -> tuple[Statement, ...]:
        sent = one.state in ("WAIT_GOODS_RECEIVE_CONFIRM", "FINISHED_L")
        closed = "" if one.state != "TRADE_CANCELED" else "refunded" if one.paid_at else "unpaid"
        return of_sale(
            Sale(
                one.order_id,
                self.shop,
                one.created_at,
                one.modified_at,
                one.payment_fen,
                _lines(one.lines),
                self._people(one.buyer),
                paid_at=one.paid_at,
                sent_at=(one.ended_at or one.modified_at) if sent else None,
                finished_at=(one.ended_at or one.modified_at) if one.state == "FINISHED_L" else None,
                closed=closed,
                region=one.province,
            )
        )

    def refund(self, one: RefundApply) -> tuple[Statement, ...]:
        order = self.orders.get(one.order_id)
        if one.status != _GIVEN_BACK or one.refund_fen <= 0 or order is None:
            return ()
        lines, people = _lines(order.lines), self._people(order.buyer)
        back = GivenBack(one.apply_id, one.order_id, self.shop, one.checked_at, one.refund_fen, lines, people)
        return (of_refund(back),)

    def ware(self, one: Ware) -> tuple[Statement, ...]:
        props = {
            "item_id": one.ware_id,
            "shop": self.shop,
            "item_name": one.title,
            "code": one.code,
            "price_fen": one.price_fen,
            "stock": one.stock,
            "state": "on_sale",
        }
        key = f"item.changed:{one.ware_id}:{one.modified_at.timestamp():.0f}"
        return (Statement("item.changed", one.modified_at, key, props),)
