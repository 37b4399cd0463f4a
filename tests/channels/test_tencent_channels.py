"""The channels through Tencent Cloud under every fault: nobody is reached twice, nobody is lost from sight."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.channels import provider

from regulars.channels.contract import Recipient
from regulars.channels.kinds.sms_tencent import SmsTencent
from regulars.channels.kinds.sms_tencent_same import SmsTencentSame
from regulars.core.errors import BadInput

OWN = {"sign_name": "瑞果生鲜", "template_code": "2100001", "params": {"1": "{{ name }}", "2": "2"}}
SAME = {"sign_name": "瑞果生鲜", "template_code": "2100002"}
TEXTS = {"params.1": "客人{no}", "params.2": "2"}
KINDS = [(SmsTencent(), OWN, TEXTS, 1), (SmsTencentSame(), SAME, {}, 4)]
IDS = [kind.key for kind, *_ in KINDS]


@pytest.fixture
def inbox(outside):
    one = provider.Inbox()
    outside.control("callbacks", {"platform": "tencent", "url": one.url})
    yield one
    one.close()


@pytest.mark.parametrize(("kind", "settings", "texts", "n"), KINDS, ids=IDS)
@pytest.mark.parametrize("fault", [*provider.CERTAIN, *provider.OPEN])
def test_every_fault(outside, kind, settings, texts, n, fault):
    outside.fault("tencent", fault)
    told = provider.send(outside, kind, settings, provider.people(n, **texts))
    numbers = outside.counts("tencent")
    assert numbers["twice"] == []
    everybody = set(range(n))
    if fault in provider.OPEN:
        assert (told.unknown, told.sent, told.attempts) == (everybody, {}, 1)
    elif fault in ("rate", "http_429"):
        assert (set(told.sent), numbers["times"], told.attempts) == (everybody, n, 2)
    else:
        assert (set(told.failed), numbers["times"]) == (everybody, 0)


def test_each_person_gets_their_own_text(outside):
    provider.send(outside, SmsTencent(), OWN, provider.people(3, **TEXTS))
    contents = [m.content for m in outside.house.stands["tencent"].messages]
    assert contents == [f"【瑞果生鲜】客人{no}，您有2张券将到期，回店即用。" for no in range(3)]


def test_refused_people_are_named_with_the_code(outside):
    outside.act("tencent", "number", phone="+8613800000001", state="blacklist")
    wrong = Recipient(9, "", "", {}, "+85291234567", "phone")
    told = provider.send(outside, SmsTencentSame(), SAME, [*provider.people(3), wrong])
    assert told.refused == {
        1: "FailedOperation.PhoneNumberInBlacklist", 9: "InvalidParameterValue.IncorrectPhoneNumber"
    }  # fmt: skip
    assert set(told.sent) == {0, 2}


def test_texts_of_ones_own_are_refused_where_all_get_the_same():
    with pytest.raises(ValueError, match="same text"):
        SmsTencentSame.Config.model_validate({"account_id": 1, **OWN})


def test_receipts_and_replies_are_read(outside, inbox):
    outside.act("tencent", "number", phone="+8613800000001", state="off")
    sent = provider.send(outside, SmsTencent(), OWN, provider.people(2, **TEXTS)).sent
    outside.act("tencent", "report")
    outside.act("tencent", "reply", phone="+8613800000000", content="退订")
    read = [SmsTencent().receipts(outside.session("tencent"), message) for message in inbox.messages()]
    items = [(i.address, i.state, i.provider_id, i.reason) for one in read for i in one.items]
    assert items == [
        ("+8613800000000", "delivered", sent[0], ""), ("+8613800000001", "failed", sent[1], "MBBLACK"),
        ("+8613800000000", "opted_out", "", ""),
    ]  # fmt: skip
    assert read[0].answer == b'{"result":0,"errmsg":"OK"}'


def test_what_is_no_receipt_is_refused(outside, inbox):
    outside.act("tencent", "reply", phone="+8613800000000", content="R")
    good = inbox.messages()[0]
    for body in (b"{}", b"<html>", b'[{"sid": "1"}]'):
        with pytest.raises(BadInput):
            SmsTencent().receipts(outside.session("tencent"), type(good)("POST", {}, {}, body, good.at))


@pytest.mark.parametrize(("fault", "found"), [("lost_answer", 3), ("lost_request", 0)])
def test_asking_settles_what_was_unclear(outside, fault, found):
    outside.fault("tencent", fault)
    everybody = provider.people(3)
    told = provider.send(outside, SmsTencentSame(), SAME, everybody)
    assert told.unknown == {0, 1, 2}
    outside.house.move(timedelta(seconds=10))
    receipts = provider.asked(outside, SmsTencentSame(), SAME, told, everybody)
    assert [(r.ref, r.state) for r in receipts] == [(f"ref-{no}", "delivered") for no in range(found)]
