"""Payouts to Alipay: nobody is paid twice, whatever happens to the answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.channels.provider import Inbox
from tests.platforms.mutations import caught

from regulars.core.errors import BadInput, Forbidden
from regulars.platforms import api as platforms
from regulars.platforms import api_alipay as alipay
from regulars.platforms.api_alipay import Payee
from regulars.platforms.contract import Incoming, Refused

WANG = Payee("2088000000000001", "ALIPAY_USER_ID")


def pay(outside, number="T1", **changes):
    given = {"payee": WANG, "amount_fen": 520, "title": "售后补偿", **changes}
    return platforms.run(lambda: alipay.transfer(outside.session("alipay"), number, **given))


def stand(outside):
    return outside.house.stands["alipay"]


def test_a_payout_is_made_and_known(outside):
    made = pay(outside)
    assert (made.state, made.order_id) == ("paid", stand(outside).paid["T1"].order_id)
    assert stand(outside).paid["T1"].content["trans_amount"] == "5.20"
    assert platforms.run(lambda: alipay.transfer_state(outside.session("alipay"), "T1")) == made
    assert pay(outside) == made
    assert stand(outside).balance_fen == 100_000_000 - 520


@pytest.mark.parametrize(
    ("fault", "state", "paid"),
    [("server", "unknown", 0), ("lost_request", "unknown", 0), ("lost_answer", "paid", 1), ("http_500", "unknown", 0),
     ("http_500_after", "paid", 1), ("garbage", "paid", 1)],
)  # fmt: skip
def test_what_is_unclear_is_asked_for_and_never_paid_twice(outside, fault, state, paid):
    outside.fault("alipay", fault, api="alipay.fund.trans.uni.transfer")
    assert pay(outside).state == state
    assert len(stand(outside).paid) == paid
    assert pay(outside).state == "paid"
    assert outside.counts("alipay") == {"things": 1, "times": 1, "twice": []}


def test_when_nothing_can_be_learned_it_says_so(outside):
    outside.fault("alipay", "lost_answer", api="alipay.fund.trans.uni.transfer")
    outside.fault("alipay", "http_500", api="alipay.fund.trans.common.query", times=9)
    assert pay(outside).state == "unknown"
    outside.control("faults", method="DELETE")
    assert platforms.run(lambda: alipay.transfer_state(outside.session("alipay"), "T1")).state == "paid"


@pytest.mark.parametrize(("fault", "cause"), [("rate", "busy"), ("token", "signature"), ("permission", "permission"),
                                              ("http_429", "busy")])  # fmt: skip
def test_a_refusal_pays_nothing(outside, fault, cause):
    outside.fault("alipay", fault)
    with pytest.raises(Refused) as no:
        pay(outside)
    assert (no.value.cause, stand(outside).paid) == (cause, {})


@pytest.mark.parametrize(
    ("payee", "code"),
    [(Payee("gone1"), "PAYEE_NOT_EXIST"), (Payee("13800000000", "ALIPAY_LOGON_ID", "错名"), "PAYEE_USER_INFO_ERROR")],
)
def test_a_payee_who_cannot_be_paid(outside, payee, code):
    with pytest.raises(Refused) as no:
        pay(outside, payee=payee)
    assert (no.value.platform_code, no.value.retry_after_s, stand(outside).paid) == (code, None, {})


def test_an_empty_account_can_be_filled_and_the_same_number_paid(outside):
    outside.act("alipay", "balance", fen=100)
    with pytest.raises(Refused) as no:
        pay(outside)
    assert (no.value.platform_code, no.value.cause) == ("PAYER_BALANCE_NOT_ENOUGH", "quota")
    outside.act("alipay", "balance", fen=1000)
    assert pay(outside).state == "paid"


@pytest.mark.parametrize("changes", [{"amount_fen": 9}, {"payee": Payee("13800000000", "ALIPAY_LOGON_ID")}])
def test_what_alipay_would_not_take_is_not_sent(outside, changes):
    with pytest.raises(BadInput):
        pay(outside, **changes)


def test_a_notice_is_believed_when_alipay_signed_it(outside):
    inbox = Inbox()
    outside.control("callbacks", {"platform": "alipay", "url": inbox.url})
    outside.act("alipay", "slow", on=True)
    assert pay(outside).state == "dealing"
    outside.act("alipay", "settle", out_biz_no="T1", status="REFUND")
    outside.act("alipay", "notify", out_biz_no="T1")
    inbox.close()
    good = inbox.messages()[0]
    session = outside.session("alipay")
    assert (alipay.notified(session, good).out_biz_no, alipay.notified(session, good).state) == ("T1", "returned")
    for at in range(0, len(good.body), 7):
        changed = good.body[:at] + bytes([good.body[at] ^ 0x01]) + good.body[at + 1 :]
        with pytest.raises((Forbidden, BadInput)):
            alipay.notified(session, Incoming("POST", {}, {}, changed, good.at))


def test_an_answer_that_alipay_did_not_sign_is_not_believed(outside, make_ctx, db):
    with db.tx() as tx:
        ctx = make_ctx(tx)
        settings = platforms.shown_settings(platforms.account(ctx, outside.account("alipay")))
        changed = {**settings, "alipay_cert": settings["app_cert"]}
        platforms.change_account(ctx, outside.account("alipay"), "Sandbox", changed)
    assert pay(outside).state == "unknown"


def test_an_old_request_is_refused(outside):
    work = lambda s: alipay.transfer_state(s, "T1")  # noqa: E731
    request = caught(outside.session("alipay"), work)
    outside.house.move(timedelta(minutes=16))
    assert b"isv.invalid-timestamp" in request.send().content


def test_a_check_names_what_is_not_permitted(outside):
    assert [g.granted for g in platforms.check(outside.session("alipay"))] == [True, None]
    outside.fault("alipay", "permission")
    assert [g.granted for g in platforms.check(outside.session("alipay"))] == [False, None]
