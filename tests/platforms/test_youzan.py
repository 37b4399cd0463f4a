"""Youzan: silent tokens, what is refused, and what a check says."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from tests.platforms.mutations import caught

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


def test_another_path_or_a_message_cut_short_is_refused(outside):
    session = outside.session("youzan")
    platforms.run(lambda: read(session))
    request = caught(session, read)
    for url in (request.url.replace("4.0.4", "4.0.9"), request.url.replace("trades", "trade")):
        assert "gw_err_resp" in dataclasses.replace(request, url=url).send().json()
    for at in range(1, len(request.body), 6):
        assert dataclasses.replace(request, body=request.body[:at]).send().json().get("code") != 200


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
