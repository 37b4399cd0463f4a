"""A Taobao or Tmall shop: its orders, refunds, goods and members."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
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
from regulars.platforms import api_taobao as taobao
from regulars.platforms.api_reading import Listing
from regulars.platforms.api_taobao import ShopItem, ShopMember, TaobaoCredentials, Trade, TradeRefund
from regulars.platforms.contract import Incoming, Session

_PAID = "tid,status,payment,created,modified,pay_time"
_PAID_WITHIN = timedelta(days=15)
"""Between ordering and paying: a pre-sale's rest is due within two weeks or so of its deposit (not confirmed)."""


@connector_registry.add
class TaobaoShop(Connector):
    """Buyers are known by buyer_open_uid (of the app) and ouid (of the shop); an oaid is left out, it names nobody."""

    key: ClassVar[str] = "taobao"
    title: ClassVar[Text] = Text("淘宝 / 天猫店铺", "Taobao or Tmall shop")
    platform: ClassVar[str] = taobao.KEY
    zone: ClassVar[str] = "Asia/Shanghai"
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("orders", Text("订单", "Orders"), every_s=60, history_days=90),
        Stream("refunds", Text("退款", "Refunds"), every_s=120, history_days=90),
        Stream("items", Text("商品", "Goods"), every_s=3_600, longest_s=30 * 86_400, history_days=365),
        Stream("members", Text("会员", "Members"), every_s=600, history_days=365),
    )

    async def pull(self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str) -> Page:
        """Read a page; orders and refunds from the last page to the first: none is passed over while they change."""
        session = opened(session)
        if is_empty(window):
            return Page(())
        told = _Told(ConnectorConfig.model_validate(config, from_attributes=True).shop, session)
        start, end = window.start, window.end
        found: Listing[Any]
        if stream == "orders":
            found, number = await last_first(
                page,
                lambda number: taobao.trades_changed(session, start, end, page=number),
                size=taobao.PAGE_SIZE,
                count=lambda: taobao.count_changed(session, start, end),
            )
            return page_of(found, told.trade, number, step=-1)
        if stream == "refunds":
            found, number = await last_first(
                page,
                lambda number: taobao.refunds_changed(session, start, end, page=number),
                size=taobao.PAGE_SIZE,
                count=lambda: taobao.count_refunds(session, start, end),
            )
            given_back = [one for one in found.rows if one.status == "SUCCESS"]
            items = await asyncio.gather(*(taobao.refunded_item(session, one.refund_id) for one in given_back))
            told.items = {one.refund_id: item for one, item in zip(given_back, items, strict=True)}
            return page_of(found, told.refund, number, step=-1)
        number = int(page or "1")
        if stream == "items":
            found = await taobao.items_on_sale(session, start, end, page=number)
            return page_of(found, told.item, number)
        found = await taobao.members_changed(session, start, end, page=number)
        return page_of(found, told.member, number)

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Read a message of the message service, as it is handed on over HTTP: {topic, content: {tid, ...}}.

        It only says that something changed. Source: the signature is that of TOP's own calls to merchants; that
        messages of TMC (really a long connection, or taobao.tmc.messages.consume) come this way is not confirmed.
        """
        del config
        believed(session, message, taobao.is_theirs)
        topic, content = _content(message.body)
        answer = b'{"success":true}'
        stream = next((name for part, name in _TOPICS.items() if topic.startswith(part)), "")
        changed = {stream: str(content.get("refund_id") or content.get("tid") or "")} if stream else {}
        return Received(answer=answer, media_type="application/json", changed=changed)

    async def totals(self, session: Session, config: BaseModel, day: date) -> Totals | None:
        """Return what was paid on a Beijing day, by Taobao's list of orders by the time they were created."""
        del config
        return await paid_on(
            day,
            _PAID_WITHIN,
            lambda start, end, page: taobao.trades_created(session, start, end, page=page, fields=_PAID),
            lambda t: (t.tid, t.payment_fen, t.paid_at),
        )


_TOPICS = {"taobao_trade_": "orders", "taobao_refund_": "refunds", "taobao_item_": "items"}


def _content(body: bytes) -> tuple[str, dict[str, Any]]:
    try:
        said = json.loads(body)
        content = said["content"]
        return str(said["topic"]), json.loads(content) if isinstance(content, str) else dict(content)
    except (ValueError, KeyError, TypeError):
        return "", {}


class _Told:
    """What Taobao's rows state, for a shop and as the account's app names people."""

    def __init__(self, shop: str, session: Session) -> None:
        self.shop = shop
        self.items: dict[str, str] = {}
        """Of refunds: the numbers of their goods."""
        self._app_key = TaobaoCredentials.model_validate(session.credentials).app_key

    def _people(self, open_uid: str, ouid: str, omid: str = "") -> tuple[Named, ...]:
        known = (Named("omid", omid), Named("ouid", ouid), Named("buyer_open_uid", open_uid, self._app_key))
        return tuple(one for one in known if one.value)

    def trade(self, one: Trade) -> tuple[Statement, ...]:
        lines = [Bought(x.num_iid, x.title, x.quantity, x.price_fen, x.share_fen) for x in one.lines]
        closed = {"TRADE_CLOSED_BY_TAOBAO": "unpaid", "TRADE_CLOSED": "refunded" if one.paid_at else "unpaid"}
        return of_sale(
            Sale(
                one.tid,
                self.shop,
                one.created_at,
                one.ended_at or one.modified_at,
                one.payment_fen,
                lines,
                self._people(one.buyer_open_uid, one.ouid, one.omid),
                paid_at=one.paid_at,
                # SELLER_CONSIGNED_PART: not all of it is on its way yet.
                sent_at=one.sent_at if one.status != "SELLER_CONSIGNED_PART" else None,
                finished_at=(one.ended_at or one.modified_at) if one.status == "TRADE_FINISHED" else None,
                closed=closed.get(one.status, ""),
                region=one.province,
            )
        )

    def refund(self, one: TradeRefund) -> tuple[Statement, ...]:
        if one.status != "SUCCESS" or one.refund_fen <= 0:
            return ()
        line = Bought(self.items.get(one.refund_id) or "-", one.title, one.quantity, 0, one.refund_fen)
        people = self._people(one.buyer_open_uid, one.ouid)
        back = GivenBack(one.refund_id, one.tid, self.shop, one.modified_at, one.refund_fen, [line], people)
        return (of_refund(back),)

    def item(self, one: ShopItem) -> tuple[Statement, ...]:
        props = {
            "item_id": one.num_iid,
            "shop": self.shop,
            "item_name": one.title,
            "category": one.category,
            "code": one.code,
            "price_fen": one.price_fen,
            "stock": one.stock,
            "state": "on_sale" if one.on_sale else "off",
        }
        key = f"item.changed:{one.num_iid}:{one.modified_at.timestamp():.0f}"
        return (Statement("item.changed", one.modified_at, key, props),)

    def member(self, one: ShopMember) -> tuple[Statement, ...]:
        at = one.last_trade_at
        if at is None or not one.ouid:
            return ()
        props = {
            "shop": self.shop,
            "grade": one.grade,
            "grade_name": one.grade_name,
            "trade_count": one.trade_count,
            "amount_fen": one.trade_fen,
        }
        key = f"taobao_member:{one.ouid}:{one.grade}:{one.trade_count}:{one.trade_fen}"
        return (Statement("track.taobao_member", at, key, props, self._people("", one.ouid)),)
