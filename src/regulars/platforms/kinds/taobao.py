"""Taobao and Tmall shops by TOP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms import api_taobao as taobao
from regulars.platforms.contract import Grant, Platform, Session, platform_registry
from regulars.platforms.granting import tried
from regulars.platforms.signing import taobao as signing


@platform_registry.add
class Taobao(Platform):
    """A shop's authorisation. Each permission package of TOP has one reading method here that shows it."""

    key: ClassVar[str] = taobao.KEY
    title: ClassVar[Text] = Text("淘宝 / 天猫店铺", "Taobao or Tmall shop")
    base_url: ClassVar[str] = "https://eco.taobao.com"
    page: ClassVar[str] = "https://open.taobao.com/api.htm"
    Config: ClassVar[type[BaseModel]] = taobao.TaobaoCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Read one thing of each permission."""
        end = session.clock.system_now()
        start = end - timedelta(hours=1)
        return [
            await tried(Text("店铺授权", "Authorisation of the shop"), taobao.seller_nick(session)),
            await tried(Text("读取订单", "Read orders"), taobao.count_changed(session, start, end)),
            await tried(Text("读取退款", "Read refunds"), taobao.refunds_changed(session, start, end, page=1)),
            await tried(Text("读取商品", "Read goods"), taobao.items_on_sale(session, start, end, page=1)),
            await tried(Text("读取会员", "Read members"), taobao.members_changed(session, start, end, page=1)),
            Grant(Text("修改订单备注", "Change memos of orders"), None),
        ]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a vector's input: secret, and the call's parameters."""
        params = {key: value for key, value in given.items() if key != "secret"}
        method: signing.Method = "md5" if name == "md5" else "hmac"
        return {"md5": signing.sign, "hmac": signing.sign}[name](params, given["secret"], method)
