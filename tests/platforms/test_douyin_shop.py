"""A Douyin shop's gateway: what is signed, what is refused, tokens that end, and a remark that is written once."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest
from tests.platforms.mutations import caught

from regulars.platforms import api as platforms
from regulars.platforms import api_douyin_shop as douyin
from regulars.platforms.contract import Refused
from regulars.platforms.signing import douyin_shop as signing


def read(session):
    end = session.clock.system_now()
    return douyin.orders_changed(session, end - timedelta(hours=1), end + timedelta(seconds=1), page=1)


def test_parameters_are_written_in_the_one_form():
    given = {"b": {"y": 1, "x": [{"n": 2, "m": "<&>"}]}, "a": "中文"}
    assert signing.param_json(given) == '{"a":"中文","b":{"x":[{"m":"<&>","n":2}],"y":1}}'


def test_a_body_in_another_form_is_refused_even_when_signed(outside, clock):
    session = outside.session("douyin_shop")
    platforms.run(lambda: read(session))
    request = caught(session, read)
    assert request.send().json()["code"] == 10000
    query, loose = dict(request.params), json.dumps(json.loads(request.body))
    secret = session.credentials.app_secret.get_secret_value()
    query["sign"] = signing.sign(secret, query["app_key"], query["method"], loose, query["timestamp"])
    changed = dataclasses.replace(request, params=tuple(query.items()), body=loose.encode())
    assert changed.send().json()["sub_code"] == "isv.signature-invalid"


def test_an_old_request_is_refused(outside, clock):
    session = outside.session("douyin_shop")
    platforms.run(lambda: read(session))
    request = caught(session, read)
    clock.advance(timedelta(minutes=11))
    assert request.send().json()["sub_code"] == "isv.timestamp-invalid"


def test_a_token_that_ends_in_the_middle_is_fetched_anew_once(outside, clock):
    session = outside.session("douyin_shop")
    platforms.run(lambda: read(session))
    outside.fault("douyin_shop", "token", api="order.searchList")
    assert platforms.run(lambda: read(session)).total == 0
    clock.advance(timedelta(days=8))
    assert platforms.run(lambda: read(session)).total == 0
    assert outside.house.stands["douyin_shop"]._tokens == 3


@pytest.mark.parametrize(("fault", "cause"), [("rate", "busy"), ("permission", "permission"), ("server", "busy")])
def test_a_no_says_what_kind_of_no_it_is(outside, fault, cause):
    session = outside.session("douyin_shop")
    platforms.run(lambda: read(session))
    outside.fault("douyin_shop", fault)
    with pytest.raises(Refused) as refused:
        platforms.run(lambda: read(session))
    assert refused.value.cause == cause


def test_a_check_names_the_permission_that_is_missing(outside):
    session = outside.session("douyin_shop")
    outside.fault("douyin_shop", "permission", api="afterSale.List")
    assert [one.name["en"] for one in platforms.check(session) if one.granted is False] == ["Read refunds"]


@pytest.mark.parametrize("fault", ["", "lost_answer", "lost_request", "garbage"])
def test_a_remark_keeps_what_the_shop_wrote_and_takes_ours_once(outside, fault):
    session = outside.session("douyin_shop")
    order = outside.act("douyin_shop", "order", buyer=1, goods=1, pay=True)["id"]
    outside.act("douyin_shop", "memo", id=order, text="送小票")
    if fault:
        outside.fault("douyin_shop", fault, api="order.addOrderRemark")
    for _ in range(2):
        platforms.run(lambda: douyin.append_memo(session, order, "老客户，优先发货" * 9, "#r1"))
    found = outside.house.stands["douyin_shop"].shop.deals[order].memo
    assert found.startswith("送小票\n老客户")
    assert found.count("#r1") == 1
    assert len(found) == douyin.REMARK_LENGTH
