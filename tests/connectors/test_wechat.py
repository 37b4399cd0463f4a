"""A WeChat account as a source: followers are read, what they do is heard, and the same twice counts once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from tests.platforms.listening import listening

from regulars.connectors.api import connector_kinds
from regulars.connectors.contract import NotTheirs, Window
from regulars.core.event import dictionary
from regulars.platforms import api as platforms

WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture
def kind():
    return connector_kinds().get("wechat")()


@pytest.fixture
def page(outside, kind):
    session = outside.session("wechat")
    return lambda at="": platforms.run(lambda: kind.pull(session, kind.Config(), "followers", window=WINDOW, page=at))


@pytest.fixture
def heard(outside, kind, clock):
    session = outside.session("wechat")

    def hear(*acts):
        with listening(clock) as inbox:
            outside.control("callbacks", {"platform": "wechat", "url": inbox.url})
            for verb, given in acts:
                outside.act("wechat", verb, **given)
        return [kind.receive(session, kind.Config(), message) for message in inbox.messages]

    return hear


def everything(page):
    found = page()
    made = list(found.statements)
    while found.next:
        found = page(found.next)
        made += found.statements
    return made


@pytest.mark.parametrize("fault", ["", "lost_answer", "http_500", "token"])
def test_all_followers_are_read_once(outside, page, fault):
    if fault:
        outside.fault("wechat", fault, api="user/*", every=2)
    made = everything(page)
    assert Counter(one.type for one in made) == {"follower.followed": 130, "person.aliased": 130}
    assert len({(one.type, one.source_id) for one in made}) == 260
    assert {name.ns for one in made for name in one.named} == {"openid", "unionid"}


def test_lists_of_more_than_ten_thousand_lose_nobody(outside, page):
    outside.act("wechat", "crowd", people=9_990)
    last_of_first = page("|9900")
    last = last_of_first.next.removesuffix("|")
    assert last == last_of_first.statements[-1].named[0].value
    second = page(last_of_first.next)
    rest = page(second.next)
    assert (len(second.statements), len(rest.statements), rest.next) == (200, 40, "")


def test_following_is_heard_at_once_and_read_as_the_same_fact(page, heard):
    (told,) = heard(("follow", {"person": 400, "code": "shop7"}))
    (followed,) = told.statements
    assert (followed.type, followed.props["code"], told.answer) == ("follower.followed", "shop7", b"success")
    read = page(told.changed["followers"]).statements
    assert [one.source_id for one in read if one.type == followed.type] == [followed.source_id]
    assert any(name.ns == "unionid" for one in read for name in one.named)


def test_everything_else_followers_do_is_heard(heard):
    told = heard(
        ("say", {"person": 1, "text": "有货吗"}), ("click", {"person": 1, "target": "NEW"}),
        ("click", {"person": 1, "target": "https://example.org"}), ("scan", {"person": 1, "code": "shop8"}),
        ("answer", {"person": 1, "template": "sub-arrival", "answer": "accept"}), ("unfollow", {"person": 1}),
    )  # fmt: skip
    made = [one.statements[0] for one in told]
    assert [one.type for one in made] == [
        "follower.wrote", "follower.clicked", "follower.clicked", "follower.scanned", "follower.answered",
        "follower.unfollowed",
    ]  # fmt: skip
    assert (made[0].props["text"], made[4].props["answer"]) == ("有货吗", "allowed")
    assert len({one.source_id for one in made}) == 6
    for one in made:
        dictionary.get(one.type).model_validate(one.props)


def test_a_message_sent_twice_is_one_fact(outside, heard):
    outside.fault("wechat", "push_twice")
    first, second = heard(("say", {"person": 1, "text": "在吗"}))
    assert first.statements[0].source_id == second.statements[0].source_id


def test_a_forged_message_is_not_believed(outside, kind, clock):
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wechat", "url": inbox.url})
        outside.act("wechat", "say", person=1, text="在吗")
    forged = type(inbox.messages[0])("POST", {}, {}, inbox.messages[0].body, clock.system_now())
    with pytest.raises(NotTheirs):
        kind.receive(outside.session("wechat"), kind.Config(), forged)
