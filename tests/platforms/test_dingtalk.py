"""A DingTalk robot: what arrives in the group, and what is said of what does not."""

from __future__ import annotations

import pytest

from regulars.platforms import api as platforms
from regulars.platforms.api_dingtalk import send_markdown, send_text
from regulars.platforms.contract import Refused, Unclear


def test_a_message_arrives_once(outside):
    session = outside.session("dingtalk")
    platforms.run(lambda: send_text(session, "今天 3 张工单超时", at_phones=["13800000000"]))
    assert len(outside.house.stands["dingtalk"].said) == 1
    assert outside.counts("dingtalk")["twice"] == []


def test_a_message_with_headings_arrives_and_one_without_title_is_refused(outside):
    session = outside.session("dingtalk")
    platforms.run(lambda: send_markdown(session, "超时工单", "#### 3 张工单超时\n> [查看](https://example.org)"))
    assert "####" in outside.house.stands["dingtalk"].said[0]
    with pytest.raises(Refused) as error:
        platforms.run(lambda: send_markdown(session, "", "正文"))
    assert error.value.cause == "input"


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [("rate", Refused, 0), ("token", Refused, 0), ("server", Refused, 0), ("lost_request", Unclear, 0),
     ("lost_answer", Unclear, 1), ("http_500", Unclear, 0), ("http_500_after", Unclear, 1), ("garbage", Unclear, 1)],
)  # fmt: skip
def test_what_is_not_sure_is_never_said_twice(outside, fault, error, done):
    outside.fault("dingtalk", fault)
    session = outside.session("dingtalk")
    with pytest.raises(error):
        platforms.run(lambda: send_text(session, "一次"))
    assert len(outside.house.stands["dingtalk"].said) == done
