"""The kinds of work with each platform, by which `faults` counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.conformance.faults import Keyed, Notices, Reads, Scene, Sends, Way

from regulars.core.event import Identifier
from regulars.platforms import api as platforms
from regulars.platforms import api_ads as ads
from regulars.platforms import api_alipay as alipay
from regulars.platforms import api_douyin_shop as douyin
from regulars.platforms import api_jd as jd
from regulars.platforms import api_taobao_reach as taobao
from regulars.platforms.signing.ads import hashed_phone
from regulars_sandbox.stands import kuaidi100, register, webhook_receiver, wechat, wecom
from regulars_sandbox.stands.taobao import shapes

SHOP = "旗舰店"


class ShopOrders(Reads):
    """Orders, paid at once, of which every other is given back."""

    types = ("order.placed", "order.refunded")
    config: Mapping[str, Any] = {"shop": SHOP}

    def __init__(self, platform: str, *, hears: bool = True) -> None:
        super().__init__(platform)
        self.hears = hears

    def happen(self, no: int) -> list[str]:
        order = self.scene.outside.act(self.platform, "order", buyer=no, goods=[1, 2], pay=True)["id"]
        if no % 2:
            return [f"order.placed {order}"]
        self.scene.clock.advance(timedelta(seconds=2))
        self.scene.outside.act(self.platform, "refund", id=order)
        return [f"order.placed {order}", f"order.refunded {order}"]

    def fact(self, event: Mapping[str, Any]) -> str:
        return f"{event['type']} {event['props']['order_id']}"


class Friends(Reads):
    """Friends on WeCom."""

    types = ("friend.added",)
    hears = True

    def begin(self, scene: Scene) -> None:
        for no in range(10, 150):  # a few of those there are will do
            scene.outside.act("wecom", "delete_friend", person=no)
        super().begin(scene)

    def happen(self, no: int) -> list[str]:
        self.scene.outside.act("wecom", "add_friend", person=500 + no, guide="guide2", state=f"code{no}")
        return [f"code{no}"]

    def fact(self, event: Mapping[str, Any]) -> str:
        return str(event["props"].get("code", ""))


class Followers(Reads):
    """Followers of an official account."""

    types = ("follower.followed",)
    hears = True

    def happen(self, no: int) -> list[str]:
        self.scene.outside.act("wechat", "follow", person=500 + no, code=f"code{no}")
        return [f"code{no}"]

    def fact(self, event: Mapping[str, Any]) -> str:
        return str(event["props"].get("code", ""))


class Parcels(Reads):
    """Parcels, each collected and then signed for."""

    types = ("parcel.collected", "parcel.signed")
    config: Mapping[str, Any] = {"salt": kuaidi100.SALT, "shop": SHOP}
    account, calls, hears = False, False, True

    def happen(self, no: int) -> list[str]:
        for state in ("collected", "signed"):
            self.scene.clock.advance(timedelta(seconds=2))
            self.scene.outside.act("kuaidi100", "turn", parcel=f"P{no}", state=state, order=f"o{no}")
        return [f"parcel.collected P{no}", f"parcel.signed P{no}"]

    def fact(self, event: Mapping[str, Any]) -> str:
        return f"{event['type']} {event['props']['parcel_no']}"


class Members(Reads):
    """Members whom a register tells of."""

    connector = "webhook"
    types = ("consent.changed",)
    config: Mapping[str, Any] = {"secret": register.SECRET, "shop": SHOP}
    account, calls, hears = False, False, True

    def happen(self, no: int) -> list[str]:
        self.scene.outside.act("register", "join", person=no, allows=f"sms{no}")
        return [f"sms{no}"]

    def fact(self, event: Mapping[str, Any]) -> str:
        return str(event["props"]["channel"])


# --- sending ----------------------------------------------------------------------------------------------
class ToFriends(Sends):
    def named(self, no: int) -> Identifier:
        return Identifier("external_userid", wecom.CORP, self.scene.outside.house.stands["wecom"].company.external(no))


class ToFollowers(Sends):
    def named(self, no: int) -> Identifier:
        if self.channel == "wechat_subscribe":
            self.scene.outside.act("wechat", "answer", person=no, template="sub-arrival", answer="accept")
        return Identifier("openid", wechat.APP, self.scene.outside.house.stands["wechat"]._person(no).openid)


class ToAddresses(Sends):
    def named(self, no: int) -> Identifier:
        return Identifier("email", "", f"user{no}@mail.example")

    def tell(self) -> None:
        for one in self.scene.outside.house.stands["smtp"].letters[-3:]:
            self.scene.outside.act("smtp", "bounce", to=one.to, action="delivered", status="2.0.0")


class ToBuyers(Sends):
    def named(self, no: int) -> Identifier:
        order = self.scene.outside.act("taobao", "order", buyer=no, goods=1, pay=True)["id"]
        deal = self.scene.outside.house.stands["taobao"].shop.deals[order]
        if self.channel == "taobao_oaid_sms":
            return Identifier("order", f"1:{SHOP}", order)
        return Identifier("ouid", f"1:{SHOP}", shapes.ouid(deal))


class ToAWebhook(Sends):
    def begin(self, scene: Scene) -> None:
        self._config["url"] = f"{scene.outside.url}/webhook_receiver/hook"
        super().begin(scene)


# --- under a key ------------------------------------------------------------------------------------------
class Memos(Keyed):
    """A note on an order, by its marker."""

    _append: Mapping[str, Any] = {
        "taobao": taobao.append_memo, "jd": jd.append_memo, "douyin_shop": douyin.append_memo
    }  # fmt: skip

    def prepare(self, key: str) -> None:
        self._order = self.scene.outside.act(self.platform, "order", buyer=1, goods=1, pay=True)["id"]

    def attempt(self, key: str) -> bool:
        if key == "warm":
            self.prepare(key)
        append, session = self._append[self.platform], self.scene.session(self.platform)
        platforms.run(lambda: append(session, self._order, "老客", f"#{key}#"))
        return True

    def done(self, key: str) -> int:
        memo = self.scene.outside.house.stands[self.platform].shop.deals[self._order].memo
        return len(re.findall(f"#{key}#", memo))


class Payouts(Keyed):
    """Money to somebody, by our number; what is not known is asked for, then asked for again under that number."""

    def attempt(self, key: str) -> bool:
        payee = alipay.Payee("2088000000000001", "ALIPAY_USER_ID")
        session = self.scene.session("alipay")
        made = platforms.run(lambda: alipay.transfer(session, key, payee=payee, amount_fen=520, title=f"补偿 {key}"))
        return made.state == "paid"

    def done(self, key: str) -> int:
        journal = self.scene.outside.house.journal.done
        return sum(n for (platform, what), n in journal.items() if platform == "alipay" and what.endswith(f" {key}"))


class Uploads(Keyed):
    """Lines added to an audience, by the upload's key."""

    _audience = ""

    def attempt(self, key: str) -> bool:
        session = self.scene.session("ads")
        if not self._audience:
            self._audience = platforms.run(lambda: ads.create(session, "老客", key="one"))
        own = int(key[1:]) if key != "warm" else 0
        self._lines = lines = [hashed_phone(f"+86138{own:04d}{no:04d}") for no in range(50)]
        platforms.run(
            lambda: ads.upload(session, self._audience, lines, total=len(lines), mode="add", key=f"upload-{key}")
        )
        return True

    def done(self, key: str) -> int:
        stand = self.scene.outside.house.stands["ads"]
        times = sum(set(self._part(one)) == set(self._lines) and one.closed for one in stand.uploads.values())
        return times if set(self._lines) <= stand.audiences[self._audience].ids else 0

    def _part(self, upload: Any) -> list[str]:
        return [line.decode() for part in upload.parts.values() for line in part.split(b"\n")]


