"""Digital SMS (pictures, sound, video) through Aliyun."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, Field

from regulars.channels import sms_text
from regulars.channels.contract import Message, Recipient, Reviewed, channels
from regulars.channels.kinds.sms_aliyun import SmsAliyun
from regulars.channels.sms_text import SmsConfig
from regulars.core.text import Text


class DigitalSmsConfig(SmsConfig):
    """A digital template, told by its code; the price is of a whole message, however large."""

    template_code: str = Field(pattern="^DIGITAL_SMS_", max_length=60, title="Digital template code")
    price_fen: int = Field(default=40, ge=0, title="Price of one message, fen")


@channels.add
class DigitalSmsAliyun(SmsAliyun):
    """Goes the way of text messages. The same template reaches a number once a day, 10 templates in all.

    Source: help.aliyun.com/document_detail/437966.html.
    """

    key: ClassVar[str] = "digital_sms_aliyun"
    title: ClassVar[Text] = Text("数字短信（阿里云）", "Digital SMS (Aliyun)")
    Config: ClassVar[type[BaseModel]] = DigitalSmsConfig

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of one message."""
        del message
        return DigitalSmsConfig.model_validate(config).price_fen

    def parts(self, config: BaseModel, recipient: Recipient) -> int:
        """Return 1: it is paid whole."""
        del config, recipient
        return 1

    def reviewed(self, config: BaseModel) -> tuple[Reviewed, ...]:
        """Return the signature; whether digital templates can be asked about is not confirmed."""
        return super().reviewed(config)[:1]

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return the text of the message and its price."""
        settings = DigitalSmsConfig.model_validate(config)
        text = sms_text.shown(settings, sms_text.params_of(recipient), recipient.body)
        return f"{text}\n¥{settings.price_fen / 100:.2f}"
