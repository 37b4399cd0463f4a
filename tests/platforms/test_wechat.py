"""WeChat: followers, messages to them, sign-in codes, and messages nobody can forge."""

from __future__ import annotations

import dataclasses

import pytest
from tests.platforms.listening import listening

from regulars.core.errors import Forbidden
from regulars.platforms import api as platforms
from regulars.platforms import api_wechat as wechat
from regulars.platforms.contract import Refused, Unclear

ORDER = {"keyword1": "JD-1", "keyword2": "已发货"}


@pytest.fixture
def session(outside):
    return outside.session("wechat")


def did(work):
    return platforms.run(lambda: work)


def somebody(session) -> str:
    return did(wechat.follower_ids(session))[0][0]


def calls(outside, api: str) -> int:
    return sum(n for (_, name, _), n in outside.house.journal.calls.items() if name == api)


def test_a_connection_check_names_what_is_missing(outside, session):
    assert [grant.granted for grant in platforms.check(session)] == [True, True]
    outside.fault("wechat", "permission", api="user/get")
    assert platforms.check(session)[0].said.startswith("48001")


def test_every_follower_is_read_over_pages_of_ten_thousand(outside, session):
    outside.act("wechat", "crowd", people=10_050)
    first, after = did(wechat.follower_ids(session))
    second, end = did(wechat.follower_ids(session, after=after))
    assert (len(first), len({*first, *second}), end) == (10_000, 10_180, "")
    known = did(wechat.followers(session, first[:100]))
    assert all(one.unionid and one.follows and one.followed_at for one in known)


def test_one_person_has_one_unionid_on_wechat_and_wecom(outside, session):
    own = did(wechat.followers(session, did(wechat.follower_ids(session))[0][:1]))[0]
    company = outside.house.stands["wecom"].company
    assert own.unionid == company.unionid(company.external(0))


def test_a_token_is_kept_and_replaced_when_it_ends(outside, session):
    somebody(session)
    somebody(outside.session("wechat"))
    assert calls(outside, "stable_token") == 1
    outside.fault("wechat", "token")
    somebody(session)
    outside.control("clock", {"forward_s": 10_800})
    somebody(session)
    assert calls(outside, "stable_token") == 3


def test_a_template_message_is_taken_once_for_a_key_within_ten_minutes(outside, session):
    to = somebody(session)
    first = did(wechat.send_template(session, to, "tmpl-order", ORDER, key="k1", link="https://example.org"))
    assert did(wechat.send_template(session, to, "tmpl-order", ORDER, key="k1")) == first
    outside.control("clock", {"forward_s": 601})
    assert did(wechat.send_template(session, to, "tmpl-order", ORDER, key="k1")) != first
    assert len(outside.house.stands["wechat"].said) == 2


def test_who_follows_no_longer_and_what_is_incomplete_is_refused(outside, session):
    gone = outside.act("wechat", "unfollow", person=3)["openid"]
    for to, template, data, code in (
        (gone, "tmpl-order", ORDER, "43004"), ("o-nobody", "tmpl-order", ORDER, "40003"),
        (somebody(session), "tmpl-none", ORDER, "40037"), (somebody(session), "tmpl-order", {"keyword1": "x"}, "47003"),
    ):  # fmt: skip
        with pytest.raises(Refused) as error:
            did(wechat.send_template(session, to, template, data, key="k"))
        assert error.value.platform_code == code


def test_a_subscription_message_needs_a_permission_each_time(outside, session):
    to = somebody(session)
    outside.act("wechat", "answer", person=0, template="sub-arrival", answer="accept")
    did(wechat.send_subscribed(session, to, "sub-arrival", {"thing1": "到货"}))
    with pytest.raises(Refused) as error:
        did(wechat.send_subscribed(session, to, "sub-arrival", {"thing1": "到货"}))
    assert error.value.platform_code == "43101"


def test_codes_of_a_mini_program_are_good_once_for_five_minutes(outside, session):
    code = outside.act("wechat", "code", person=0)["code"]
    assert did(wechat.sign_in(session, code)).openid == somebody(session)
    with pytest.raises(Refused):
        did(wechat.sign_in(session, code))
    code = outside.act("wechat", "code", person=0)["code"]
    assert did(wechat.phone(session, code)) == "+8610000000000"
    late = outside.act("wechat", "code", person=0)["code"]
    outside.control("clock", {"forward_s": 301})
    with pytest.raises(Refused) as error:
        did(wechat.phone(session, late))
    assert error.value.platform_code == "40029"


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [("rate", Refused, 0), ("server", Refused, 0), ("permission", Refused, 0), ("http_429", Refused, 0),
     ("lost_request", Unclear, 0), ("lost_answer", Unclear, 1), ("http_500", Unclear, 0),
     ("http_500_after", Unclear, 1), ("garbage", Unclear, 1)],
)  # fmt: skip
def test_what_is_not_sure_is_never_sent_twice(outside, session, fault, error, done):
    to = somebody(session)
    outside.fault("wechat", fault, api="message/template/send")
    with pytest.raises(error):
        did(wechat.send_template(session, to, "tmpl-order", ORDER, key="k"))
    assert len(outside.house.stands["wechat"].said) == done
    assert outside.counts("wechat")["twice"] == []


def test_a_sealed_message_is_read(outside, session, clock):
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wechat", "url": inbox.url})
        outside.act("wechat", "say", person=1, text="有货吗")
    assert wechat.read_message(wechat.settings_of(session), inbox.messages[0]).fields["Content"] == "有货吗"


def test_an_unsealed_message_is_believed_only_by_an_account_without_a_key(outside, session, clock):
    outside.act("wechat", "unsealed")
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wechat", "url": inbox.url})
        outside.act("wechat", "follow", person=300, code="shop7")
    settings, message = wechat.settings_of(session), inbox.messages[0]
    with pytest.raises(Forbidden):
        wechat.read_message(settings, message)
    plain = settings.model_copy(update={"aes_key": type(settings.aes_key)("")})
    assert wechat.read_message(plain, message).fields["EventKey"] == "qrscene_shop7"
    with pytest.raises(Forbidden):
        wechat.read_message(plain, dataclasses.replace(message, query={**message.query, "nonce": "1"}))


def test_the_address_is_proven(outside, session, clock):
    settings = wechat.settings_of(session)
    with listening(clock, lambda message: (200, wechat.read_message(settings, message).echo.encode())) as inbox:
        outside.control("callbacks", {"platform": "wechat", "url": inbox.url})
        assert outside.act("wechat", "verify_address")["status"] == 200
    assert outside.house.journal.entries[-1].answered.startswith("echo")
