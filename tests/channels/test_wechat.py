"""WeChat messages to followers: sent once, refused for those who cannot be reached, and their ends known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.platforms.listening import listening

from regulars.channels.contract import NotSent, Recipient, SendRequest
from regulars.channels.kinds.wechat_subscribe import WechatSubscribe, WechatSubscribeConfig
from regulars.channels.kinds.wechat_template import WechatTemplate, WechatTemplateConfig
from regulars.core.errors import Forbidden
from regulars.platforms import api as platforms
from regulars.platforms import api_wechat as wechat
from regulars.platforms.contract import Unclear

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEMPLATE = WechatTemplateConfig(
    account_id=1, template="tmpl-order", fields={"keyword1": "{{ purchase_number }}", "keyword2": "已发货"}
)
SUBSCRIBED = WechatSubscribeConfig(account_id=1, template="sub-arrival", fields={"thing1": "到货"})


class Here:
    """The outlet of a test: the account leads to the sandbox."""

    def __init__(self, outside) -> None:
        self.session = lambda account_id: outside.session("wechat")


def openid(outside, n: int = 0) -> str:
    return platforms.run(lambda: wechat.follower_ids(outside.session("wechat")))[0][n]


def request(address: str, texts: dict[str, str], request_id: str = "r1") -> SendRequest:
    return SendRequest(request_id, 1, 1, 7, "live", NOW, NOW, (Recipient(1, "", "", texts, address, "openid"),))


def send_template(outside, to: str):
    return WechatTemplate().send(Here(outside), TEMPLATE, request(to, {"keyword1": "3", "keyword2": "已发货"}))


def ends(outside, clock, kind):
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wechat", "url": inbox.url})
        outside.act("wechat", "deliver")
    session = outside.session("wechat")
    return [item for message in inbox.messages for item in kind.receipts(session, message).items], inbox


def test_a_follower_gets_the_fields_and_the_end_is_told(outside, clock):
    assert WechatTemplate().texts(TEMPLATE) == TEMPLATE.fields
    result = send_template(outside, openid(outside))
    assert outside.house.stands["wechat"].said[0][2] == {"keyword1": "3", "keyword2": "已发货"}
    (end,), inbox = ends(outside, clock, WechatTemplate())
    assert (end.state, end.provider_id, end.address) == ("delivered", result.provider_id, openid(outside))
    forged = type(inbox.messages[0])("POST", {}, {}, inbox.messages[0].body, clock.system_now())
    with pytest.raises(Forbidden):
        WechatTemplate().receipts(outside.session("wechat"), forged)


def test_who_blocks_the_account_is_told_as_failed(outside, clock):
    outside.act("wechat", "block", person=0)
    send_template(outside, openid(outside))
    (end,), _ = ends(outside, clock, WechatTemplate())
    assert (end.state, end.reason) == ("failed", "failed:user block")


def test_who_follows_no_longer_is_refused(outside):
    to = openid(outside)
    outside.act("wechat", "unfollow", person=0)
    assert send_template(outside, to).refused == {1: "43004"}


def test_the_same_attempt_again_reaches_nobody_twice_within_ten_minutes(outside):
    first, again = send_template(outside, openid(outside)), send_template(outside, openid(outside))
    assert first.provider_id == again.provider_id
    assert len(outside.house.stands["wechat"].said) == 1


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [("rate", NotSent, 0), ("lost_request", Unclear, 0), ("lost_answer", Unclear, 1), ("garbage", Unclear, 1)],
)
def test_what_is_unclear_is_left_so(outside, fault, error, done):
    to = openid(outside)
    outside.fault("wechat", fault, api="message/*")
    with pytest.raises(error):
        send_template(outside, to)
    assert len(outside.house.stands["wechat"].said) == done


def test_a_subscription_message_goes_to_who_allowed_it_and_to_nobody_else(outside, clock):
    wanted = request(openid(outside), {"thing1": "到货"})
    assert WechatSubscribe().send(Here(outside), SUBSCRIBED, wanted).refused == {1: "43101"}
    outside.act("wechat", "answer", person=0, template="sub-arrival", answer="accept")
    result = WechatSubscribe().send(Here(outside), SUBSCRIBED, wanted)
    assert result.refused == {}
    (end,), _ = ends(outside, clock, WechatSubscribe())
    assert (end.state, end.provider_id) == ("delivered", result.provider_id)
