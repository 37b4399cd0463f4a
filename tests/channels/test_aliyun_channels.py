"""The channels through Aliyun under every fault: nobody is reached twice, nobody is lost from sight."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.channels import provider

from regulars.channels.contract import Recipient
from regulars.channels.kinds.card_sms_aliyun import CardSmsAliyun
from regulars.channels.kinds.digital_sms_aliyun import DigitalSmsAliyun
from regulars.channels.kinds.sms_aliyun import SmsAliyun
from regulars.channels.kinds.voice_aliyun import VoiceAliyun
from regulars.core.errors import BadInput

SMS = {"sign_name": "瑞果生鲜", "template_code": "SMS_100001",
       "params": {"name": "{{ name }}", "n": "2", "day": "周日"}}  # fmt: skip
CARD = {"sign_name": "瑞果生鲜", "card_template": "CARD_SMS_300001", "images": ["https://img.example/1.png"],
        "params": {"name": "{{ name }}", "n": "2", "day": "周日"}, "fallback_template": "SMS_100001"}  # fmt: skip
TEXTS = {"params.name": "客人{no}", "params.n": "2", "params.day": "周日"}
KINDS = [
    (SmsAliyun(), SMS, 4),
    (DigitalSmsAliyun(), {**SMS, "template_code": "DIGITAL_SMS_200001"}, 4),
    (CardSmsAliyun(), CARD, 4),
    (VoiceAliyun(), {"tts_code": "TTS_400001", "params": {"name": "{{ name }}"}}, 1),
]
IDS = [kind.key for kind, _, _ in KINDS]


def reached(outside) -> set[str]:
    state = outside.house.stands["aliyun"].state
    return {m.phone for m in state.messages} | {r.phone for r in state.rings}


@pytest.fixture
def inbox(outside):
    one = provider.Inbox()
    outside.control("callbacks", {"platform": "aliyun", "url": one.url})
    yield one
    one.close()


@pytest.mark.parametrize(("kind", "settings", "n"), KINDS, ids=IDS)
@pytest.mark.parametrize("fault", [*provider.CERTAIN, *provider.OPEN])
def test_every_fault(outside, kind, settings, n, fault):
    outside.fault("aliyun", fault)
    told = provider.send(outside, kind, settings, provider.people(n, **TEXTS))
    numbers = outside.counts("aliyun")
    assert numbers["twice"] == []
    everybody = set(range(n))
    if fault in provider.OPEN:
        assert (told.unknown, told.sent, told.attempts) == (everybody, {}, 1)
    elif fault in ("rate", "http_429"):
        assert (set(told.sent), numbers["times"], told.attempts) == (everybody, n, 2)
    else:
        assert (set(told.failed), numbers["times"]) == (everybody, 0)
        assert all(reason.split(" ")[0] in ("InvalidAccessKeyId.Inactive", "isp.RAM_PERMISSION_DENY")
                   for reason in told.failed.values())  # fmt: skip


def test_people_it_would_refuse_are_named_and_the_others_are_sent(outside):
    wrong = [Recipient(90, "", "", {}, "+85291234567", "phone"), Recipient(91, "", "", {}, "", "phone")]
    told = provider.send(outside, SmsAliyun(), SMS, [*provider.people(3, **TEXTS), *wrong])
    assert told.refused == {90: "isv.MOBILE_NUMBER_ILLEGAL", 91: "isv.MOBILE_NUMBER_ILLEGAL"}
    assert set(told.sent) == {0, 1, 2}


def test_two_people_of_one_number_get_one_message(outside):
    both = [*provider.people(1, **TEXTS), Recipient(7, "", "", dict(TEXTS), "13800000000", "phone")]
    told = provider.send(outside, SmsAliyun(), SMS, both)
    assert (told.refused, outside.counts("aliyun")["times"]) == ({7: "number.twice"}, 1)


def test_a_number_that_had_its_card_today_is_refused_by_name(outside):
    settings = {**SMS, "template_code": "DIGITAL_SMS_200001"}
    first = provider.send(outside, DigitalSmsAliyun(), settings, provider.people(1, **TEXTS))
    again = provider.send(outside, DigitalSmsAliyun(), settings, provider.people(1, **TEXTS))
    assert set(first.sent) == {0}
    assert again.failed[0].startswith("isv.BUSINESS_LIMIT_CONTROL")


def test_who_gets_no_card_and_nothing_else_is_named(outside):
    outside.act("aliyun", "number", phone="13800000001", state="no_card")
    told = provider.send(
        outside, CardSmsAliyun(), {**CARD, "fallback": "NONE"},
        [*provider.people(3, **TEXTS), Recipient(9, "", "", {"params.name": "长" * 21}, "13800000009")],
    )  # fmt: skip
    assert told.refused == {1: "card.not_shown", 9: "isv.PARAM_LENGTH_LIMIT"}
    assert reached(outside) == {"13800000000", "13800000002"}


def test_receipts_and_replies_are_read(outside, inbox):
    outside.act("aliyun", "number", phone="13800000001", state="off")
    sms = provider.send(outside, SmsAliyun(), SMS, provider.people(3, **TEXTS))
    call = provider.send(outside, VoiceAliyun(), KINDS[3][1], provider.people(2, **TEXTS))
    outside.act("aliyun", "report")
    outside.act("aliyun", "reply", phone="13800000002", content="R")
    outside.act("aliyun", "reply", phone="13800000002", content="几点开门？")
    session = outside.session("aliyun")
    read = [SmsAliyun().receipts(session, message) for message in inbox.messages()]
    assert {r.answer for r in read} == {'{"code": 0, "msg": "接收成功"}'.encode()}
    items = [item for one in read for item in one.items]
    told = {(i.address, i.state, i.provider_id, i.reason) for i in items}
    assert told == {
        ("13800000000", "delivered", sms.sent[0], ""),
        ("13800000001", "failed", sms.sent[0], "MOBILE_NOT_ON_SERVICE"),
        ("13800000002", "delivered", sms.sent[0], ""),
        ("13800000000", "delivered", call.sent[0], ""),
        ("13800000001", "failed", call.sent[1], "200010"),
        ("13800000002", "opted_out", "", ""),
        ("13800000002", "replied", "", ""),
    }
    assert [i.text for i in items if i.text] == ["R", "几点开门？"]
    assert {i.request_id for i in items if i.provider_id == sms.sent[0]} == {"request0"}


@pytest.mark.parametrize("fault", ["push_twice", "push_late"])
def test_receipts_that_come_twice_or_late_say_the_same(outside, inbox, fault):
    provider.send(outside, SmsAliyun(), SMS, provider.people(2, **TEXTS))
    outside.fault("aliyun", fault)
    outside.act("aliyun", "report")
    outside.act("aliyun", "reply", phone="13800000000", content="好")
    session = outside.session("aliyun")
    items = [item for m in inbox.messages() for item in SmsAliyun().receipts(session, m).items]
    assert {(i.address, i.state, i.request_id) for i in items} == {
        ("13800000000", "delivered", "request0"), ("13800000001", "delivered", "request0"),
        ("13800000000", "replied", ""),
    }  # fmt: skip
    assert len(items) == (5 if fault == "push_twice" else 3)


def test_what_is_no_receipt_is_refused(outside, inbox):
    outside.act("aliyun", "reply", phone="13800000000", content="R")
    good = inbox.messages()[0]
    for body in (b"{}", b"<html>", b'[{"biz_id": "1", "success": true}]'):
        with pytest.raises(BadInput):
            SmsAliyun().receipts(outside.session("aliyun"), type(good)("POST", {}, {}, body, good.at))


@pytest.mark.parametrize(("fault", "found"), [("lost_answer", 3), ("lost_request", 0)])
def test_asking_settles_what_was_unclear(outside, fault, found):
    outside.fault("aliyun", fault)
    everybody = provider.people(3, **TEXTS)
    told = provider.send(outside, SmsAliyun(), SMS, everybody)
    assert provider.asked(outside, SmsAliyun(), SMS, told, everybody) == []
    outside.house.move(timedelta(seconds=10))
    receipts = provider.asked(outside, SmsAliyun(), SMS, told, everybody)
    assert [(r.ref, r.state) for r in receipts] == [(f"ref-{no}", "delivered") for no in range(found)]


def test_asking_how_calls_went(outside):
    settings = KINDS[3][1]
    told = provider.send(outside, VoiceAliyun(), settings, provider.people(2, **TEXTS))
    receipts = provider.asked(outside, VoiceAliyun(), settings, told, provider.people(2, **TEXTS))
    assert [(r.ref, r.state, r.provider_id) for r in receipts] == [
        ("ref-0", "delivered", told.sent[0]), ("ref-1", "delivered", told.sent[1])
    ]  # fmt: skip