SIGN = "瑞果生鲜"
CARD = {"sign_name": SIGN, "card_template": "CARD_SMS_300001", "images": ["https://img.example/1.png"],
        "params": {"name": "客人"}, "fallback_template": "SMS_100002"}  # fmt: skip

WAYS: dict[str, Way] = {
    "taobao orders": ShopOrders("taobao"),
    "taobao memos": Memos("taobao", "taobao.trade.memo.update"),
    "taobao sms": ToBuyers(
        "taobao", "taobao_oaid_sms", {"sign_name": "沙箱", "template_code": "SMS_1"}, api_glob="taobao.jst.sms*"
    ),
    "taobao calls": ToBuyers("taobao", "taobao_call", {"task_code": "top-utouch-1"}, api_glob="taobao.opencrm*"),
    "taobao coupons": ToBuyers("taobao", "taobao_coupon", {"coupon_id": 48552}, api_glob="taobao.promotion.coupon*"),
    "taobao crowd": ToBuyers("taobao", "taobao_crowd", {"crowd_id": 31}, api_glob="taobao.crm.exchange*"),
    "jd orders": ShopOrders("jd", hears=False),
    "jd memos": Memos("jd", "jingdong.pop.order.modifyVenderRemark"),
    "douyin_shop orders": ShopOrders("douyin_shop"),
    "douyin_shop memos": Memos("douyin_shop", "order.addOrderRemark"),
    "youzan orders": ShopOrders("youzan"),
    "wecom friends": Friends("wecom"),
    "wecom messages": ToFriends("wecom", "wecom_message", {}, api_glob="externalcontact/add_msg_template"),
    "wechat followers": Followers("wechat"),
    "wechat template": ToFollowers(
        "wechat", "wechat_template", {"template": "tmpl-order", "fields": {"keyword1": "1", "keyword2": "已发货"}},
        api_glob="message/*", report="deliver",
    ),
    "wechat subscribe": ToFollowers(
        "wechat", "wechat_subscribe", {"template": "sub-arrival", "fields": {"thing1": "到货"}},
        api_glob="message/*", report="deliver",
    ),
    "aliyun sms": Sends("aliyun", "sms_aliyun", {"sign_name": SIGN, "template_code": "SMS_100002"}, report="report"),
    "aliyun digital": Sends(
        "aliyun", "digital_sms_aliyun",
        {"sign_name": SIGN, "template_code": "DIGITAL_SMS_200001", "params": {"name": "客人"}}, report="report",
    ),
    "aliyun cards": Sends("aliyun", "card_sms_aliyun", CARD, report="report"),
    "aliyun calls": Sends(
        "aliyun", "voice_aliyun", {"tts_code": "TTS_400001", "params": {"name": "客人"}}, report="report"
    ),
    "tencent sms": Sends("tencent", "sms_tencent", {"sign_name": SIGN, "template_code": "2100002"}, report="report"),
    "tencent same": Sends(
        "tencent", "sms_tencent_same", {"sign_name": SIGN, "template_code": "2100002"}, report="report"
    ),
    "smtp mail": ToAddresses("smtp", "email", {"sender": "hello@shop.example"}, report="bounce"),
    "dingtalk notices": Notices("dingtalk"),
    "wecom_robot notices": Notices("wecom_robot"),
    "alipay payouts": Payouts("alipay", "alipay.fund.trans.uni.transfer"),
    "ads uploads": Uploads("ads", "POST /uploads/close"),
    "webhook_receiver messages": ToAWebhook(
        "webhook_receiver", "webhook", {"secret": webhook_receiver.SECRET, "stands_for": "email"}
    ),
    "register members": Members("register"),
    "kuaidi100 parcels": Parcels("kuaidi100"),
}  # fmt: skip
