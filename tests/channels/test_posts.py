"""Posts to WeCom groups and moments: each task made at most once, each part's end known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from regulars.channels import api_posts, handlers
from regulars.core.errors import BadInput, Conflict, Unavailable
from regulars.infra import jobs
from regulars.infra.lease import MAX_ATTEMPTS

assert handlers  # names the jobs
TASK = "externalcontact/add_msg_template"


class Desk:
    """Whoever posts, and the worker behind."""

    def __init__(self, db, make_ctx, clock, outside) -> None:
        self.db, self.make_ctx, self.clock, self.outside = db, make_ctx, clock, outside
        self.account = outside.account("wecom")
        self.company = outside.house.stands["wecom"].company

    def add(self, kind="wecom_group_post", key="autumn-2026", text="周末到店礼", **config):
        given = {"account_id": self.account, **({"senders": ["guide1", "guide2"]} if "group" in kind else {}), **config}
        with self.db.tx() as tx:
            return api_posts.add(self.make_ctx(tx), kind, key, text, config=given)

    def work(self) -> None:
        while jobs.run_due(self.db, self.make_ctx, owner="w", queue="sources"):
            pass

    def asked(self, post):
        api_posts.ask(self.db, self.make_ctx)
        return self.look(post)

    def look(self, post):
        with self.db.tx() as tx:
            return api_posts.get(self.make_ctx(tx), post.id)


@pytest.fixture
def desk(db, make_ctx, clock, outside):
    return Desk(db, make_ctx, clock, outside)


def test_owners_confirm_and_every_group_has_its_end(desk):
    post = desk.add()
    desk.work()
    assert [call.state for call in desk.look(post).calls] == ["made", "made"]
    assert (desk.asked(post).count("waiting"), desk.look(post).count("sent")) == (2, 0)
    desk.outside.act("wecom", "confirm_task", guide="guide1")
    found = desk.asked(post)
    assert (found.count("waiting"), found.count("sent")) == (1, 1)
    desk.outside.act("wecom", "confirm_task")
    assert {call.state for call in desk.asked(post).calls} == {"ended"}
    assert desk.look(post).count("sent") == 2


def test_a_group_reached_today_is_told_so(desk):
    for key in ("first-post", "second-post"):
        post = desk.add(key=key, senders=["guide1"], daily=2)
        desk.work()
        desk.outside.act("wecom", "confirm_task")
    assert desk.asked(post).count("limit") == 1


def test_groups_of_somebody_else_are_refused(desk):
    own, other = list(desk.company.groups)[:2]
    post = desk.add(senders=["guide1"], groups=[own, other])
    desk.work()
    (call,) = desk.look(post).calls
    assert (call.state, call.refused) == ("made", (other,))


def test_a_moment_is_published_by_guides_for_their_friends(desk):
    tag = next(iter(desk.company.tags))
    post = desk.add("wecom_moment", senders=["guide1", "guide2"], tags=[tag])
    desk.work()
    assert desk.asked(post).calls[0].results == ()  # WeCom is still making it
    assert desk.asked(post).count("waiting") == 2
    desk.outside.act("wecom", "publish", guide="guide1")
    found = desk.asked(post)
    assert (found.count("sent"), found.count("waiting")) == (1, 1)
    seen = [one for one in desk.company.friends_of("guide1") if tag in one.tags]
    assert [one.people for one in found.calls[0].results if one.outcome == "sent"] == [len(seen)]


def test_the_same_key_is_one_post_and_a_day_has_so_many(desk):
    first = desk.add()
    assert desk.add().id == first.id
    with pytest.raises(Conflict, match="a day is the most"):
        desk.add(key="another-one")
    desk.clock.advance(timedelta(days=1))
    assert desk.add(key="another-one").id != first.id
    desk.work()
    assert len(desk.company.messages) == 4


@pytest.mark.parametrize(
    ("fault", "made"), [("lost_answer", 1), ("lost_request", 0), ("http_500_after", 1), ("garbage", 1)]
)
def test_what_is_unclear_is_listed_and_never_made_again(desk, fault, made):
    desk.outside.fault("wecom", fault, api=TASK)
    post = desk.add()
    desk.work()
    desk.work()
    assert [call.state for call in desk.look(post).calls] == ["unknown", "made"]
    assert len(desk.company.messages) == made + 1
    assert desk.outside.counts("wecom")["twice"] == []


def test_a_worker_that_died_in_a_call_leaves_it_unknown(desk):
    post = desk.add()
    with desk.db.tx() as tx:
        tx.execute("update post_call set state = 'calling' where sender = 'guide1'")
    desk.work()
    assert [call.state for call in desk.look(post).calls] == ["unknown", "made"]


def test_what_was_refused_for_now_is_made_later_and_given_up_in_the_end(desk):
    desk.outside.fault("wecom", "rate", api=TASK)
    post = desk.add()
    with pytest.raises(Unavailable):
        api_posts.make(desk.db, desk.make_ctx, 1, post.id)
    desk.work()
    assert [call.state for call in desk.look(post).calls] == ["made", "made"]
    desk.clock.advance(timedelta(days=1))
    desk.outside.fault("wecom", "rate", api=TASK, times=1000)
    late = desk.add(key="late-post")
    for _ in range(MAX_ATTEMPTS):
        jobs.run_due(desk.db, desk.make_ctx, owner="w", queue="sources")
        desk.clock.advance(timedelta(minutes=20))
    assert {call.state for call in desk.look(late).calls} == {"failed"}


def test_owners_are_reminded_three_times_a_day(desk):
    post = desk.add(senders=["guide1"])
    desk.work()

    def remind():
        with desk.db.tx() as tx:
            return api_posts.remind(desk.db, desk.make_ctx(tx), post.id)

    assert [remind() for _ in range(3)] == [1, 1, 1]
    with pytest.raises(Conflict, match="freq"):
        remind()


def test_what_cannot_be_posted_is_refused(desk):
    with pytest.raises(BadInput):
        desk.add(text="  ")
    with pytest.raises(BadInput, match="senders"):
        desk.add(senders=[])
    with pytest.raises(BadInput, match="another platform"):
        desk.add(account_id=desk.outside.account("taobao"))


def test_over_http(client, house):
    kinds = client.get("/api/posts/kinds").json()
    assert {one["key"] for one in kinds} >= {"wecom_group_post", "wecom_moment"}
    body = {
        "kind": "wecom_group_post",
        "key": "over-http",
        "text": "到店礼",
        "config": {"account_id": 1, "senders": ["g"]},
    }
    assert client.post("/api/posts", json=body).status_code == 404  # no such account
    assert client.get("/api/posts").json() == {"items": []}
    assert client.get("/api/posts/1").status_code == 404
