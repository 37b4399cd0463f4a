"""A WeCom robot: what arrives in the group, and what is said of what does not."""

from __future__ import annotations

import pytest

from regulars.platforms import api as platforms
from regulars.platforms.api_wecom_robot import send_markdown, send_text
from regulars.platforms.contract import Refused, Unclear


def test_text_and_markdown_arrive_once(outside):
    session = outside.session("wecom_robot")
    platforms.run(lambda: send_text(session, "今天 3 张工单超时", at_phones=["13800000000"]))
    platforms.run(lambda: send_markdown(session, "## 超时工单\n> 3 张"))
    assert outside.house.stands["wecom_robot"].said == ["今天 3 张工单超时", "## 超时工单\n> 3 张"]
    assert outside.counts("wecom_robot")["twice"] == []


def test_too_long_a_text_is_refused(outside):
    session = outside.session("wecom_robot")
    with pytest.raises(Refused) as error:
        platforms.run(lambda: send_text(session, "长" * 700))
    assert (error.value.cause, error.value.retry_after_s) == ("input", None)


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [("rate", Refused, 0), ("token", Refused, 0), ("server", Refused, 0), ("http_429", Refused, 0),
     ("lost_request", Unclear, 0), ("lost_answer", Unclear, 1), ("http_500", Unclear, 0),
     ("http_500_after", Unclear, 1), ("garbage", Unclear, 1)],
)  # fmt: skip
def test_what_is_not_sure_is_never_said_twice(outside, fault, error, done):
    outside.fault("wecom_robot", fault)
    session = outside.session("wecom_robot")
    with pytest.raises(error):
        platforms.run(lambda: send_text(session, "一次"))
    assert len(outside.house.stands["wecom_robot"].said) == done
