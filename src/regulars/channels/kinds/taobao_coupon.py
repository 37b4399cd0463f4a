"""Coupons of a Taobao shop, put into the accounts of its members by their hidden ids."""

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


class TaobaoCouponConfig(AccountConfig):
    """A coupon of the shop, made in its promotion centre before."""

    coupon_id: int = Field(gt=0, title="Coupon number")
    price_fen: int = Field(default=0, ge=0, le=1_000_000, title="Price of one coupon")


@channels.add
class TaobaoCoupon(PlatformChannel):
    """Taobao names who got one; the platform tells them itself, so title and body stay with us.

    Source: open.taobao.com apiId=10581, taobao.promotion.coupon.send.
    """

    key: ClassVar[str] = "taobao_coupon"
    title: ClassVar[Text] = Text("淘宝店铺优惠券", "Coupon of a Taobao shop")
    platform: ClassVar[str] = taobao.KEY
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("ouid",)
    channel_class: ClassVar[str] = "coupon"
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "none"
    limits: ClassVar[Limits] = Limits(batch=outward.COUPON_BATCH, per_second=5)
    Config: ClassVar[type[BaseModel]] = TaobaoCouponConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the channel people know it as."""
        del config
        return "taobao"

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of one coupon, as the settings say."""
        del message
        return TaobaoCouponConfig.model_validate(config).price_fen

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Hand the list over once; whom the answer names in neither list is unknown."""
        settings = TaobaoCouponConfig.model_validate(config)
        by_ouid = {one.address: one.uid for one in request.recipients}
        done = await outward.send_coupons(session, settings.coupon_id, list(by_ouid))
        refused = {by_ouid[ouid]: why[:60] for ouid, why in done.refused.items() if ouid in by_ouid}
        silent = set(by_ouid) - done.given.keys() - done.refused.keys()
        return SendResult(request.request_id, refused=refused, unknown=frozenset(by_ouid[ouid] for ouid in silent))
