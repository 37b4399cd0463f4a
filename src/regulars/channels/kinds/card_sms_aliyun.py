"""Card SMS through Aliyun: a picture card in the message list, and something plainer where phones show none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, Field, model_validator

from regulars.channels import card_layouts, sms_text
from regulars.channels.aliyun import AliyunChannel, sorted_out
from regulars.channels.card_layouts import LAYOUTS
from regulars.channels.contract import AccountConfig, Limits, Message, Recipient, SendRequest, SendResult, channels
from regulars.core.text import Text
from regulars.platforms import api_aliyun
from regulars.platforms.api_aliyun import CardTemplates, Sms
from regulars.platforms.contract import Session

_TOO_LONG = "isv.PARAM_LENGTH_LIMIT"


class CardConfig(AccountConfig):
    """An approved card template, what stands on it (for the preview), and what goes where it cannot be shown."""

    sign_name: str = Field(min_length=2, max_length=20, title="Signature, without 【】")
    card_template: str = Field(pattern="^CARD_SMS_", max_length=60, title="Card template code")
    layout: Literal[
        "image", "images", "shop", "shop_items", "carousel_wide", "carousel_square", "carousel_tall", "slides",
        "long_text", "video", "image_video", "red_packet",
    ] = Field(default="image", title="Layout")  # fmt: skip
    images: list[str] = Field(default_factory=list, max_length=5, title="Pictures, for the preview")
    video: str = Field(default="", max_length=500, title="Video, for the preview")
    headline: str = Field(default="", max_length=100, title="Headline, as approved")
    text: str = Field(default="", max_length=1_000, title="Text, as approved")
    params: dict[str, str] = Field(default_factory=dict, max_length=card_layouts.MAX_PARAMS, title="Template variables")
    fallback: Literal["NONE", "DIGITALSMS", "SMS"] = Field(default="SMS", title="For phones that show no cards")
    fallback_template: str = Field(default="", max_length=60, title="Template code of the fallback")
    price_fen: int = Field(default=10, ge=0, title="Price of one card, fen")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        card_layouts.check(self.layout, len(self.images), self.text, video=bool(self.video))
        if any(not re.match(card_layouts.PARAM_NAME, name) for name in self.params):
            raise ValueError("a variable's name is a letter and up to 9 letters or digits")
        prefix = {"SMS": "SMS_", "DIGITALSMS": "DIGITAL_SMS_", "NONE": ""}[self.fallback]
        if self.fallback != "NONE" and not self.fallback_template.startswith(prefix):
            raise ValueError(f"the fallback needs a template code that begins with {prefix}")
        return self


@channels.add
class CardSmsAliyun(AliyunChannel):
    """Up to 100 people a request, each with values of their own; Aliyun decides who gets the fallback."""

    key: ClassVar[str] = "card_sms_aliyun"
    title: ClassVar[Text] = Text("卡片短信（阿里云）", "Card SMS (Aliyun)")
    limits: ClassVar[Limits] = Limits(batch=api_aliyun.BATCH, counts="messages")
    Config: ClassVar[type[BaseModel]] = CardConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the name under which people consent: one for all kinds of SMS."""
        del config
        return "sms"

    def texts(self, config: BaseModel) -> Mapping[str, str]:
        """Return the variables, shared by the card and its fallback."""
        settings = CardConfig.model_validate(config)
        return {sms_text.PARAM + name: text for name, text in settings.params.items()}

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of a card; a fallback costs what it is."""
        del message
        return CardConfig.model_validate(config).price_fen

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return the card in words: layout, pictures, headline and text."""
        settings = CardConfig.model_validate(config)
        values = sms_text.params_of(recipient)
        layout = LAYOUTS[settings.layout]
        lines = [
            f"【{settings.sign_name}】{layout.title.zh} {layout.ratio}",
            *settings.images,
            settings.video,
            sms_text.filled(settings.headline, values),
            sms_text.filled(settings.text, values) or recipient.body,
            f"¥{settings.price_fen / 100:.2f}",
        ]
        return "\n".join(line for line in lines if line)

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Send the card to the people of a request; who would get nothing at all is refused by name."""
        settings = CardConfig.model_validate(config)
        good, refused = sorted_out(request)
        cards = {phone: Sms(phone, sms_text.params_of(person)) for phone, person in good.items()}
        for phone, card in list(cards.items()):
            if any(len(value) > card_layouts.MAX_PARAM_LENGTH for value in card.params.values()):
                refused[good[phone].uid] = _TOO_LONG
                del cards[phone]
        if not cards:
            return SendResult(refused=refused)
        templates = CardTemplates(
            settings.card_template,
            settings.fallback,
            settings.fallback_template if settings.fallback == "SMS" else "",
            settings.fallback_template if settings.fallback == "DIGITALSMS" else "",
        )
        sent = await api_aliyun.send_cards(
            session, settings.sign_name, templates, list(cards.values()), out_id=request.request_id
        )
        if settings.fallback == "NONE":
            refused |= {good[phone].uid: "card.not_shown" for phone in sent.fallen_back if phone in good}
        return SendResult(sent.card_id or sent.digital_id or sent.sms_id, refused)
