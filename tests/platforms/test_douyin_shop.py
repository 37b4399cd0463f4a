"""A Douyin shop's gateway: what is signed, what is refused, tokens that end, and a remark that is written once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.platforms import signed_forms as mutations

from regulars.platforms import api as platforms
from regulars.platforms import api_douyin_shop as douyin
from regulars.platforms.contract import Refused
from regulars.platforms.signing import douyin_shop as signing

HEADERS = {"content-type": "application/json"}


def read(session):
    end = session.clock.system_now()
    return douyin.orders_changed(session, end - timedelta(hours=1), end + timedelta(seconds=1), page=1)


def test_parameters_are_written_in_the_one_form():
    given = {"b": {"y": 1, "x": [{"n": 2, "m": "<&>"}]}, "a": "中文"}
    assert signing.param_json(given) == '{"a":"中文","b":{"x":[{"m":"<&>","n":2}],"y":1}}'


def test_a_request_that_was_changed_on_its_way_is_refused(outside):
    request = mutations.caught(outside.session("douyin_shop"), read)
    base, genuine = str(request.url.copy_with(query=None)), dict(request.url.params)

    def answer(query: dict[str, str], body: bytes) -> int:
        return mutations.sent("POST", f"{base}?{mutations.formed(query).decode()}", HEADERS, body).json()["code"]

    assert answer(genuine, request.content) == 10000
    signed = {k: v for k, v in genuine.items() if k != "access_token"}
    for changed in mutations.mutations(signed, seed=11, n=25):
        if not set(changed) - set(signed):  # a parameter more is none of the signature's
            assert answer({**changed, "access_token": genuine["access_token"]}, request.content) != 10000, changed
    for at in range(0, len(request.content), 4):
        body = request.content[:at] + bytes([request.content[at] ^ 1]) + request.content[at + 1 :]
        assert answer(genuine, body) != 10000
    loose = json.dumps(json.loads(request.content)).encode()
    assert answer(genuine, loose) != 10000


def test_a_body_in_another_form_is_refused_even_when_signed(outside, clock):
    session = outside.session("douyin_shop")
    request = mutations.caught(session, read)
    query, loose = dict(request.url.params), json.dumps(json.loads(request.content))
    secret = session.credentials.app_secret.get_secret_value()
    query["sign"] = signing.sign(secret, query["app_key"], query["method"], loose, query["timestamp"])
    url = f"{request.url.copy_with(query=None)}?{mutations.formed(query).decode()}"
    assert mutations.sent("POST", url, HEADERS, loose.encode()).json()["sub_code"] == "isv.signature-invalid"


def test_an_old_request_is_refused(outside, clock):
    request = mutations.caught(outside.session("douyin_shop"), read)
    clock.advance(timedelta(minutes=11))
    answer = mutations.sent("POST", str(request.url), HEADERS, request.content)
    assert answer.json()["sub_code"] == "isv.timestamp-invalid"


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
