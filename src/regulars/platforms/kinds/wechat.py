"""WeChat official accounts and mini programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms import api_wechat
from regulars.platforms.contract import Grant, Platform, Refused, Session, platform_registry
from regulars.platforms.signing import weixin as signing


@platform_registry.add
class Wechat(Platform):
    """An official account or a mini program, each an account of its own."""

    key: ClassVar[str] = api_wechat.KEY
    title: ClassVar[Text] = Text("微信公众号与小程序", "WeChat account or mini program")
    base_url: ClassVar[str] = "https://api.weixin.qq.com"
    page: ClassVar[str] = "https://developers.weixin.qq.com/doc/service/api/"
    Config: ClassVar[type[BaseModel]] = api_wechat.WechatCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Read the followers of an account, or a program's templates; a wrong secret is raised."""
        settings = api_wechat.settings_of(session)
        program = settings.sort == "program"
        name = Text("订阅消息", "Subscription messages") if program else Text("用户管理", "Followers")
        ready = bool(settings.token.get_secret_value())
        receiving = Grant(Text("消息推送（Token）", "Receiving messages (Token)"), granted=ready)
        try:
            await (
                api_wechat.get(session, "wxaapi/newtmpl/gettemplate") if program else api_wechat.follower_ids(session)
            )
        except Refused as error:
            if error.cause != "permission":
                raise
            return [Grant(name, granted=False, said=f"{error.platform_code} {error.message}"), receiving]
        return [Grant(name, granted=True), receiving]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return what the client makes of a published vector: signature, message, envelope."""
        return signing.vector(name, dict(given))
