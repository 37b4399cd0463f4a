"""The same text to many through Tencent Cloud."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import BaseModel, model_validator

from regulars.channels.contract import Limits, channels
from regulars.channels.kinds.sms_tencent import SmsTencent
from regulars.channels.sms_text import SmsConfig
from regulars.core.text import Text
from regulars.platforms import api_tencent


class SameSmsConfig(SmsConfig):
    """A template whose variables are the same for everybody."""

    @model_validator(mode="after")
    def _same_for_all(self) -> Self:
        if any("{{" in text or "{%" in text for text in self.params.values()):
            raise ValueError("everybody gets the same text here; for texts of their own use the other Tencent channel")
        return self


@channels.add
class SmsTencentSame(SmsTencent):
    """Up to 200 people a request. Its states come by asking: a callback does not say which request it is of."""

    key: ClassVar[str] = "sms_tencent_same"
    title: ClassVar[Text] = Text("短信同文群发（腾讯云）", "SMS, same text (Tencent Cloud)")
    limits: ClassVar[Limits] = Limits(batch=api_tencent.BATCH, counts="messages")
    Config: ClassVar[type[BaseModel]] = SameSmsConfig
