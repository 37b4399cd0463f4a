"""Reaching Taobao's buyers: an SMS by their order, a call or a coupon by their hidden id; never again when unclear."""

from __future__ import annotations

from datetime import timedelta

import pytest

from regulars.channels.contract import NotSent, Recipient, SendRequest
from regulars.channels.kinds.taobao_call import TaobaoCall, TaobaoCallConfig
from regulars.channels.kinds.taobao_coupon import TaobaoCoupon, TaobaoCouponConfig
from regulars.channels.kinds.taobao_crowd import TaobaoCrowd, TaobaoCrowdConfig
from regulars.channels.kinds.taobao_oaid_sms import TaobaoOaidSms, TaobaoOaidSmsConfig
from regulars.platforms import api as platforms
from regulars.platforms import api_taobao as taobao
from regulars.platforms.contract import Unclear


@pytest.fixture
def outlet(outside):
    class Outlet:
        def session(self, account_id):
            assert account_id == outside.account("taobao")
            return outside.session("taobao")

    return Outlet()


def request(clock, *recipients: Recipient) -> SendRequest:
    return SendRequest("r1", 1, 1, 0, "live", clock.business_now(), clock.system_now(), recipients)


def sms(outside) -> TaobaoOaidSmsConfig:
    return TaobaoOaidSmsConfig(
        account_id=outside.account("taobao"), sign_name="沙箱", template_code="SMS_1", values={"name": "{{ x }}"}
    )


def test_an_sms_goes_to_the_orders_receiver(outside, outlet, clock):
    order = outside.act("taobao", "order", buyer=1, goods=1)["id"]
    to = Recipient(7, "", "您的订单还没付款", {"name": "橘子"}, order, "order", "ref-7")
    result = TaobaoOaidSms().send(outlet, sms(outside), request(clock, to))
    assert result.provider_id
    assert not result.refused
    sent = outside.house.stands["taobao"].sms
    assert [(one["order_id"], one["params"], one["extend"]) for one in sent] == [(order, {"name": "橘子"}, "ref-7")]


def test_an_order_of_another_shop_reaches_nobody(outside, outlet, clock):
    with pytest.raises(NotSent) as refused:
        TaobaoOaidSms().send(outlet, sms(outside), request(clock, Recipient(7, "", "", {}, "12", "order", "r")))
    assert refused.value.final


def test_an_sms_whose_answer_is_lost_is_left_unclear(outside, outlet, clock):
    order = outside.act("taobao", "order", buyer=1, goods=1)["id"]
    outside.fault("taobao", "lost_answer", api="taobao.jst.sms.oaid.message.send")
    with pytest.raises(Unclear):
        TaobaoOaidSms().send(outlet, sms(outside), request(clock, Recipient(7, "", "", {}, order, "order", "r")))
    assert len(outside.house.stands["taobao"].sms) == 1


@pytest.fixture
def member(outside, clock) -> str:
    """The ouid of somebody who bought."""
    outside.act("taobao", "order", buyer=1, goods=1, pay=True)
    outside.act("taobao", "refund")
    start, end = (clock.system_now() + timedelta(hours=hours) for hours in (-1, 1))
    session = outside.session("taobao")
    return platforms.run(lambda: taobao.refunds_changed(session, start, end, page=1)).rows[0].ouid


def coupon(outside) -> TaobaoCouponConfig:
    return TaobaoCouponConfig(account_id=outside.account("taobao"), coupon_id=48552)


def test_a_coupon_goes_to_members_and_who_is_none_is_told_by_name(outside, outlet, clock, member):
    to = Recipient(1, "", "", {}, member, "ouid"), Recipient(2, "", "", {}, "ou-x", "ouid")
    result = TaobaoCoupon().send(outlet, coupon(outside), request(clock, *to))
    assert (result.refused, result.unknown) == ({2: "买家不是店铺会员"}, frozenset())
    assert outside.house.stands["taobao"].coupons == [(48552, member)]


def test_a_coupon_whose_answer_is_lost_is_left_unclear(outside, outlet, clock, member):
    outside.fault("taobao", "lost_answer", api="taobao.promotion.coupon.send")
    with pytest.raises(Unclear):
        TaobaoCoupon().send(outlet, coupon(outside), request(clock, Recipient(1, "", "", {}, member, "ouid")))
    assert outside.house.stands["taobao"].coupons == [(48552, member)]


def test_members_join_a_crowd_and_others_are_refused(outside, outlet, clock, member):
    config = TaobaoCrowdConfig(account_id=outside.account("taobao"), crowd_id=31)
    send = TaobaoCrowd().send
    assert not send(outlet, config, request(clock, Recipient(1, "", "", {}, member, "ouid"))).refused
    assert send(outlet, config, request(clock, Recipient(2, "", "", {}, "ou-x", "ouid"))).refused == {2: "not_added"}
    assert outside.house.stands["taobao"].crowds == {31: {member}}


def test_calls_are_taken_together(outside, outlet, clock, member):
    config = TaobaoCallConfig(account_id=outside.account("taobao"), task_code="top-utouch-1")
    known, unknown = Recipient(1, "", "", {}, member, "ouid"), Recipient(2, "", "", {}, "ou-x", "ouid")
    result = TaobaoCall().send(outlet, config, request(clock, known, unknown))
    assert result.provider_id
    assert not result.refused
    assert TaobaoCall().send(outlet, config, request(clock, unknown)).refused == {2: "not_taken"}
    assert outside.house.stands["taobao"].calls == [[member], []]
