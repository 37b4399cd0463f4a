"""Requests changed in one place are refused by every stand-in that checks a signature, and messages by every client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from tests.platforms.listening import listening
from tests.platforms.mutations import Covered, Signed, caught, mutations

from regulars.core.errors import Forbidden
from regulars.platforms import api as platforms
from regulars.platforms import api_ads as ads
from regulars.platforms import api_alipay as alipay
from regulars.platforms import api_aliyun as aliyun
from regulars.platforms import api_dingtalk as dingtalk
from regulars.platforms import api_douyin_shop as douyin
from regulars.platforms import api_jd as jd
from regulars.platforms import api_taobao as taobao
from regulars.platforms import api_tencent as tencent
from regulars.platforms import api_wechat as wechat
from regulars.platforms import api_wecom as wecom
from regulars.platforms import api_youzan as youzan

SMS = aliyun.Sms("13800000001", {"name": "客人", "n": "2", "day": "周日"})
COUPON = tencent.Template("瑞果生鲜", "2100001", ("王女士", "2"))
ALIYUN = ("x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256",
          "content-type")  # fmt: skip

WHOLE = Covered()


@dataclass(frozen=True)
class Call:
    """A call that a client makes. refused: by what was answered. first: brings the token that the call needs."""

    platform: str
    n: int
    work: Callable[[Any], Any]
    refused: Callable[[Any], bool]
    covered: Covered = WHOLE
    change: dict[str, Any] | None = None
    first: bool = False

    def __str__(self) -> str:
        how = "-".join(map(str, (self.change or {}).values()))
        return f"{self.platform}{f'-{how}' if how else ''}-{self.n}-changed"


def since(session: Any) -> tuple[Any, Any]:
    end = session.clock.system_now()
    return end - timedelta(hours=1), end + timedelta(seconds=1)


def error(answer: Any) -> bool:
    return "error_response" in answer.json()


CALLS = [
    Call("taobao", 40, taobao.seller_nick, error, change={"sign_method": "md5"}),
    Call("taobao", 40, taobao.seller_nick, error, change={"sign_method": "hmac"}),
    Call("jd", 40, lambda s: jd.orders_changed(s, *since(s), page=1), error),
    Call("douyin_shop", 40, lambda s: douyin.orders_changed(s, *since(s), page=1),
         lambda a: a.json()["code"] != 10000, Covered(frozenset({"access_token"}), more=False), first=True),
    # Youzan signs no call: the token stands for who calls, and is the only thing that can be wrong.
    Call("youzan", 20, lambda s: youzan.trades_changed(s, *since(s), page=1),
         lambda a: "gw_err_resp" in a.json(), Covered(more=False, body=None), first=True),
    Call("aliyun", 60, lambda s: aliyun.send(s, "瑞果生鲜", "SMS_100001", [SMS], out_id="r1"),
         lambda a: a.status_code >= 400, Covered(headers=ALIYUN)),
    Call("tencent", 60, lambda s: tencent.send(s, COUPON, ["+8613800000001"], context="r1"),
         lambda a: "Error" in a.json()["Response"], Covered(headers=("content-type", "x-tc-action", "authorization"))),
    Call("alipay", 40,
         lambda s: alipay.transfer(
             s, "T1", payee=alipay.Payee("2088000000000001", "ALIPAY_USER_ID"), amount_fen=520, title="补偿"),
         lambda a: next(v for k, v in a.json().items() if k.endswith("_response"))["code"] != "10000"),
    # A token stands for who calls; only the parts of an upload carry a checksum.
    Call("ads", 20, lambda s: ads.create(s, "老客", key="k1"), lambda a: a.status_code in (401, 403),
         Covered(body=None, headers=("authorization", "x-advertiser")), first=True),
    # DingTalk signs the time alone.
    Call("dingtalk", 20, lambda s: dingtalk.send_text(s, "今天 3 张工单超时"), lambda a: a.json()["errcode"] != 0,
         Covered(more=False, body=None)),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_changed_request_is_refused_and_does_nothing(outside, call: Call):
    session = outside.session(call.platform)
    if call.change:
        session.credentials = session.credentials.model_copy(update=call.change)
    if call.first:
        platforms.check(session)
    genuine = caught(session, call.work)
    believed = [what for what, one in mutations(genuine, call.covered, n=call.n) if not call.refused(one.send())]
    assert believed == []
    assert outside.counts(call.platform)["things"] == 0
    assert not call.refused(genuine.send())


def test_more_than_three_hundred_changed_requests_are_refused():
    assert sum(call.n for call in CALLS) >= 300


@dataclass(frozen=True)
class Told:
    """A message that a platform sends, and who reads it."""

    platform: str
    n: int
    act: tuple[str, dict[str, Any]]
    client: Any
    unsigned: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.platform}-{self.n}-changed"


MESSAGES = [
    Told("wecom", 60, ("add_friend", {"person": 600, "guide": "guide1", "state": "code9"}), wecom),
    Told("wechat", 60, ("say", {"person": 1, "text": "有货吗"}), wechat, frozenset({"signature", "encrypt_type"})),
]


@pytest.mark.parametrize("told", MESSAGES, ids=str)
def test_every_changed_message_is_refused(outside, clock, told: Told):
    verb, given = told.act
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": told.platform, "url": inbox.url})
        outside.act(told.platform, verb, **given)
    heard = inbox.messages[0]
    settings = told.client.settings_of(outside.session(told.platform))
    start = heard.body.index(b"<Encrypt><![CDATA[") + len(b"<Encrypt><![CDATA[")
    covered = Covered(
        told.unsigned,
        unordered=frozenset({"timestamp", "nonce"}),  # their sorted texts are signed
        more=False,
        body=(start, heard.body.index(b"]]></Encrypt>")),
    )
    genuine = Signed("POST", inbox.url, tuple(heard.query.items()), dict(heard.headers), heard.body)

    def refused(one: Signed) -> bool:
        try:
            told.client.read_message(settings, one.message(heard.at))
        except Forbidden:
            return True
        return False

    assert [what for what, one in mutations(genuine, covered, n=told.n) if not refused(one)] == []
    assert not refused(genuine)
