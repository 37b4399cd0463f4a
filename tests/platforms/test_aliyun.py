"""Aliyun: messages and calls arrive once, its questions answer, and nobody else's request is taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.platforms.mutations import caught

from regulars.platforms import api as platforms
from regulars.platforms import api_aliyun as aliyun
from regulars.platforms.api_aliyun import CardTemplates, Sms
from regulars.platforms.api_aliyun_voice import Speech, call_detail, ring_up
from regulars.platforms.contract import Refused, Unclear

SIGN = "瑞果生鲜"


def phone(no: int) -> str:
    return f"138{no:08d}"


def people(n: int, first: int = 0) -> list[Sms]:
    return [Sms(phone(no), {"name": f"客人{no}", "n": "2", "day": "周日"}) for no in range(first, first + n)]


def send(session, messages, template="SMS_100001", out_id="r1"):
    return platforms.run(lambda: aliyun.send(session, SIGN, template, messages, out_id=out_id))


def taken(outside):
    return outside.house.stands["aliyun"].state.messages


@pytest.mark.parametrize("n", [1, 2, 100])
def test_each_person_gets_their_own_text(outside, n):
    number = send(outside.session("aliyun"), people(n))
    assert [m.content[:12] for m in taken(outside)] == [f"【瑞果生鲜】亲爱的客人{no}"[:12] for no in range(n)]
    assert {(m.biz_id, m.out_id) for m in taken(outside)} == {(number, "r1")}
    assert outside.counts("aliyun") == {"things": n, "times": n, "twice": []}


@pytest.mark.parametrize(
    ("messages", "template", "code", "cause"),
    [
        (people(101), "SMS_100001", "isv.MOBILE_COUNT_OVER_LIMIT", "input"),
        (people(1), "SMS_100003", "isv.SMS_TEMPLATE_ILLEGAL", "missing"),
        ([Sms("12")], "SMS_100002", "isv.MOBILE_NUMBER_ILLEGAL", "input"),
        ([Sms(phone(1))], "SMS_100001", "isv.TEMPLATE_MISSING_PARAMETERS", "input"),
        ([*people(2), Sms("12")], "SMS_100001", "isv.MOBILE_NUMBER_ILLEGAL", "input"),
    ],
)
def test_what_it_does_not_take_it_takes_from_nobody(outside, messages, template, code, cause):
    with pytest.raises(Refused) as no:
        send(outside.session("aliyun"), messages, template)
    assert (no.value.platform_code, no.value.cause, no.value.retry_after_s) == (code, cause, None)
    assert taken(outside) == []


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [("rate", Refused, 0), ("token", Refused, 0), ("permission", Refused, 0), ("http_429", Refused, 0),
     ("server", Unclear, 0), ("lost_request", Unclear, 0), ("lost_answer", Unclear, 3), ("http_500", Unclear, 0),
     ("http_500_after", Unclear, 3), ("garbage", Unclear, 3)],
)  # fmt: skip
def test_what_is_not_sure_is_never_sent_again(outside, fault, error, done):
    outside.fault("aliyun", fault)
    with pytest.raises(error):
        send(outside.session("aliyun"), people(3))
    assert len(taken(outside)) == done
    assert outside.counts("aliyun")["twice"] == []


def test_words_of_a_refusal_hold_no_phone_number(outside):
    with pytest.raises(Refused) as no:
        send(outside.session("aliyun"), [Sms("23800000000")], "SMS_100002")
    assert "23800000000" not in str(no.value) + no.value.message


@pytest.mark.parametrize("fault", ["lost_answer", "http_500", "garbage", "lost_request"])
def test_a_question_is_asked_again_and_signed_anew(outside, fault):
    session = outside.session("aliyun")
    send(session, people(2))
    outside.fault("aliyun", fault, api="Query*", times=2)
    day = session.clock.system_now().astimezone(aliyun.ZONE).date()
    found = platforms.run(lambda: aliyun.sends_to(session, phone(1), day))
    assert [(d.phone, d.out_id, d.state) for d in found] == [(phone(1), "r1", "waiting")]


def test_all_pages_of_a_day_are_read(outside, clock):
    session = outside.session("aliyun")
    for no in range(50):
        send(session, people(1), out_id=f"r{no}")
        clock.advance(timedelta(seconds=1))
    send(session, people(1), template="SMS_100002", out_id="r50")
    clock.advance(timedelta(seconds=6))
    day = session.clock.system_now().astimezone(aliyun.ZONE).date()
    found = platforms.run(lambda: aliyun.sends_to(session, phone(0), day))
    assert {d.out_id for d in found} == {f"r{no}" for no in range(51)}
    assert {d.state for d in found} == {"delivered"}


def test_reviews_are_told(outside):
    session = outside.session("aliyun")
    assert platforms.run(lambda: aliyun.template_review(session, "SMS_100003")).state == "pending"
    outside.act("aliyun", "review", template="SMS_100003", state=2, reason="内容不明确")
    assert platforms.run(lambda: aliyun.template_review(session, "SMS_100003")).reason == "内容不明确"
    assert platforms.run(lambda: aliyun.signature_review(session, SIGN)).state == "approved"


@pytest.mark.parametrize(("fallback", "texts"), [("SMS", ["sms"]), ("DIGITALSMS", ["digital"]), ("NONE", [])])
def test_phones_without_cards_get_the_fallback(outside, fallback, texts):
    outside.act("aliyun", "number", phone=phone(1), state="no_card")
    templates = CardTemplates("CARD_SMS_300001", fallback, "SMS_100001", "DIGITAL_SMS_200001")
    work = lambda: aliyun.send_cards(outside.session("aliyun"), SIGN, templates, people(3), out_id="c1")  # noqa: E731
    sent = platforms.run(work)
    assert sent.fallen_back == {phone(1)}
    assert [m.kind for m in taken(outside) if m.phone == phone(1)] == texts
    assert [m.kind for m in taken(outside) if m.phone != phone(1)] == ["card", "card"]


@pytest.mark.parametrize(
    ("pauses_s", "wait_s"), [([0], 60), ([61] * 5, 3_600), ([721] * 20, None)], ids=["minute", "hour", "day"]
)
def test_nobody_is_rung_up_too_often(outside, clock, pauses_s, wait_s):
    session = outside.session("aliyun")
    speech = Speech(tts="TTS_400001", params={"name": "王女士"})
    for pause_s in pauses_s:
        assert platforms.run(lambda: ring_up(session, phone(1), speech))
        clock.advance(timedelta(seconds=pause_s))
    with pytest.raises(Refused) as no:
        platforms.run(lambda: ring_up(session, phone(1), speech))
    assert (no.value.platform_code, no.value.retry_after_s) == ("isv.BUSINESS_LIMIT_CONTROL", wait_s)
    assert platforms.run(lambda: ring_up(session, phone(2), speech))


def test_how_a_call_went(outside):
    session = outside.session("aliyun")
    outside.act("aliyun", "number", phone=phone(2), state="off")
    calls = [
        platforms.run(lambda no=no: ring_up(session, phone(no), Speech(recording="r-500001.wav"))) for no in (1, 2)
    ]
    went = [platforms.run(lambda c=c: call_detail(session, c, session.clock.system_now())) for c in calls]
    assert [(d.duration_s, d.code) for d in went] == [(12, "200000"), (0, "200010")]


def test_a_check_names_what_is_not_permitted(outside):
    outside.fault("aliyun", "permission", api="QuerySmsTemplateList")
    grants = platforms.check(outside.session("aliyun"))
    assert [(g.name.en, g.granted) for g in grants] == [
        ("Signatures and sending of SMS", True), ("Templates of SMS", False), ("Voice calls", None)
    ]  # fmt: skip


@pytest.mark.parametrize("ahead", [-16, 16])
def test_an_old_request_is_refused(outside, clock, ahead):
    request = caught(outside.session("aliyun"), lambda s: aliyun.template_review(s, "SMS_100001"))
    outside.control("clock", {"forward_s": ahead * 60})
    assert request.send().json()["Code"] == "InvalidTimeStamp.Expired"


def test_the_same_request_is_not_taken_twice(outside):
    request = caught(outside.session("aliyun"), lambda s: aliyun.send(s, SIGN, "SMS_100001", people(2), out_id="r1"))
    assert [request.send().json()["Code"] for _ in range(2)] == ["OK", "SignatureNonceUsed"]
