"""Calls by Taobao's robot to shoppers of a shop, by their encrypted ids: nobody sees a phone number."""

from __future__ import annotations

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


class TaobaoCallConfig(AccountConfig):
    """A scene of Taobao's calls. values: of its words, the same for everybody of a request."""

    task_code: str = Field(min_length=1, max_length=100, title="Scene code")
    values: dict[str, str] = Field(default_factory=dict, max_length=20, title="Template variables")
    price_fen: int = Field(default=20, ge=0, le=10_000, title="Price of one call")


@channels.add
class TaobaoCall(PlatformChannel):
    """Taobao says how many of a list it took, never which: who was called is known together only.

    Source: open.alitrip.com apiId=58763, taobao.opencrm.utouch.list.send. Not confirmed: the longest list.
    """

    key: ClassVar[str] = "taobao_call"
    title: ClassVar[Text] = Text("淘宝加密外呼", "Call by Taobao, number hidden")
    platform: ClassVar[str] = taobao.KEY
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("ouid",)
    channel_class: ClassVar[str] = "voice"
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "aggregate"
    limits: ClassVar[Limits] = Limits(batch=outward.CALL_BATCH, per_second=1)
    Config: ClassVar[type[BaseModel]] = TaobaoCallConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the channel people know it as."""
        del config
        return "voice"

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of one call, as the settings say."""
        del message
        return TaobaoCallConfig.model_validate(config).price_fen

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Hand the list over once. When none of it was taken, everybody is refused."""
        settings = TaobaoCallConfig.model_validate(config)
        ouids = [one.address for one in request.recipients]
        report = await outward.call_people(session, ouids, task_code=settings.task_code, values=settings.values)
        if report.total and not report.accepted:
            return SendResult(report.node_inst_id, refused={one.uid: "not_taken" for one in request.recipients})
        return SendResult(report.node_inst_id)
