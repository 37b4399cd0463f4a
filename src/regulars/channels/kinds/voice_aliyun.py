"""Voice calls through Aliyun: a text read aloud, or a recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import ClassVar, Self

from pydantic import BaseModel, Field, model_validator

from regulars.channels import sms_text
from regulars.channels.aliyun import AliyunChannel, sorted_out
from regulars.channels.contract import (
    AccountConfig,
    Limits,
    Message,
    QuietHours,
    Receipt,
    Recipient,
    SendRequest,
    SendResult,
    Sent,
    channels,
)
from regulars.core.text import Text
from regulars.platforms import api_aliyun_voice
from regulars.platforms.api_aliyun_voice import Speech
from regulars.platforms.contract import Session


class VoiceConfig(AccountConfig):
    """Either a text template with its variables, or a recording."""

    tts_code: str = Field(default="", max_length=60, title="Text template code (TTS_…)")
    recording: str = Field(default="", max_length=100, title="Recording code, instead of a text")
    script: str = Field(default="", max_length=1_000, title="Template text, as approved")
    params: dict[str, str] = Field(default_factory=dict, title="Template variables")
    show_number: str = Field(default="", max_length=20, title="Number shown; empty in public mode")
    times: int = Field(default=1, ge=1, le=3, title="Times it is played")
    price_fen: int = Field(default=12, ge=0, title="Price of one call, fen")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.tts_code) == bool(self.recording):
            raise ValueError("give a text template or a recording, and not both")
        return self


@channels.add
class VoiceAliyun(AliyunChannel):
    """One person a call, at most once a minute, 5 times an hour and 20 times in 24 hours; never at noon or night."""

    key: ClassVar[str] = "voice_aliyun"
    title: ClassVar[Text] = Text("语音外呼（阿里云）", "Voice call (Aliyun)")
    channel_class: ClassVar[str] = "call"
    limits: ClassVar[Limits] = Limits(batch=1)
    quiet_hours: ClassVar[QuietHours] = QuietHours(time(21), time(9))
    rest_hours: ClassVar[QuietHours | None] = QuietHours(time(12), time(14))
    Config: ClassVar[type[BaseModel]] = VoiceConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the name under which people consent to being rung up."""
        del config
        return "call"

    def texts(self, config: BaseModel) -> Mapping[str, str]:
        """Return the template's variables."""
        settings = VoiceConfig.model_validate(config)
        return {sms_text.PARAM + name: text for name, text in settings.params.items()}

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of a call."""
        del message
        return VoiceConfig.model_validate(config).price_fen

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return what is heard."""
        settings = VoiceConfig.model_validate(config)
        heard = sms_text.filled(settings.script, sms_text.params_of(recipient)) or recipient.body
        return f"☎ {heard or settings.recording}\n¥{settings.price_fen / 100:.2f}"

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Ring up the person of a request."""
        settings = VoiceConfig.model_validate(config)
        good, refused = sorted_out(request)
        if not good:
            return SendResult(refused=refused)
        phone, person = next(iter(good.items()))
        speech = Speech(
            tts=settings.tts_code, recording=settings.recording, params=sms_text.params_of(person),
            show_number=settings.show_number, times=settings.times,
        )  # fmt: skip
        return SendResult(await api_aliyun_voice.ring_up(session, phone, speech), refused)

    async def ask(self, session: Session, config: BaseModel, sent: Sequence[Sent]) -> list[Receipt]:
        """Ask how calls went; a call whose number was lost cannot be asked for."""
        del config
        found: list[Receipt] = []
        for one in sent:
            detail = await api_aliyun_voice.call_detail(session, one.provider_id, one.at) if one.provider_id else None
            if detail is not None:
                heard = detail.duration_s > 0
                found.append(
                    Receipt("delivered" if heard else "failed", detail.at, ref=one.recipients[0].ref,
                            request_id=one.request_id, provider_id=one.provider_id,
                            address=one.recipients[0].address, reason="" if heard else detail.code)
                )  # fmt: skip
        return found
