"""The practice hour: a brand of its own with everything connected; the hour itself is `make demo-check PRACTICE=1`."""

from __future__ import annotations

import pytest

from regulars.app import practice_demo
from regulars.core.errors import Conflict
from regulars.ingest import api_sources as sources
from regulars.journeys import api as journeys
from regulars.segments import api as segments
from regulars.workspace import api as workspace


def test_practice_has_sources_segments_and_campaigns_and_is_made_once(house, outside):
    login, hooks = practice_demo.prepare(house, outside.url)
    assert set(hooks) == {"taobao", "douyin_shop", "wecom", "register", "aliyun", "links"}
    with house.ctx(practice_demo.BRAND.id) as ctx:
        assert {one.connector for one in sources.connected(ctx)} == {"taobao", "douyin_shop", "wecom", "webhook"}
        assert {one.name for one in segments.listed(ctx)} >= {practice_demo.BUYERS, practice_demo.TWICE}
        made = {one.draft.name: one.draft.channel for one in journeys.listed(ctx)}
        assert made == {practice_demo.SMS: "sms_aliyun", practice_demo.WECOM: "wecom_message"}
    assert practice_demo.prepare(house, outside.url) == (login, hooks)


def test_the_retailers_year_in_which_time_stands_still_is_left_alone(house, outside):
    with house.ctx() as ctx:
        workspace.set_setting(ctx, "demo_ready", {"import": 1.0})
    with pytest.raises(Conflict, match="retailer's year"):
        practice_demo.prepare(house, outside.url)


def test_before_the_hour_both_sides_count_the_same_but_for_the_friends_there_were(house, outside):
    practice_demo.prepare(house, outside.url)
    figures = practice_demo.compared(house, outside.url)["figures"]
    assert {name for name, row in figures.items() if row["ours"] != row["sandbox"]} == {"people"}
    assert figures["people"]["sandbox"] == 150
