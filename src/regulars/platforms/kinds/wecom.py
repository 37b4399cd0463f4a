"""WeCom: a company's guides, their friends and groups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms import api_wecom, api_wecom_contacts
from regulars.platforms.contract import Grant, Platform, Refused, Session, platform_registry
from regulars.platforms.signing import weixin as signing


@platform_registry.add
class Wecom(Platform):
    """An app of the company that may use customer contact."""

    key: ClassVar[str] = api_wecom.KEY
    title: ClassVar[Text] = Text("企业微信", "WeCom")
    base_url: ClassVar[str] = "https://qyapi.weixin.qq.com"
    page: ClassVar[str] = "https://developer.work.weixin.qq.com/document/path/90664"
    Config: ClassVar[type[BaseModel]] = api_wecom.WecomCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Read one thing of each permission; a wrong secret is raised, a missing permission is told."""
        settings = api_wecom.settings_of(session)
        ready = bool(settings.token.get_secret_value()) and bool(settings.aes_key.get_secret_value())
        return [
            await _tried(Text("客户联系成员", "Guides"), lambda: api_wecom.guide_ids(session)),
            await _tried(Text("客户标签", "Customer tags"), lambda: api_wecom_contacts.tags(session)),
            await _tried(Text("客户群", "Customer groups"), lambda: api_wecom_contacts.group_ids(session, limit=1)),
            await _tried(Text("通讯录", "Directory"), lambda: api_wecom.departments(session)),
            Grant(Text("接收消息（Token 与 EncodingAESKey）", "Receiving messages (Token, EncodingAESKey)"), ready),
        ]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return what the client makes of a published vector: signature, message, envelope."""
        return signing.vector(name, dict(given))


async def _tried(name: Text, work: Callable[[], Awaitable[object]]) -> Grant:
    try:
        await work()
    except Refused as error:
        if error.cause != "permission":
            raise
        return Grant(name, granted=False, said=f"{error.platform_code} {error.message}")
    return Grant(name, granted=True)
