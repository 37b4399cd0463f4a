"""Crowds of a Taobao shop: who is in one sees the shop's message or banner that was set up for it there."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from regulars.channels.contract import AccountConfig, Limits, PlatformChannel, SendRequest, SendResult, channels
from regulars.core.text import Text
from regulars.platforms import api_taobao as taobao
from regulars.platforms import api_taobao_reach as outward
from regulars.platforms.contract import Session


class TaobaoCrowdConfig(AccountConfig):
    """The crowd of an activity that was made on the platform. reason: shown there beside whom we added."""

    crowd_id: int = Field(gt=0, title="Crowd number")
    reason: str = Field(default="Regulars", min_length=1, max_length=60, title="Reason shown on the platform")


@channels.add
class TaobaoCrowd(PlatformChannel):
    """What the crowd is shown lies on the platform, so title and body stay with us.

    Source: open.taobao.com, taobao.crm.exchange.crowdinstance.add.privy.
    """

    key: ClassVar[str] = "taobao_crowd"
    title: ClassVar[Text] = Text("淘宝店铺人群（专属消息、海报）", "Crowd of a Taobao shop (messages and banners)")
    platform: ClassVar[str] = taobao.KEY
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("ouid",)
    channel_class: ClassVar[str] = "in_shop"
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "none"
    limits: ClassVar[Limits] = Limits(batch=1, per_second=20)
    Config: ClassVar[type[BaseModel]] = TaobaoCrowdConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the channel people know it as."""
        del config
        return "taobao"

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Add one person; Taobao takes no lists."""
        settings = TaobaoCrowdConfig.model_validate(config)
        (to,) = request.recipients
        if await outward.add_to_crowd(session, settings.crowd_id, to.address, settings.reason):
            return SendResult(request.request_id)
        return SendResult(refused={to.uid: "not_added"})
