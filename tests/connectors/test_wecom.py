"""WeCom as a source: whoever is there is read, whatever happens is heard, and the same twice counts once."""

from __future__ import annotations

import dataclasses
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
def source(outside):
    """The connector with its session and settings, bound to `pull(stream, page)` and `receive(message)`."""
    kind, session = connector_kinds().get("wecom"), outside.session("wecom")

    class Source:
        config = kind.Config()

        def page(self, stream, page=""):
            return platforms.run(lambda: kind().pull(session, self.config, stream, window=WINDOW, page=page))

        def all(self, stream):
            found = self.page(stream)
            made = list(found.statements)
            while found.next:
                found = self.page(stream, found.next)
                made += found.statements
            return made

        def receive(self, message):
            return kind().receive(session, self.config, message)

    return Source()


def heard(outside, source, clock, verb, **given):
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wecom", "url": inbox.url})
        outside.act("wecom", verb, **given)
    return [source.receive(message) for message in inbox.messages]


def facts(made):
    return Counter(one.type for one in made)


def test_all_friends_groups_and_guides_are_read(source):
    friends = source.all("friends")
    assert facts(friends) == {"person.identified": 150, "friend.added": 150, "friend.tagged": 50}
    assert len({(one.type, one.source_id) for one in friends}) == 350
    assert {ns for one in friends for ns, *_ in one.named} == {"external_userid", "unionid"}
    assert facts(source.all("groups")) == {"group.updated": 3, "group.joined": 30}
    assert {one.props["department"] for one in source.all("guides")} == {"总部 / 杭州店", "总部 / 上海店"}


def test_every_fact_is_of_the_dictionary(source):
    for stream in ("friends", "groups", "guides"):
        for one in source.all(stream):
            dictionary.get(one.type).model_validate(one.props)


def test_numbers_from_guides_notes_are_taken_only_when_asked_for(source):
    assert not any("phone" in one.props for one in source.all("friends"))
    source.config = source.config.model_copy(update={"phones": True})
    assert any(one.props.get("phone") for one in source.all("friends"))


def test_a_new_friend_is_heard_at_once_and_read_once(outside, source, clock):
    (message,) = heard(outside, source, clock, "add_friend", person=700, guide="guide2", state="shop7")
    (added,) = message.statements
    assert (added.props["guide"], added.props["code"], bool(added.props["welcome_code"])) == ("guide2", "shop7", True)
    read = source.page("friends", message.changed["friends"]).statements
    assert facts(read) == {"person.identified": 1, "friend.added": 1, "friend.tagged": 1}
    assert [one.source_id for one in read if one.type == "friend.added"] == [added.source_id]


def test_two_friends_of_one_second_are_two_and_a_message_sent_twice_is_one(outside, source, clock):
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wecom", "url": inbox.url})
        outside.fault("wecom", "push_twice")
        outside.act("wecom", "add_friend", person=710)
        outside.act("wecom", "add_friend", person=711)
    ids = [source.receive(message).statements[0].source_id for message in inbox.messages]
    assert (len(ids), len(set(ids))) == (3, 2)


def test_what_comes_late_keeps_its_own_time(outside, source, clock):
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wecom", "url": inbox.url})
        outside.fault("wecom", "push_late")
        outside.act("wecom", "add_friend", person=720)
        outside.control("clock", {"forward_s": 60})
        outside.act("wecom", "delete_friend", person=720)
    ended, added = [source.receive(message).statements[0] for message in inbox.messages]
    assert (added.type, ended.type, ended.props["by"]) == ("friend.added", "friend.deleted", "customer")
    assert added.occurred_at < ended.occurred_at


def test_tags_taken_on_and_off_and_on_again_are_three_facts(outside, source, clock):
    (first,) = heard(outside, source, clock, "tag", person=1, tag="黑卡")
    one = source.page("friends", first.changed["friends"]).statements
    outside.control("clock", {"forward_s": 60})
    (second,) = heard(outside, source, clock, "tag", person=1, tag="黑卡")
    again = source.page("friends", second.changed["friends"]).statements
    tagged = [x for x in (*one, *again) if x.type == "friend.tagged"]
    assert "黑卡" in tagged[0].props["tags"]
    assert len({x.source_id for x in tagged}) == 2


def test_a_friend_gone_before_they_are_read_is_no_failure(outside, source, clock):
    (message,) = heard(outside, source, clock, "add_friend", person=730)
    outside.act("wecom", "delete_friend", person=730, by="guide")
    assert source.page("friends", message.changed["friends"]).statements == ()


def test_coming_into_a_group_and_leaving_it(outside, source, clock):
    (came,) = heard(outside, source, clock, "join_group", person=740, state="poster")
    assert came.statements == ()
    joined = source.page("groups", came.changed["groups"]).statements
    assert "poster" in {one.props.get("code") for one in joined}
    (gone,) = heard(outside, source, clock, "leave_group", person=740, by="guide")
    assert [(one.type, one.props["by"]) for one in gone.statements] == [("group.left", "guide")]


def test_a_refused_hand_over_is_heard(outside, source, clock):
    company = outside.house.stands["wecom"].company
    company.transfer(("guide1", "guide2", company.external(0)), left=False)
    (told,) = heard(outside, source, clock, "refuse_transfer", person=0)
    assert [(one.type, one.props["reason"]) for one in told.statements] == [("friend.kept", "customer_refused")]


def test_the_address_is_proven(outside, source, clock):
    with listening(clock, lambda message: (200, source.receive(message).answer)) as inbox:
        outside.control("callbacks", {"platform": "wecom", "url": inbox.url})
        assert outside.act("wecom", "verify_address")["status"] == 200
    assert outside.house.journal.entries[-1].answered.isdigit()


def test_a_forged_message_is_not_believed(outside, source, clock):
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wecom", "url": inbox.url})
        outside.act("wecom", "add_friend", person=750)
    message = inbox.messages[0]
    with pytest.raises(NotTheirs):
        source.receive(dataclasses.replace(message, query={**message.query, "timestamp": "1"}))


@pytest.mark.parametrize("fault", ["lost_answer", "http_500", "token"])
@pytest.mark.parametrize("stream", ["friends", "groups", "guides"])
def test_a_failure_in_the_middle_loses_and_doubles_nothing(outside, source, fault, stream):
    whole = {(one.type, one.source_id) for one in source.all(stream)}
    outside.fault("wecom", fault, api="*/*", every=2, times=2)
    again = [(one.type, one.source_id) for one in source.all(stream)]
    assert (len(again), set(again)) == (len(whole), whole)
