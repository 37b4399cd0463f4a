"""WeCom: friends, groups and tags as they are there, tasks that guides confirm, and messages nobody can forge."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.platforms.listening import listening

from regulars.core.errors import Forbidden
from regulars.platforms import api as platforms
from regulars.platforms import api_wecom as wecom
from regulars.platforms import api_wecom_contacts as contacts
from regulars.platforms import api_wecom_messages as messages
from regulars.platforms.contract import Refused, Unclear

GUIDES = ["guide1", "guide2", "guide3", "guide4", "guide5"]


@pytest.fixture
def session(outside):
    return outside.session("wecom")


def did(work):
    return platforms.run(lambda: work)


def company(outside):
    return outside.house.stands["wecom"].company


def calls(outside, api: str) -> int:
    return sum(n for (_, name, _), n in outside.house.journal.calls.items() if name == api)


def everybody(session) -> list[contacts.Friend]:
    page = did(contacts.friends(session, GUIDES))
    found = list(page.friends)
    while page.next:
        page = did(contacts.friends(session, GUIDES, cursor=page.next))
        found += page.friends
    return found


# --- reading ----------------------------------------------------------------------------------------------
def test_a_connection_check_names_what_is_allowed_and_what_is_not(outside, session):
    assert [grant.granted for grant in platforms.check(session)] == [True] * 5
    outside.fault("wecom", "permission", api="externalcontact/get_corp_tag_list")
    missing = [grant for grant in platforms.check(session) if not grant.granted]
    assert [(grant.name.en, grant.said[:5]) for grant in missing] == [("Customer tags", "48002")]


def test_every_friend_is_read_once_over_all_pages(session):
    found = everybody(session)
    assert len({friend.external_userid for friend in found}) == len(found) == 150
    assert all(friend.unionid and friend.name and friend.follows[0].added_at for friend in found)


def test_guides_tags_groups_and_one_friend_are_read(outside, session):
    assert did(wecom.guide_ids(session)) == GUIDES
    parts = did(wecom.departments(session))
    staff = [guide.userid for part in parts for guide in did(wecom.guides(session, part.id))]
    assert sorted(staff) == GUIDES
    tags = did(contacts.tags(session))
    assert {tag.group for tag in tags} == {"会员等级", "来源"}
    assert did(contacts.tags(session, [tags[0].id])) == [tags[0]]
    ids, cursor = did(contacts.group_ids(session))
    group = did(contacts.group(session, ids[0]))
    assert (len(ids), cursor, len(group.members)) == (3, "", 11)
    guest = next(member for member in group.members if member.type == "customer")
    assert guest.state == "code0"
    one = did(contacts.friend(session, guest.id))
    assert (one.unionid, one.follows[0].userid) == (guest.unionid, "guide1")


def test_one_token_serves_many_calls_and_a_new_one_comes_when_it_ends(outside, session):
    did(wecom.guide_ids(session))
    did(contacts.tags(outside.session("wecom")))
    assert calls(outside, "gettoken") == 1
    outside.fault("wecom", "token")
    assert did(wecom.guide_ids(session)) == GUIDES
    assert calls(outside, "gettoken") == 2
    outside.control("clock", {"forward_s": 10_800})
    assert did(wecom.guide_ids(session)) == GUIDES


@pytest.mark.parametrize("fault", ["lost_request", "lost_answer", "http_500", "http_500_after", "token"])
def test_reading_goes_on_after_a_failure_and_loses_nothing(outside, session, fault):
    outside.fault("wecom", fault, api="externalcontact/batch/get_by_user", every=2)
    assert len({friend.external_userid for friend in everybody(session)}) == 150


@pytest.mark.parametrize(("fault", "code"), [("rate", "45009"), ("server", "-1"), ("http_429", "429")])
def test_too_many_calls_are_told_with_the_time_to_come_back(outside, session, fault, code):
    outside.fault("wecom", fault, api="externalcontact/*")
    with pytest.raises(Refused) as error:
        did(contacts.friends(session, GUIDES))
    assert error.value.platform_code == code
    assert error.value.retry_after_s


def test_a_wrong_secret_is_told_as_such(outside, session, db, clock, make_ctx):
    with db.tx() as tx:
        ctx = make_ctx(tx)
        own = outside.account("wecom")
        platforms.change_account(ctx, own, "WeCom", {**platforms.shown_settings(session.account), "secret": "wrong"})
    with pytest.raises(Refused) as error:
        did(wecom.guide_ids(platforms.open_session(db, clock, own)))
    assert error.value.cause == "signature"


# --- doing ------------------------------------------------------------------------------------------------
def test_a_live_code_brings_a_friend_who_is_greeted_once_within_20_seconds(outside, session):
    way = did(contacts.add_contact_way(session, ["guide1"], state="shop7-summer"))
    did(contacts.change_contact_way(session, way.config_id, ["guide1", "guide2"], state="shop7-summer"))
    code = outside.act("wecom", "add_friend", person=500, guide="guide1", state="shop7-summer")
    did(contacts.welcome(session, code["welcome_code"], "欢迎"))
    with pytest.raises(Refused) as again:
        did(contacts.welcome(session, code["welcome_code"], "欢迎"))
    assert again.value.platform_code == "41050"
    late = outside.act("wecom", "add_friend", person=501, guide="guide1")
    outside.control("clock", {"forward_s": 21})
    with pytest.raises(Refused):
        did(contacts.welcome(session, late["welcome_code"], "欢迎"))
    assert [text for _, text in company(outside).told] == ["欢迎"]
    did(contacts.remove_contact_way(session, way.config_id))


def test_tags_are_made_put_on_and_taken_off(session):
    made = did(contacts.add_tags(session, "活动", ["双十一"]))
    friend = everybody(session)[0]
    guide = friend.follows[0].userid
    did(contacts.mark_tags(session, guide, friend.external_userid, add=[made[0].id]))
    assert made[0].id in did(contacts.friend(session, friend.external_userid)).follows[0].tag_ids
    did(contacts.mark_tags(session, guide, friend.external_userid, remove=[made[0].id]))
    assert made[0].id not in did(contacts.friend(session, friend.external_userid)).follows[0].tag_ids
    with pytest.raises(Refused, match="duplicated"):
        did(contacts.add_tags(session, "活动", ["双十一"]))


def test_a_message_waits_for_its_guides_and_every_end_is_told(outside, session):
    ids = [friend.external_userid for friend in everybody(session) if friend.follows[0].userid == "guide1"][:3]
    made = did(messages.add_message_task(session, "新品到店", [*ids, "wm-nobody"]))
    assert made.refused == ("wm-nobody",)
    assert [task.state for task in did(messages.tasks(session, made.msgid))] == ["waiting"]
    gone = next(n for n in range(150) if company(outside).external(n) == ids[0])
    outside.act("wecom", "delete_friend", person=gone)
    outside.act("wecom", "confirm_task", msgid=made.msgid)
    assert [task.state for task in did(messages.tasks(session, made.msgid))] == ["sent"]
    ends = {one.id: one.outcome for one in did(messages.results(session, made.msgid, "guide1"))}
    assert ends == {ids[0]: "not_friend", ids[1]: "sent", ids[2]: "sent"}
    again = did(messages.add_message_task(session, "另一条", ids[1:2], sender="guide1"))
    outside.act("wecom", "confirm_task", msgid=again.msgid)
    assert [one.outcome for one in did(messages.results(session, again.msgid, "guide1"))] == ["limit"]


def test_reminders_end_after_three_a_day(session):
    made = did(messages.add_message_task(session, "提醒", [everybody(session)[0].external_userid]))
    for _ in range(3):
        did(messages.remind(session, made.msgid))
    with pytest.raises(Refused):
        did(messages.remind(session, made.msgid))


def test_a_group_message_goes_to_the_groups_of_its_owner(outside, session):
    ids, _ = did(contacts.group_ids(session))
    made = did(messages.add_group_task(session, "群福利", "guide1", groups=ids[:2]))
    assert made.refused == (ids[1],)
    outside.act("wecom", "confirm_task")
    assert [(r.id, r.outcome) for r in did(messages.results(session, made.msgid, "guide1"))] == [(ids[0], "sent")]


def test_a_moment_is_made_published_and_seen_by_those_with_its_tags(outside, session):
    tag = did(contacts.tags(session))[0]
    job = did(messages.add_moment_task(session, "上新", senders=["guide1"], tags=[tag.id]))
    assert did(messages.moment_job(session, job)).state == "making"
    made = did(messages.moment_job(session, job))
    assert made.state == "made"
    assert did(messages.moment_tasks(session, made.moment_id)) == {"guide1": False}
    outside.act("wecom", "publish", guide="guide1")
    assert did(messages.moment_tasks(session, made.moment_id)) == {"guide1": True}
    seen = set(did(messages.moment_seen_by(session, made.moment_id, "guide1")))
    wanted = {friend.external_userid for friend in everybody(session) if tag.id in friend.follows[0].tag_ids}
    assert seen == wanted != set()


def test_friends_are_handed_over_unless_they_refuse(outside, session):
    ids = [company(outside).external(no) for no in (0, 5, 10)]
    ends = did(contacts.hand_over(session, [*ids, "wm-nobody"], from_userid="guide1", to_userid="guide2", words="您好"))
    assert ends == {"wm-nobody": "40131"}
    assert set(did(contacts.hand_over(session, ids, from_userid="guide1", to_userid="guide2")).values()) == {"40129"}
    outside.act("wecom", "refuse_transfer", person=5)
    outside.control("clock", {"forward_s": 90_000})
    found = did(contacts.handed_over(session, from_userid="guide1", to_userid="guide2"))
    assert {own: state for own, (state, _) in found.items()} == dict(zip(ids, ["done", "refused", "done"], strict=True))
    assert did(contacts.friend(session, ids[0])).follows[0].userid == "guide2"


def test_friends_of_a_guide_who_left_are_handed_over(outside, session):
    outside.act("wecom", "guide_leaves", guide="guide3")
    own = company(outside).external(2)
    with pytest.raises(Refused):
        did(contacts.hand_over(session, [own], from_userid="guide3", to_userid="guide4"))
    assert did(contacts.hand_over(session, [own], from_userid="guide3", to_userid="guide4", left=True)) == {}
    outside.control("clock", {"forward_s": 90_000})
    found = did(contacts.handed_over(session, from_userid="guide3", to_userid="guide4", left=True))
    assert found[own][0] == "done"


def test_a_file_is_uploaded_for_later_messages(session):
    assert did(wecom.upload(session, "image", "poster.png", b"\x89PNG" + bytes(100))).startswith("media")


@pytest.mark.parametrize(
    ("fault", "error", "made"),
    [("rate", Refused, 0), ("server", Refused, 0), ("permission", Refused, 0), ("lost_request", Unclear, 0),
     ("lost_answer", Unclear, 1), ("http_500", Unclear, 0), ("http_500_after", Unclear, 1), ("garbage", Unclear, 1)],
)  # fmt: skip
def test_a_task_that_is_not_sure_is_never_made_twice(outside, session, fault, error, made):
    to = everybody(session)[0].external_userid
    outside.fault("wecom", fault, api="externalcontact/add_msg_template")
    with pytest.raises(error):
        did(messages.add_message_task(session, "一次", [to]))
    assert len(company(outside).messages) == made
    assert outside.counts("wecom")["twice"] == []


# --- messages to us ---------------------------------------------------------------------------------------
def test_what_wecom_tells_is_read(outside, session, clock):
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wecom", "url": inbox.url})
        outside.act("wecom", "add_friend", person=600, guide="guide1", state="code9")
    told = wecom.read_message(wecom.settings_of(session), inbox.messages[0])
    assert (told.fields["Event"], told.fields["State"]) == ("change_external_contact", "code9")


def test_a_message_for_another_company_is_not_believed(outside, session, clock):
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "wecom", "url": inbox.url})
        outside.act("wecom", "add_friend", person=601)
    other = wecom.settings_of(session).model_copy(update={"corp_id": "ww-other"})
    with pytest.raises(Forbidden, match="another company"):
        wecom.read_message(other, inbox.messages[0])


def test_an_address_is_proven_by_opening_what_wecom_sealed(outside, session, clock):
    settings = wecom.settings_of(session)
    with listening(clock, lambda message: (200, wecom.read_message(settings, message).echo.encode())) as inbox:
        outside.control("callbacks", {"platform": "wecom", "url": inbox.url})
        assert outside.act("wecom", "verify_address")["status"] == 200
    shown = outside.house.journal.entries[-1].answered
    assert shown == str(7_000_000_000 + int(clock.system_now().timestamp()))


def test_times_of_an_end_are_those_of_the_platform(outside, session, clock):
    to = everybody(session)[0].external_userid
    made = did(messages.add_message_task(session, "时间", [to]))
    outside.control("clock", {"forward_s": 3_600})
    outside.act("wecom", "confirm_task")
    (task,) = did(messages.tasks(session, made.msgid))
    assert task.at == clock.system_now().replace(microsecond=0) + timedelta(hours=1)
