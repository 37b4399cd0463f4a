"""Tencent Cloud's short messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms.api_tencent import KEY, TencentCredentials, template_review
from regulars.platforms.contract import Grant, Platform, Refused, Session, platform_registry
from regulars.platforms.signing import tencent as signing

_NO_TEMPLATE = "1"


@platform_registry.add
class Tencent(Platform):
    """One SMS application of an account."""

    key: ClassVar[str] = KEY
    title: ClassVar[Text] = Text("腾讯云短信", "Tencent Cloud SMS")
    base_url: ClassVar[str] = "https://sms.tencentcloudapi.com"
    page: ClassVar[str] = "https://cloud.tencent.com/document/api/382/55981"
    Config: ClassVar[type[BaseModel]] = TencentCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Ask for a template; that messages may be sent only a message can tell."""
        name = Text("短信模板", "Templates of SMS")
        try:
            await template_review(session, _NO_TEMPLATE)
        except Refused as error:
            if error.cause == "signature":
                raise
            found = Grant(name, granted=error.cause != "permission", said=error.message)
        else:
            found = Grant(name, granted=True)
        return [found, Grant(Text("发送短信", "Sending of SMS"), None)]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the Authorization of a vector's call: id, key, service, timestamp, headers, body."""
        if name != "authorization":
            raise KeyError(name)
        return signing.authorization(
            (given["id"], given["key"]),
            given["service"],
            datetime.fromtimestamp(int(given["timestamp"]), UTC),
            headers=dict(line.split(": ", 1) for line in given["headers"].splitlines()),
            body=given["body"].encode(),
        )
