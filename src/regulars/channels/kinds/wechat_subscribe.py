"""WeChat subscription messages: of a template that the person has allowed, one for each time they did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from regulars.channels.contract import (
    AccountConfig,
    Limits,
    PlatformChannel,
    Receipts,
    Recipient,
    SendRequest,
    SendResult,
    channels,
)
from regulars.channels.kinds.wechat_template import PER_SECOND, receipts, refused
from regulars.core.text import Text
from regulars.platforms import api_wechat as wechat
from regulars.platforms.contract import Incoming, Refused, Session


class WechatSubscribeConfig(AccountConfig):
    """fields: the template's fields, each a Liquid text. page: of the account's own mini program."""

    template: str = Field(min_length=1, max_length=100, title="Template ID")
    fields: dict[str, str] = Field(min_length=1, title="Fields")
    page: str = Field(default="", max_length=500, title="Page")


@channels.add
class WechatSubscribe(PlatformChannel):
    """The permission is used up by the message; WeChat has no key against doubles, and needs none to refuse a second.

    That a second is refused says not whether the first was taken, so what is unclear stays unknown.
    """

    key: ClassVar[str] = "wechat_subscribe"
    title: ClassVar[Text] = Text("微信订阅消息", "WeChat subscription message")
    platform: ClassVar[str] = "wechat"
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("openid",)
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "person"
    limits: ClassVar[Limits] = Limits(batch=1, per_second=PER_SECOND)
    Config: ClassVar[type[BaseModel]] = WechatSubscribeConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the name under which people allow messages on WeChat."""
        del config
        return "wechat"

    def texts(self, config: BaseModel) -> Mapping[str, str]:
        """Return the template's fields."""
        return WechatSubscribeConfig.model_validate(config).fields

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return the fields as the person would see them, without the template's own words."""
        del config
        return "\n".join(f"{name}: {text}" for name, text in recipient.texts.items())

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Send one message; somebody who has not allowed it (any more) is refused."""
        settings = WechatSubscribeConfig.model_validate(config)
        (one,) = request.recipients
        try:
            number = await wechat.send_subscribed(
                session, one.address, settings.template, one.texts, page=settings.page
            )
        except Refused as error:
            return refused(error, one.uid)
        return SendResult(number)

    def receipts(self, session: Session, message: Incoming) -> Receipts:
        """Read what became of messages. Raises: Forbidden."""
        return receipts(session, message)
