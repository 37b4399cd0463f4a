"""Youzan: silent tokens, what is refused, and what a check says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.platforms import signed_forms as mutations

from regulars.platforms import api as platforms
from regulars.platforms import api_youzan as youzan
from regulars.platforms.contract import Refused


def read(session):
    end = session.clock.system_now()
    return youzan.trades_changed(session, end - timedelta(hours=1), end + timedelta(seconds=1), page=1)


def test_a_token_that_ends_in_the_middle_is_fetched_anew_once(outside, clock):
    session = outside.session("youzan")
    platforms.run(lambda: read(session))
    outside.fault("youzan", "token", api="youzan.trades.sold.get")
    assert platforms.run(lambda: read(session)).total == 0
    clock.advance(timedelta(days=8))
    assert platforms.run(lambda: read(session)).total == 0
    assert outside.house.stands["youzan"]._tokens == 3


def test_a_changed_token_path_or_body_is_refused(outside):
    request = mutations.caught(outside.session("youzan"), read)
    url, headers = str(request.url), {"content-type": "application/json"}
    assert mutations.sent("POST", url, headers, request.content).json()["code"] == 200
    token = request.url.params["access_token"]
    for at in range(len(token)):
        wrong = token[:at] + chr(ord(token[at]) ^ 1) + token[at + 1 :]
        answer = mutations.sent("POST", url.replace(token, wrong), headers, request.content)
        assert answer.json()["gw_err_resp"]["err_code"] == 4203
    for wrong in (url.replace("4.0.4", "4.0.9"), url.replace("trades", "trade")):
        assert "gw_err_resp" in mutations.sent("POST", wrong, headers, request.content).json()
    for at in range(1, len(request.content), 6):  # a message cut short is none
        answer = mutations.sent("POST", url, headers, request.content[:at]).json()
        assert answer.get("code") != 200


@pytest.mark.parametrize(("fault", "cause"), [("rate", "busy"), ("permission", "permission"), ("server", "other")])
def test_a_no_says_what_kind_of_no_it_is(outside, fault, cause):
    session = outside.session("youzan")
    platforms.run(lambda: read(session))
    outside.fault("youzan", fault)
    with pytest.raises(Refused) as refused:
        platforms.run(lambda: read(session))
    assert refused.value.cause == cause


def test_a_check_names_the_permission_that_is_missing(outside):
    session = outside.session("youzan")
    outside.fault("youzan", "permission", api="youzan.trade.refund.search")
    assert [one.name["en"] for one in platforms.check(session) if one.granted is False] == ["Read refunds"]


def test_an_order_that_is_not_there_is_missing(outside):
    with pytest.raises(Refused) as refused:
        platforms.run(lambda: youzan.trade(outside.session("youzan"), "1"))
    assert refused.value.cause == "missing"
