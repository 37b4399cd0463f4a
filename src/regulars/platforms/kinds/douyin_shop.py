"""Shops on Douyin (抖店)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms import api_douyin_shop as douyin
from regulars.platforms.contract import Grant, Platform, Session, platform_registry
from regulars.platforms.granting import tried
from regulars.platforms.signing import douyin_shop as signing


@platform_registry.add
class DouyinShop(Platform):
    """A self-use app and its shop."""

    key: ClassVar[str] = douyin.KEY
    title: ClassVar[Text] = Text("抖音小店", "Douyin shop")
    base_url: ClassVar[str] = "https://openapi-fxg.jinritemai.com"
    page: ClassVar[str] = "https://op.jinritemai.com/docs/guide-docs/10/23"
    Config: ClassVar[type[BaseModel]] = douyin.DouyinShopCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Read one thing of each permission."""
        end = session.clock.system_now()
        start = end - timedelta(hours=1)
        return [
            await tried(Text("读取订单", "Read orders"), douyin.orders_changed(session, start, end, page=1)),
            await tried(Text("读取售后", "Read refunds"), douyin.after_sales_changed(session, start, end, page=1)),
            await tried(Text("读取商品", "Read goods"), douyin.products_changed(session, start, end, page=1)),
            Grant(Text("修改订单备注", "Change memos of orders"), None),
        ]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a vector's input: secret, app_key, method, param_json, timestamp."""
        return {"sign": signing.sign}[name](
            given["secret"], given["app_key"], given["method"], given["param_json"], given["timestamp"]
        )
