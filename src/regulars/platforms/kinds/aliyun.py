"""Aliyun: short messages and voice calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms.api_aliyun import KEY, AliyunCredentials, read
from regulars.platforms.contract import Grant, Platform, Refused, Session, platform_registry
from regulars.platforms.signing import aliyun as signing

_LISTS = {
    "QuerySmsSignList": Text("短信签名与发送", "Signatures and sending of SMS"),
    "QuerySmsTemplateList": Text("短信模板", "Templates of SMS"),
}


@platform_registry.add
class Aliyun(Platform):
    """One access key for SMS (dysmsapi) and voice (dyvmsapi)."""

    key: ClassVar[str] = KEY
    title: ClassVar[Text] = Text("阿里云短信与语音", "Aliyun SMS and voice")
    base_url: ClassVar[str] = "https://dysmsapi.aliyuncs.com"
    page: ClassVar[str] = "https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-overview"
    Config: ClassVar[type[BaseModel]] = AliyunCredentials

    async def check(self, session: Session) -> list[Grant]:
        """List signatures and templates; that calls may be made only a call can tell."""
        found: list[Grant] = []
        for action, name in _LISTS.items():
            try:
                await read(session, action, {"PageIndex": "1", "PageSize": "1"})
            except Refused as error:
                if error.cause == "signature":
                    raise
                found.append(Grant(name, granted=error.cause != "permission", said=error.message))
            else:
                found.append(Grant(name, granted=True))
        return [*found, Grant(Text("语音外呼", "Voice calls"), None)]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the Authorization of a vector's call: key_id, key_secret, headers, query "a=b&c=d"."""
        if name != "authorization":
            raise KeyError(name)
        headers = dict(line.split(": ", 1) for line in given["headers"].splitlines())
        asked = signing.query(dict(part.split("=", 1) for part in given["query"].split("&")))
        return signing.authorization((given["key_id"], given["key_secret"]), headers, query=asked, body=b"")
