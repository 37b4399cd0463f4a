"""WeChat template messages: what happened to an order, to one follower of an official account.

WeChat forbids unasked advertising by templates: a message follows something the person did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import time
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from regulars.channels.contract import (
    AccountConfig,
    Limits,
    PlatformChannel,
    QuietHours,
    Receipt,
    Receipts,
    Recipient,
    SendRequest,
    SendResult,
    channels,
)
from regulars.core.text import Text
from regulars.platforms import api_wechat as wechat
from regulars.platforms.contract import Incoming, Refused, Session

PER_SECOND = 50.0
"""Ours; WeChat counts by day and account."""


class WechatTemplateConfig(AccountConfig):
    """fields: the template's fields, each a Liquid text. link: where the message leads."""

    template: str = Field(min_length=1, max_length=100, title="Template ID")
    fields: dict[str, str] = Field(min_length=1, title="Fields")
    link: str = Field(default="", max_length=500, title="Link")


@channels.add
class WechatTemplate(PlatformChannel):
    """WeChat takes a message's key once, but for ten minutes only and as a best effort.

    An attempt may be repeated hours later, so this counts as no key: what is unclear stays unknown.
    """

    key: ClassVar[str] = "wechat_template"
    title: ClassVar[Text] = Text("微信模板消息", "WeChat template message")
    platform: ClassVar[str] = "wechat"
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("openid",)
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "person"
    limits: ClassVar[Limits] = Limits(batch=1, per_second=PER_SECOND)
    quiet_hours: ClassVar[QuietHours] = QuietHours(time(21), time(9))
    Config: ClassVar[type[BaseModel]] = WechatTemplateConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the name under which people allow messages on WeChat."""
        del config
        return "wechat"

    def texts(self, config: BaseModel) -> Mapping[str, str]:
        """Return the template's fields."""
        return WechatTemplateConfig.model_validate(config).fields

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return the fields as the person would see them, without the template's own words."""
        del config
        return "\n".join(f"{name}: {text}" for name, text in recipient.texts.items())

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Send one message; somebody who follows no longer is refused."""
        settings = WechatTemplateConfig.model_validate(config)
        (one,) = request.recipients
        key = hashlib.sha256(f"{request.request_id}/{one.uid}".encode()).hexdigest()[:32]
        try:
            number = await wechat.send_template(
                session, one.address, settings.template, one.texts, key=key, link=settings.link
            )
        except Refused as error:
            return refused(error, one.uid)
        return SendResult(number)

    def receipts(self, session: Session, message: Incoming) -> Receipts:
        """Read what became of messages. Raises: Forbidden."""
        return receipts(session, message)


def refused(error: Refused, uid: int) -> SendResult:
    """Return a refusal that is about the person alone; raise any other again."""
    if error.cause != "missing":
        raise error
    return SendResult(refused={uid: error.platform_code})


def receipts(session: Session, message: Incoming) -> Receipts:
    """Read the ends of template and of subscription messages; other messages have none. Raises: Forbidden."""
    told = wechat.read_message(wechat.settings_of(session), message)
    if told.at is None:
        return Receipts((), told.echo.encode(), "text/plain")
    fields, found = told.fields, []
    if fields.get("Event") == "TEMPLATESENDJOBFINISH":
        found = [(str(fields.get("MsgID", "")), str(fields.get("Status", "")))]
    elif fields.get("Event") == "subscribe_msg_sent_event":
        table: Any = fields.get("SubscribeMsgSentEvent") or {}
        rows = table.get("List", []) if isinstance(table, Mapping) else []
        found = [
            (str(row.get("MsgID", "")), str(row.get("ErrorStatus", "")))
            for row in (rows if isinstance(rows, list) else [rows])
        ]
    to, at = str(fields.get("FromUserName", "")), told.at
    items = tuple(
        Receipt("delivered", at, provider_id=number, address=to)
        if status == "success"
        else Receipt("failed", at, provider_id=number, address=to, reason=status[:100])
        for number, status in found
    )
    return Receipts(items, b"success", "text/plain")
