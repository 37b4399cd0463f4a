"""E-mail against a mail server: what arrives, what is refused by name, what is never sent twice, what bounces."""

from __future__ import annotations

import pytest
from tests.channels import provider

from regulars.channels.contract import Recipient
from regulars.channels.kinds.email import Email, EmailConfig
from regulars.core.errors import BadInput
from regulars.platforms import api as platforms

MAIL = {"sender": "hello@shop.example", "sender_name": "瑞果生鲜", "html": "<b>{{ name }}</b>",
        "unsubscribe_url": "https://shop.example/u/1"}  # fmt: skip


def people(n: int):
    address = lambda no: f"user{no}@mail.example"  # noqa: E731
    return provider.people(n, address, "email", html="<b>客人{no}</b>", unsubscribe_url="https://shop.example/u/{no}")


def letters(outside):
    return outside.house.stands["smtp"].letters


@pytest.fixture
def inbox(outside):
    one = provider.Inbox()
    outside.control("callbacks", {"platform": "smtp", "url": one.url})
    yield one
    one.close()


def test_each_person_gets_text_html_and_a_way_to_leave(outside):
    told = provider.send(outside, Email(), MAIL, people(2))
    assert set(told.sent) == {0, 1}
    mail = letters(outside)[1].parsed()
    assert (str(mail["To"]), str(mail["Subject"])) == ("user1@mail.example", "标题")
    assert str(mail["From"]) == "瑞果生鲜 <hello@shop.example>"
    assert str(mail["Message-ID"]) == "<request1.ref-1@shop.example>"
    assert str(mail["List-Unsubscribe"]) == "<https://shop.example/u/1>"
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert mail.get_content_type() == "multipart/alternative"
    assert mail.get_body(("plain",)).get_content().strip() == "正文 1"
    assert mail.get_body(("html",)).get_content().strip() == "<b>客人1</b>"


def test_html_is_made_from_the_text_where_there_is_none(outside):
    person = Recipient(1, "A\r\nBcc: x@y.example", "a < b\nnew line\n.", {}, "user@mail.example", "email", "r")
    provider.send(outside, Email(), {"sender": "hello@shop.example"}, [person])
    mail = letters(outside)[0].parsed()
    assert mail["Bcc"] is None
    assert mail["List-Unsubscribe"] is None
    assert "a &lt; b<br>new line" in mail.get_body(("html",)).get_content()
    assert mail.get_body(("plain",)).get_content().splitlines() == ["a < b", "new line", "."]


@pytest.mark.parametrize("fault", ["rate", "server", "http_429"])
def test_what_is_put_off_arrives_once_later(outside, fault):
    outside.fault("smtp", fault)
    told = provider.send(outside, Email(), MAIL, people(1))
    assert (set(told.sent), told.attempts, len(letters(outside))) == ({0}, 2, 1)


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [("lost_request", 0), ("lost_answer", 1), ("http_500", 0), ("http_500_after", 1), ("garbage", 1)],
)
def test_what_is_not_sure_is_listed_and_never_sent_again(outside, fault, arrived):
    outside.fault("smtp", fault)
    told = provider.send(outside, Email(), MAIL, people(1))
    assert (told.unknown, told.attempts, len(letters(outside))) == ({0}, 1, arrived)
    assert outside.counts("smtp")["twice"] == []


@pytest.mark.parametrize(
    ("address", "failed", "refused"),
    [("nobody@mail.example", "5.1.1", ""), ("full@mail.example", "4.2.2", ""), ("no address", "", "5.1.3"),
     ("a@b.example>\r\nRCPT TO:<c@d.example", "", "5.1.3"), ("王@mail.example", "", "5.1.3")],
)  # fmt: skip
def test_refused_people_are_named_with_the_code(outside, address, failed, refused):
    told = provider.send(outside, Email(), MAIL, [Recipient(5, "t", "b", {}, address, "email")])
    assert told.failed.get(5, "").split(" ")[0] == failed
    assert told.refused.get(5, "") == refused
    assert letters(outside) == []


@pytest.mark.parametrize(("fault", "code"), [("token", "5.7.0"), ("permission", "5.7.1")])
def test_a_server_that_does_not_want_us(outside, fault, code):
    outside.fault("smtp", fault)
    told = provider.send(outside, Email(), MAIL, people(1))
    assert told.failed[0].startswith(code)


def test_a_wrong_password_is_told_by_the_check(outside, make_ctx, db):
    assert platforms.check(outside.session("smtp"))[0].granted
    with db.tx() as tx:
        ctx = make_ctx(tx)
        settings = {**platforms.shown_settings(platforms.account(ctx, outside.account("smtp"))), "password": "wrong"}
        platforms.change_account(ctx, outside.account("smtp"), "Sandbox", settings)
    with pytest.raises(Exception, match=r"5\.7\.8|credentials"):
        platforms.check(outside.session("smtp"))


def test_bounces_name_the_person(outside, inbox):
    provider.send(outside, Email(), MAIL, people(3))
    for no, action in enumerate(("failed", "delivered", "delayed")):
        outside.act("smtp", "bounce", to=f"user{no}@mail.example", action=action, status="5.2.1")
    session = outside.session("smtp")
    items = [item for m in inbox.messages() for item in Email().receipts(session, m).items]
    assert [(i.state, i.ref, i.request_id, i.address, i.reason) for i in items] == [
        ("failed", "ref-0", "request0", "user0@mail.example", "5.2.1"),
        ("delivered", "ref-1", "request1", "user1@mail.example", ""),
    ]


def test_what_is_no_bounce_is_refused(outside, inbox):
    provider.send(outside, Email(), MAIL, people(1))
    outside.act("smtp", "bounce", to="user0@mail.example")
    good = inbox.messages()[0]
    for body in (b"From: a\n\nhi", b"\x00\xff", b""):
        with pytest.raises(BadInput):
            Email().receipts(outside.session("smtp"), type(good)("POST", {}, {}, body, good.at))


def test_a_sender_is_one_address():
    for wrong in ({"sender": "a@b.example\r\nBcc: c@d.example"}, {"sender": "nobody"},
                  {"sender": "a@b.example", "unsubscribe_url": "http://x.example"}):  # fmt: skip
        with pytest.raises(ValueError, match=r"sender|unsubscribe"):
            EmailConfig.model_validate({"account_id": 1, **wrong})
