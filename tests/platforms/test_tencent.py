"""Tencent Cloud SMS: numbers are taken one by one, its questions answer, changed requests are refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.platforms.mutations import caught

from regulars.platforms import api as platforms
from regulars.platforms import api_tencent as tencent
from regulars.platforms.api_tencent import Template
from regulars.platforms.contract import Refused, Unclear

COUPON = Template("瑞果生鲜", "2100001", ("王女士", "2"))


def phones(n: int) -> list[str]:
    return [f"+86138{no:08d}" for no in range(n)]


def send(outside, to, template=COUPON):
    return platforms.run(lambda: tencent.send(outside.session("tencent"), template, to, context="r1"))


def taken(outside):
    return outside.house.stands["tencent"].messages


def test_two_hundred_numbers_get_the_same_text(outside):
    said = send(outside, phones(200))
    assert {one.code for one in said} == {"Ok"}
    assert {m.content for m in taken(outside)} == {"【瑞果生鲜】王女士，您有2张券将到期，回店即用。"}
    assert outside.counts("tencent") == {"things": 200, "times": 200, "twice": []}


def test_some_are_refused_while_others_are_sent(outside):
    outside.act("tencent", "number", phone=phones(1)[0], state="blacklist")
    said = {one.phone: one.code for one in send(outside, [*phones(2), "+861"])}
    assert said == {
        phones(1)[0]: "FailedOperation.PhoneNumberInBlacklist", phones(2)[1]: "Ok",
        "+861": "InvalidParameterValue.IncorrectPhoneNumber",
    }  # fmt: skip
    assert [one.code for one in send(outside, phones(2)[1:])] == ["LimitExceeded.PhoneNumberThirtySecondLimit"]


@pytest.mark.parametrize(
    ("to", "template", "cause"),
    [(phones(201), COUPON, "quota"), (phones(1), Template("瑞果生鲜", "2100003"), "missing"),
     (phones(1), Template("别家", "2100002"), "missing")],
)  # fmt: skip
def test_what_it_does_not_take_it_takes_from_nobody(outside, to, template, cause):
    with pytest.raises(Refused) as no:
        send(outside, to, template)
    assert (no.value.cause, taken(outside)) == (cause, [])


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [("rate", Refused, 0), ("token", Refused, 0), ("permission", Refused, 0), ("http_429", Refused, 0),
     ("server", Unclear, 0), ("lost_request", Unclear, 0), ("lost_answer", Unclear, 3), ("http_500", Unclear, 0),
     ("http_500_after", Unclear, 3), ("garbage", Unclear, 3)],
)  # fmt: skip
def test_what_is_not_sure_is_never_sent_again(outside, fault, error, done):
    outside.fault("tencent", fault)
    with pytest.raises(error):
        send(outside, phones(3))
    assert (len(taken(outside)), outside.counts("tencent")["twice"]) == (done, [])


def test_states_and_replies_of_a_number(outside):
    session = outside.session("tencent")
    outside.act("tencent", "number", phone=phones(2)[1], state="off")
    send(outside, phones(2))
    outside.act("tencent", "reply", phone=phones(2)[1], content="TD")
    outside.house.move(timedelta(seconds=6))
    outside.fault("tencent", "lost_answer", api="Pull*")
    begin, end = outside.house.now() - timedelta(hours=1), outside.house.now()
    for phone, state, code in ((phones(2)[0], "delivered", ""), (phones(2)[1], "failed", "MBBLACK")):
        found = platforms.run(lambda phone=phone: tencent.states(session, phone, begin, end))
        assert [(r.state, r.code, r.context) for r in found] == [(state, code, "r1")]
    said = platforms.run(lambda: tencent.replies(session, phones(2)[1], begin, end))
    assert [r.text for r in said] == ["TD"]


def test_reviews_are_told(outside):
    session = outside.session("tencent")
    found = [platforms.run(lambda t=t: tencent.template_review(session, t))[0] for t in ("2100001", "2100003", "7")]
    assert found == ["approved", "pending", "missing"]


def test_a_check_names_what_is_not_permitted(outside):
    outside.fault("tencent", "permission")
    first, second = (platforms.check(outside.session("tencent")) for _ in range(2))
    assert [g.granted for g in first] == [False, None]
    assert [g.granted for g in second] == [True, None]


def test_an_old_request_is_refused(outside):
    work = lambda s: tencent.template_review(s, "2100001")  # noqa: E731
    request = caught(outside.session("tencent"), work)
    outside.control("clock", {"forward_s": 301})
    error = request.send().json()["Response"]["Error"]
    assert error["Code"] == "AuthFailure.SignatureExpire"
