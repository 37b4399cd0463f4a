"""Alipay: payouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms.api_alipay import KEY, AlipayCredentials, transfer_state
from regulars.platforms.contract import Grant, Platform, Refused, Session, platform_registry
from regulars.platforms.signing import alipay as signing

_NOBODYS = "regulars-check"


@platform_registry.add
class Alipay(Platform):
    """An application that may pay out."""

    key: ClassVar[str] = KEY
    title: ClassVar[Text] = Text("支付宝付款", "Alipay payouts")
    base_url: ClassVar[str] = "https://openapi.alipay.com"
    page: ClassVar[str] = "https://opendocs.alipay.com/open/62987723_alipay.fund.trans.uni.transfer"
    Config: ClassVar[type[BaseModel]] = AlipayCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Ask for a transfer that does not exist; that money can be paid only a payout can tell."""
        name = Text("查询转账", "Ask about transfers")
        try:
            await transfer_state(session, _NOBODYS)
        except Refused as error:
            if error.cause == "signature":
                raise
            found = Grant(name, granted=error.cause != "permission", said=error.message)
        else:
            found = Grant(name, granted=True)
        return [found, Grant(Text("单笔转账", "Make transfers"), None)]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the number of a vector's certificates: pem."""
        makers = {"root_number": signing.root_number, "certificate_number": signing.certificate_number}
        return makers[name](given["pem"].encode())
