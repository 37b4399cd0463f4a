"""What comes back: links, receipts, opt-outs. Each is counted once, and of the right person."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.channels.counting import messages
from tests.journeys import shop

from regulars.app.asgi import create_app
from regulars.channels import api, codes, receipts
from regulars.channels.codes import Code
from regulars.channels.contract import Message, Receipt
from regulars.core.errors import BadInput
from regulars.core.event import Identifier
from regulars.identity import api as identity
from regulars.identity.contract import Observation
from regulars.infra.crypto import Vault, set_vault
from regulars.profiles import api as profiles

PHONE = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0"}
SALE = "https://shop.example/sale?from=sms"
HOOK = {"url": "https://shop.example/hook", "secret": "whsec_" + b64encode(b"r" * 24).decode()}


@given(st.integers(0, 2**40 - 1), st.integers(0, 2**32 - 1), st.sampled_from(["link", "stop", "receipt"]))
def test_a_code_says_what_was_written_and_none_can_be_made_up(chunk, uid, purpose):
    set_vault(Vault(shop.KEY))
    text = codes.write(Code(chunk, uid, purpose))
    assert len(text) == 20
    assert codes.read(text) == Code(chunk, uid, purpose)
    for place in range(20):
        other = text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
        assert codes.read(other) is None


@pytest.mark.parametrize("text", ["", "0" * 20, "é" * 20, "-" * 20, "z" * 20, "A" * 400])
def test_what_is_no_code_is_none(vault, text):
    assert codes.read(text) is None


@pytest.fixture
def sent(house, clock, tmp_path: Path):
    """Two people who got a message with a tracked link and one to opt out; the message each saw, by uid."""
    with house.ctx(1) as ctx:
        uids = shop.people(ctx, 2)
        shop.consent(ctx, uids)
        order = shop.order("batch", **shop.counting(tmp_path / "book"),
                           message=Message("Sale", "{{ link }} {{ stop_link }}", SALE))  # fmt: skip
        api.plan(ctx, order, [(1, uids)])
    api.send_due(house.db, house.make_ctx)
    return {uid: text.split() for uid, text in messages(tmp_path / "book").items()}


def facts(house) -> Counter[tuple[str, int]]:
    with house.ctx(1) as ctx:
        rows = ctx.tx.execute(
            "select l.type, s.suid from event_log l join event_subject s on s.seq = l.seq"
            " where l.type in ('message.clicked', 'message.delivered', 'message.failed', 'message.replied',"
            " 'consent.changed') and l.source = 'channels'"
        ).fetchall()
    return Counter((row["type"], row["suid"]) for row in rows)


def path(url: str) -> str:
    return "/l/" + url.rpartition("/")[2]


def test_a_link_leads_on_and_counts_people_but_not_machines(house, sent):
    client = TestClient(create_app(house), follow_redirects=False)
    first, second = sorted(sent)
    for _ in range(2):
        answer = client.get(path(sent[first][0]), headers=PHONE)
        assert (answer.status_code, answer.headers["location"]) == (302, SALE)
    for machine in (
        {"user-agent": "Slackbot-LinkExpanding 1.0"},
        {"user-agent": ""},
        {**PHONE, "sec-purpose": "prefetch"},
    ):
        assert client.get(path(sent[second][0]), headers=machine).headers["location"] == SALE
    assert facts(house) == {("message.clicked", first): 1}
    assert client.get("/l/" + "0" * 20, headers=PHONE).status_code == 404


def test_opting_out_is_asked_then_done_at_once(house, sent):
    client = TestClient(create_app(house), follow_redirects=False)
    first, second = sorted(sent)
    page = client.get(path(sent[first][1]), headers={**PHONE, "accept-language": "zh-CN"})
    assert "不再接收" in page.text
    assert facts(house) == {}
    assert client.post(path(sent[first][1]), headers=PHONE).status_code == 200
    assert client.post(path(sent[first][1]), headers=PHONE).status_code == 200
    assert facts(house) == {("message.replied", first): 1, ("consent.changed", first): 1}
    with house.ctx(1) as ctx:
        again = api.forecast(ctx, shop.order("next"), [first, second])
    assert again.allowed == 1
    assert dict(again.suppressed) == {"consent.missing": 1}


def test_opting_out_of_one_channel_leaves_the_others_and_what_is_owed(house, clock, sent, tmp_path: Path):
    first, second = sorted(sent)
    with house.ctx(1) as ctx:
        shop.consent(ctx, [first, second], channel="email")
        shop.consent(ctx, [first, second], purpose="service")
        stop = Receipt("opted_out", clock.at, codes.write(Code(1, first, "receipt")))
        assert receipts.apply(ctx, [stop]) == 1
        counted = shop.counting(tmp_path / "book")
        asked = {
            "more of it": shop.order("a", **counted),
            "what is owed": shop.order("b", purpose="service", **counted),
            "another channel": shop.order("c", channel="webhook", config=HOOK),
        }
        stopped = {what: dict(api.forecast(ctx, order, [first]).suppressed) for what, order in asked.items()}
    assert stopped == {"more of it": {"consent.missing": 1}, "what is owed": {}, "another channel": {}}


@pytest.mark.parametrize(
    ("namespace", "address", "channel"), [("phone", "13812345678", "sms"), ("email", "an@shop.example", "email")]
)
def test_an_answer_that_names_only_its_sender_opts_out_who_has_the_address(house, clock, namespace, address, channel):
    with house.ctx(1) as ctx:
        [ref] = identity.remember(ctx, [Identifier(namespace, "", address)])
        [uid] = identity.observe(ctx, [Observation((ref,), shop.LONG_AGO, "test", "one", 1)])
        shop.consent(ctx, [uid], channel=channel)
        assert list(profiles.consent(ctx, [uid], channel, "marketing")) == [uid]
    answer = Receipt("replied", clock.at, address=address, text="TD")
    stranger = Receipt("replied", clock.at, address="13800000000", text="TD")
    for expected in (1, 0):
        with house.ctx(1) as ctx:
            assert receipts.apply(ctx, [answer, stranger]) == expected
    with house.ctx(1) as ctx:
        assert list(profiles.consent(ctx, [uid], channel, "marketing")) == []
    assert facts(house) == {("consent.changed", uid): 1}


def test_an_answer_that_names_no_message_is_about_the_newest_that_arrived(db, make_ctx, clock, outside):
    config = {"account_id": outside.account("aliyun"), "sign_name": "瑞果生鲜", "template_code": "SMS_100002"}
    phones = ["13812345678", "13812345679"]
    with db.tx() as tx:
        ctx = make_ctx(tx)
        refs = identity.remember(ctx, [Identifier("phone", "", phone) for phone in phones])
        uids = identity.observe(ctx, [Observation((ref,), shop.LONG_AGO, "test", ref.hmac, 1) for ref in refs])
        shop.consent(ctx, uids, channel="sms")
        for key in ("older", "newer"):
            api.plan(ctx, shop.order(key, channel="sms_aliyun", config=config), [(1, uids)])
            tx.commit()
            assert api.send_due(db, make_ctx).sent == 2
            clock.advance(timedelta(minutes=2))
    told = [Receipt("delivered", clock.at, codes.write(Code(chunk, uids[0], "receipt"))) for chunk in (1, 2)]
    said = [Receipt("replied", clock.at, address=phones[0], text="几点开门？"),
            Receipt("opted_out", clock.at, address=phones[0], text="R"),
            Receipt("replied", clock.at, address=phones[1], text="谁？")]  # fmt: skip
    late = Receipt("replied", clock.at + timedelta(days=4), address=phones[0], text="还有吗？")
    with db.tx() as tx:
        ctx = make_ctx(tx)
        assert receipts.apply(ctx, [*told, *said, late]) == 4
        known = tx.execute("select chunk_id, uid, state from message_receipt where state <> 'delivered'").fetchall()
        assert {tuple(row.values()) for row in known} == {(2, uids[0], "replied"), (2, uids[0], "opted_out")}
        assert list(profiles.consent(ctx, uids, "sms", "marketing")) == [uids[1]]


def test_receipts_count_once_and_an_answer_of_stop_opts_out(house, clock, sent):
    first, second = sorted(sent)
    refs = {uid: codes.write(Code(1, uid, "receipt")) for uid in (first, second)}
    told = [Receipt("delivered", clock.at, refs[first]), Receipt("replied", clock.at, refs[second], text=" td ")]
    for expected in (2, 0):
        with house.ctx(1) as ctx:
            assert receipts.apply(ctx, told) == expected
    assert facts(house) == {
        ("message.delivered", first): 1, ("message.replied", second): 1, ("consent.changed", second): 1,
    }  # fmt: skip
    with house.ctx(2) as other:
        assert receipts.apply(other, [Receipt("failed", clock.at, refs[first])]) == 0


def test_a_link_must_lead_somewhere(ctx):
    with pytest.raises(BadInput, match="leads nowhere"):
        api.check_order(shop.order("x", message=Message("", "{{ link }}")))


def test_what_an_order_needs_is_said_unless_the_person_opposed_it(house, clock):
    with house.ctx(1) as ctx:
        silent, opposed, back = shop.people(ctx, 3)
        shop.consent(ctx, [opposed, back], "withdrawn", purpose="service")
        shop.consent(ctx, [back], "granted", purpose="service", at=clock.at)
        service, marketing = (
            api.forecast(ctx, shop.order(purpose, purpose=purpose), [silent, opposed, back])
            for purpose in ("service", "marketing")
        )
    assert (service.allowed, dict(service.suppressed)) == (2, {"consent.opposed": 1})
    assert (marketing.allowed, dict(marketing.suppressed)) == (0, {"consent.missing": 3})


@pytest.mark.parametrize("link", ["shop.example/sale", "javascript:alert(1)", "https://", "https://a b"])
def test_a_link_leads_into_the_web(link):
    with pytest.raises(BadInput):
        api.template_variables(Message("", "{{ link }}", link))
