"""Text messages through Aliyun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from regulars.channels import sms_text
from regulars.channels.aliyun import AliyunChannel, sorted_out
from regulars.channels.contract import (
    Limits,
    Message,
    Recipient,
    Review,
    Reviewed,
    ReviewState,
    SendRequest,
    SendResult,
    channels,
)
from regulars.channels.sms_text import SmsConfig
from regulars.core.text import Text
from regulars.platforms import api_aliyun
from regulars.platforms.api_aliyun import Sms
from regulars.platforms.contract import Refused, Session

_STATES: Mapping[str, ReviewState] = {
    "pending": "submitted", "approved": "approved", "rejected": "refused", "cancelled": "draft"
}  # fmt: skip


@channels.add
class SmsAliyun(AliyunChannel):
    """A template with values of its own for each of up to 100 people."""

    key: ClassVar[str] = "sms_aliyun"
    title: ClassVar[Text] = Text("短信（阿里云）", "SMS (Aliyun)")
    limits: ClassVar[Limits] = Limits(batch=api_aliyun.BATCH, counts="messages")
    Config: ClassVar[type[BaseModel]] = SmsConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the name under which people consent: one for all providers of SMS."""
        del config
        return "sms"

    def texts(self, config: BaseModel) -> Mapping[str, str]:
        """Return the template's variables."""
        return SmsConfig.model_validate(config).texts()

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of all parts of a message."""
        return sms_text.cost_fen(SmsConfig.model_validate(config), message.body)

    def parts(self, config: BaseModel, recipient: Recipient) -> int:
        """Return the parts of a person's text."""
        settings = SmsConfig.model_validate(config)
        return sms_text.parts(sms_text.shown(settings, sms_text.params_of(recipient), recipient.body))

    def part_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of a part."""
        del message
        return SmsConfig.model_validate(config).price_fen

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return the text with its signature, its parts and their price."""
        return sms_text.preview(SmsConfig.model_validate(config), recipient)

    def reviewed(self, config: BaseModel) -> tuple[Reviewed, ...]:
        """Return the signature and the template."""
        settings = SmsConfig.model_validate(config)
        return (Reviewed("signature", settings.sign_name), Reviewed("template", settings.template_code))

    async def review(self, session: Session, of: Reviewed) -> Review:
        """Ask where a signature's or a template's review stands."""
        asks = api_aliyun.signature_review if of.what == "signature" else api_aliyun.template_review
        try:
            found = await asks(session, of.code)
        except Refused as error:
            if error.cause != "missing":
                raise
            return Review(of, "draft", error.message)
        return Review(of, _STATES[found.state], found.reason, found.text)

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Send one template to the people of a request."""
        settings = SmsConfig.model_validate(config)
        good, refused = sorted_out(request)
        if not good:
            return SendResult(refused=refused)
        number = await api_aliyun.send(
            session,
            settings.sign_name,
            settings.template_code,
            [Sms(phone, sms_text.params_of(person)) for phone, person in good.items()],
            out_id=request.request_id,
        )
        return SendResult(number, refused)
