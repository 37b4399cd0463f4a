"""SMS to the receiver of a Taobao order, by the platform: nobody sees a phone number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from regulars.channels.contract import (
    AccountConfig,
    Limits,
    Message,
    PlatformChannel,
    SendRequest,
    SendResult,
    channels,
)
from regulars.core.text import Text
from regulars.platforms import api_taobao as taobao
from regulars.platforms import api_taobao_reach as outward
from regulars.platforms.contract import Session


class TaobaoOaidSmsConfig(AccountConfig):
    """A template of Taobao's SMS and what fills it. values: Liquid, by the template's variables."""

    sign_name: str = Field(min_length=1, max_length=40, title="Signature")
    template_code: str = Field(pattern="^SMS_[0-9]+$", title="Template code")
    values: dict[str, str] = Field(default_factory=dict, max_length=20, title="Template variables")
    price_fen: int = Field(default=5, ge=0, le=1_000, title="Price of one message")


@channels.add
class TaobaoOaidSms(PlatformChannel):
    """One person a request: Taobao takes no lists. The oaid is read from the order just before, since it rotates.

    Source: open.alitrip.com apiId=54973. Not confirmed: receipts, and for how long after an order it may be used.
    """

    key: ClassVar[str] = "taobao_oaid_sms"
    title: ClassVar[Text] = Text("淘宝订单短信", "SMS to a Taobao order's receiver")
    platform: ClassVar[str] = taobao.KEY
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("order",)
    channel_class: ClassVar[str] = "sms"
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "none"
    limits: ClassVar[Limits] = Limits(batch=1, per_second=10)
    Config: ClassVar[type[BaseModel]] = TaobaoOaidSmsConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the channel people know it as."""
        del config
        return "sms"

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of one message, as the settings say."""
        del message
        return TaobaoOaidSmsConfig.model_validate(config).price_fen

    def texts(self, config: BaseModel) -> Mapping[str, str]:
        """Return the template's variables."""
        return TaobaoOaidSmsConfig.model_validate(config).values

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Read the order's oaid, then send once."""
        settings = TaobaoOaidSmsConfig.model_validate(config)
        (to,) = request.recipients
        order = await taobao.trade(session, to.address)
        if not order.oaid:
            return SendResult(refused={to.uid: "no_oaid"})
        values = {name: to.texts.get(name, "") for name in settings.values}
        sms = outward.OaidSms(order.tid, order.oaid, settings.sign_name, settings.template_code, values, to.ref)
        return SendResult(provider_id=await outward.send_oaid_sms(session, sms))
