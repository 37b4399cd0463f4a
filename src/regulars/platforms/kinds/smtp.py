"""Any mail server that speaks SMTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms import api_smtp
from regulars.platforms.api_smtp import SmtpCredentials
from regulars.platforms.contract import Grant, Platform, Session, platform_registry


@platform_registry.add
class Smtp(Platform):
    """Its address stands in the account's settings: there is no one place where SMTP answers."""

    key: ClassVar[str] = api_smtp.KEY
    title: ClassVar[Text] = Text("邮件服务器（SMTP）", "Mail server (SMTP)")
    base_url: ClassVar[str] = "smtp:"
    page: ClassVar[str] = "https://www.rfc-editor.org/rfc/rfc5321"
    Config: ClassVar[type[BaseModel]] = SmtpCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Connect and log in."""
        await api_smtp.check(session)
        return [Grant(Text("登录邮件服务器", "Log in to the mail server"), granted=True)]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Nothing is signed here."""
        raise KeyError(name)
