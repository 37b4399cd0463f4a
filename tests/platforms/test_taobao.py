"""Taobao through its gateway: what is signed, what is refused, and a memo that is written once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.platforms.mutations import caught

from regulars.app.cli_sandbox import checked_vectors
from regulars.core.errors import Conflict
from regulars.platforms import api as platforms
from regulars.platforms import api_taobao as taobao
from regulars.platforms.api_taobao_reach import MEMO_BYTES, OaidSms, append_memo, call_people, send_oaid_sms
from regulars.platforms.contract import Refused, Unclear


def test_the_published_signature_is_made_by_both_sides():
    ours = [one for one in checked_vectors() if one["platform"] == "taobao"]
    assert ours
    assert all(one["client_ok"] and one["sandbox_ok"] for one in ours)


def test_an_old_request_is_refused(outside, clock):
    request = caught(outside.session("taobao"), taobao.seller_nick)
    clock.advance(timedelta(minutes=11))
    assert request.send().json()["error_response"]["code"] == 31


def test_a_check_names_the_permission_that_is_missing(outside):
    outside.fault("taobao", "permission", api="taobao.crm.members.increment.get")
    grants = platforms.check(outside.session("taobao"))
    assert [one.name["en"] for one in grants if one.granted is False] == ["Read members"]
    assert [one.granted for one in grants].count(True) == 4


@pytest.mark.parametrize(
    ("fault", "cause"), [("rate", "busy"), ("token", "token"), ("permission", "permission"), ("server", "busy")]
)
def test_a_no_says_what_kind_of_no_it_is(outside, fault, cause):
    outside.fault("taobao", fault)
    with pytest.raises(Refused) as refused:
        platforms.run(lambda: taobao.seller_nick(outside.session("taobao")))
    assert refused.value.cause == cause
    assert (refused.value.retry_after_s is not None) == (cause == "busy")


@pytest.mark.parametrize("fault", ["http_500", "lost_request", "lost_answer", "http_500_after"])
def test_a_reading_whose_answer_is_lost_is_asked_again(outside, fault):
    outside.fault("taobao", fault)
    assert platforms.run(lambda: taobao.seller_nick(outside.session("taobao"))) == "沙箱旗舰店"


def test_an_order_that_is_not_there_is_missing(outside):
    with pytest.raises(Refused) as refused:
        platforms.run(lambda: taobao.trade(outside.session("taobao"), "1"))
    assert refused.value.cause == "missing"


# --- memo -------------------------------------------------------------------------------------------------
def memo_of(outside, order_id: str) -> str:
    return outside.house.stands["taobao"].shop.deals[order_id].memo


def append(outside, order_id: str, text: str, marker: str) -> bool:
    session = outside.session("taobao")
    return platforms.run(lambda: append_memo(session, order_id, text, marker))


def test_a_memo_keeps_what_the_shop_wrote_and_takes_ours_once(outside):
    order = outside.act("taobao", "order", buyer=1, goods=1, pay=True)["id"]
    outside.act("taobao", "memo", id=order, text="送小票")
    assert append(outside, order, "VIP，优先发货", "#r1")
    assert not append(outside, order, "VIP，优先发货", "#r1")
    assert memo_of(outside, order) == "送小票\nVIP，优先发货 #r1"


@pytest.mark.parametrize("fault", ["lost_answer", "lost_request", "http_500_after", "garbage"])
def test_a_memo_whose_answer_was_lost_stands_there_once(outside, fault):
    order = outside.act("taobao", "order", buyer=1, goods=1, pay=True)["id"]
    outside.fault("taobao", fault, api="taobao.trade.memo.update")
    assert append(outside, order, "补发赠品", "#r2")
    assert memo_of(outside, order).count("#r2") == 1


def test_a_long_memo_is_cut_to_what_fits_and_loses_nothing_of_the_shop(outside):
    order = outside.act("taobao", "order", buyer=1, goods=1, pay=True)["id"]
    outside.act("taobao", "memo", id=order, text="老客" * 100)
    assert append(outside, order, "备" * 400, "#r3")
    found = memo_of(outside, order)
    assert found.startswith("老客" * 100)
    assert found.endswith("… #r3")
    assert MEMO_BYTES - 3 < len(found.encode()) <= MEMO_BYTES
    outside.act("taobao", "memo", id=order, text="满" * 333)
    with pytest.raises(Conflict, match="full"):
        append(outside, order, "还有", "#r4")


# --- SMS and calls ----------------------------------------------------------------------------------------
def test_an_sms_reaches_the_receiver_of_an_order_by_a_fresh_oaid(outside, clock):
    session = outside.session("taobao")
    order = outside.act("taobao", "order", buyer=1, goods=1)["id"]
    old = platforms.run(lambda: taobao.trade(session, order)).oaid
    clock.advance(timedelta(days=8))
    with pytest.raises(Refused):
        platforms.run(lambda: send_oaid_sms(session, OaidSms(order, old, "沙箱", "SMS_1", {})))
    fresh = platforms.run(lambda: taobao.trade(session, order)).oaid
    assert fresh != old
    assert platforms.run(lambda: send_oaid_sms(session, OaidSms(order, fresh, "沙箱", "SMS_1", {"n": "1"}, "ref1")))
    assert [one["params"] for one in outside.house.stands["taobao"].sms] == [{"n": "1"}]


def test_calls_are_reported_together_and_an_unclear_one_is_not_repeated(outside):
    session = outside.session("taobao")
    outside.act("taobao", "order", buyer=1, goods=1, pay=True)
    outside.act("taobao", "refund")
    day = session.clock.system_now()
    found = platforms.run(
        lambda: taobao.refunds_changed(session, day - timedelta(hours=1), day + timedelta(hours=1), page=1)
    )
    ouid = found.rows[0].ouid
    report = platforms.run(lambda: call_people(session, [ouid, "nobody"], task_code="t", values={"shop": "沙箱"}))
    assert (report.total, report.accepted, report.failed) == (2, 1, 1)
    outside.fault("taobao", "lost_answer", api="taobao.opencrm.utouch.list.send")
    with pytest.raises(Unclear):
        platforms.run(lambda: call_people(session, [ouid], task_code="t", values={}))
    assert len(outside.house.stands["taobao"].calls) == 2
