"""Notices to staff: said once, together, in the groups that are to know."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from regulars.channels import api_notices, handlers
from regulars.channels.api_notices import Rules
from regulars.core.errors import BadInput, Conflict
from regulars.identity import handlers as identity_handlers
from regulars.workspace import api as workspace

assert handlers  # names the job
assert identity_handlers  # and what can be told


class Staff:
    """A brand whose tasks fail, and its groups of staff."""

    def __init__(self, db, make_ctx, clock, outside) -> None:
        self.db, self.make_ctx, self.clock, self.outside = db, make_ctx, clock, outside
        self.ding, self.wecom = outside.account("dingtalk"), outside.account("wecom_robot")

    def told_of(self, language="zh", **groups) -> None:
        with self.db.tx() as tx:
            api_notices.set_rules(self.make_ctx(tx), Rules(language, groups))

    def task(self, title: str, *, failed: bool = True) -> None:
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx)
            one = workspace.start_operation(ctx, "import", title)
            workspace.fail(ctx, one.id, "no") if failed else workspace.finish(ctx, one.id, {})

    def minute(self, minutes: int = 1) -> int:
        self.clock.advance(timedelta(minutes=minutes))
        return api_notices.pass_once(self.db, self.make_ctx)

    def said(self, platform: str = "dingtalk") -> list[str]:
        said = self.outside.house.stands[platform].said
        return [json.loads(one)["text"]["content"] if one.startswith("{") else one for one in said]

    def states(self) -> list[str]:
        with self.db.tx() as tx:
            return [one.state for one in api_notices.recent(self.make_ctx(tx))]


@pytest.fixture
def staff(db, make_ctx, clock, outside):
    return Staff(db, make_ctx, clock, outside)


def test_each_group_is_told_of_its_kinds_once(staff):
    staff.told_of(tasks_failed=(staff.ding, staff.wecom), tasks_ended=(staff.wecom,))
    staff.task("双十一订单.csv")
    staff.task("会员.csv", failed=False)
    assert staff.minute() == 2
    assert staff.said() == ["Regulars\n任务失败：双十一订单.csv"]
    (told,) = staff.said("wecom_robot")
    assert set(told.splitlines()[1:]) == {"任务失败：双十一订单.csv", "任务完成（导入、人群计算等）：会员.csv"}
    assert staff.minute() == 0
    assert staff.states() == ["told"] * 3


def test_what_grows_is_told_once_an_hour(staff):
    staff.told_of("en", tasks_failed=(staff.ding,))
    staff.task("a.csv")
    assert staff.minute() == 1
    for name in ("b.csv", "c.csv"):
        staff.task(name)
        assert staff.minute() == 0
    assert staff.minute(60) == 1
    assert "and" not in staff.said()[0]
    assert staff.said()[1].splitlines()[1] == "Tasks failed: c.csv, b.csv, a.csv"


def test_customers_are_never_named(staff):
    need = workspace.Need("customers_to_review", 2, (workspace.Waiting("1", "王小明"), workspace.Waiting("2", "李雷")))
    assert api_notices.line(need, "zh").endswith("：2")


@pytest.mark.parametrize(
    ("fault", "state", "times"), [("rate", "waiting", 0), ("lost_answer", "unknown", 1), ("permission", "failed", 0)]
)
def test_what_is_unclear_is_not_said_again_and_what_was_refused_for_now_is(staff, fault, state, times):
    staff.told_of(tasks_failed=(staff.ding,))
    staff.task("a.csv")
    staff.outside.fault("dingtalk", fault)
    assert staff.minute() == 0
    assert (staff.states(), len(staff.said())) == ([state], times)
    staff.minute()
    assert len(staff.said()) == int(state != "failed")


def test_a_worker_that_died_while_telling_leaves_it_unknown(staff):
    staff.told_of(tasks_failed=(staff.ding,))
    staff.task("a.csv")
    with staff.db.tx() as tx:
        api_notices.find(staff.make_ctx(tx))
        tx.execute("update notice set state = 'telling'")
    assert (staff.minute(), staff.states()) == (0, ["unknown"])


def test_a_word_of_trial_and_what_cannot_be_chosen(staff):
    with staff.db.tx() as tx:
        ctx = staff.make_ctx(tx)
        api_notices.try_out(staff.db, ctx, staff.wecom)
        assert "测试" in staff.said("wecom_robot")[0]
        with pytest.raises(BadInput):
            api_notices.try_out(staff.db, ctx, staff.outside.account("taobao"))
        with pytest.raises(BadInput, match="no robot"):
            api_notices.set_rules(ctx, Rules("zh", {"tasks_failed": (999,)}))
        with pytest.raises(BadInput, match="Nothing is told"):
            api_notices.set_rules(ctx, Rules("zh", {"weather": (staff.ding,)}))
    staff.outside.fault("wecom_robot", "permission")
    with staff.db.tx() as tx, pytest.raises(Conflict):
        api_notices.try_out(staff.db, staff.make_ctx(tx), staff.wecom)


def test_over_http(client):
    found = client.get("/api/notices").json()
    assert {"tasks_failed", "sources_in_trouble", "campaigns_waiting", "sending_halted"} <= {
        one["kind"] for one in found["kinds"]
    }
    assert client.put("/api/notices", json={"language": "en", "groups": {}}).json()["language"] == "en"
