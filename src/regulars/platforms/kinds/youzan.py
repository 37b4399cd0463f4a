"""Shops on Youzan (有赞)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms import api_youzan as youzan
from regulars.platforms.contract import Grant, Platform, Session, platform_registry
from regulars.platforms.granting import tried
from regulars.platforms.signing import youzan as signing


@platform_registry.add
class Youzan(Platform):
    """A self-use app and its shop."""

    key: ClassVar[str] = youzan.KEY
    title: ClassVar[Text] = Text("有赞店铺", "Youzan shop")
    base_url: ClassVar[str] = "https://open.youzanyun.com"
    page: ClassVar[str] = "https://doc.youzanyun.com/list/API/1356"
    Config: ClassVar[type[BaseModel]] = youzan.YouzanCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Read one thing of each permission."""
        end = session.clock.system_now()
        start = end - timedelta(hours=1)
        return [
            await tried(Text("读取订单", "Read orders"), youzan.trades_changed(session, start, end, page=1)),
            await tried(Text("读取退款", "Read refunds"), youzan.refunds_changed(session, start, end, page=1)),
            await tried(Text("读取商品", "Read goods"), youzan.items_on_sale(session, start, end, page=1)),
        ]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a message: client_id, body, client_secret."""
        return {"message": signing.sign_message}[name](
            given["client_id"], given["body"].encode(), given["client_secret"]
        )
