"""JD's gateway: what is signed, what is refused, and a remark that is written once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.platforms.mutations import caught

from regulars.app.cli_sandbox import checked_vectors
from regulars.platforms import api as platforms
from regulars.platforms import api_jd as jd
from regulars.platforms.contract import Refused


def read(session):
    end = session.clock.system_now()
    return jd.orders_changed(session, end - timedelta(hours=1), end + timedelta(seconds=1), page=1)


def test_the_published_signature_is_made_by_both_sides():
    ours = [one for one in checked_vectors() if one["platform"] == "jd"]
    assert ours
    assert all(one["client_ok"] and one["sandbox_ok"] for one in ours)


def test_an_old_request_is_refused(outside, clock):
    request = caught(outside.session("jd"), read)
    clock.advance(timedelta(minutes=11))
    assert request.send().json()["error_response"]["code"] == "13"


@pytest.mark.parametrize(
    ("fault", "cause"), [("rate", "busy"), ("token", "token"), ("permission", "permission"), ("server", "busy")]
)
def test_a_no_says_what_kind_of_no_it_is(outside, fault, cause):
    outside.fault("jd", fault)
    with pytest.raises(Refused) as refused:
        platforms.run(lambda: read(outside.session("jd")))
    assert refused.value.cause == cause


def test_a_check_names_the_permission_that_is_missing(outside):
    outside.fault("jd", "permission", api="jingdong.ware.read.searchWare4Valid")
    assert [one.name["en"] for one in platforms.check(outside.session("jd")) if one.granted is False] == ["Read goods"]


@pytest.mark.parametrize("fault", ["", "lost_answer", "lost_request", "garbage"])
def test_a_remark_keeps_what_the_shop_wrote_and_takes_ours_once(outside, fault):
    session = outside.session("jd")
    order = outside.act("jd", "order", buyer=1, goods=1, pay=True)["id"]
    outside.act("jd", "memo", id=order, text="送小票")
    if fault:
        outside.fault("jd", fault, api="jingdong.pop.order.modifyVenderRemark")
    for _ in range(2):
        platforms.run(lambda: jd.append_memo(session, order, "老客户", "#r1"))
    assert outside.house.stands["jd"].shop.deals[order].memo == "送小票\n老客户 #r1"


def test_an_order_that_is_not_there_is_missing(outside):
    with pytest.raises(Refused) as refused:
        platforms.run(lambda: jd.order(outside.session("jd"), "1"))
    assert refused.value.cause == "missing"
