"""POP shops on JD (京东)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms import api_jd as jd
from regulars.platforms.contract import Grant, Platform, Session, platform_registry
from regulars.platforms.granting import tried
from regulars.platforms.signing import jd as signing


@platform_registry.add
class Jd(Platform):
    """A POP shop's authorisation of an app."""

    key: ClassVar[str] = jd.KEY
    title: ClassVar[Text] = Text("京东店铺", "JD shop")
    base_url: ClassVar[str] = "https://api.jd.com"
    page: ClassVar[str] = "https://jos.jd.com/commondoc?listId=33"
    Config: ClassVar[type[BaseModel]] = jd.JdCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Read one thing of each permission."""
        end = session.clock.system_now()
        start = end - timedelta(hours=1)
        return [
            await tried(Text("读取订单", "Read orders"), jd.orders_changed(session, start, end, page=1)),
            await tried(Text("读取退款", "Read refunds"), jd.refunds_checked(session, start, end, page=1)),
            await tried(Text("读取商品", "Read goods"), jd.wares_changed(session, start, end, page=1)),
            Grant(Text("修改订单备注", "Change memos of orders"), None),
        ]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the signature of a vector's input: secret, and the call's parameters."""
        return {"sign": signing.sign}[name]({k: v for k, v in given.items() if k != "secret"}, given["secret"])
