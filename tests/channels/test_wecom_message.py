"""WeCom messages: a guide confirms, and everybody's end is known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.journeys import shop

from regulars.channels import api, api_receipts
from regulars.channels.contract import NotSent, QuietHours, Recipient, SendRequest, Sent
from regulars.channels.kinds.wecom_message import WecomMessage, WecomMessageConfig
from regulars.core.event import Identifier
from regulars.identity import api as identity
from regulars.identity.contract import Observation
from regulars.platforms import api as platforms
from regulars.platforms.contract import Unclear
from regulars_sandbox.stands.wecom import CORP

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def request(*addresses: str, body: str = "新品到店") -> SendRequest:
    people = tuple(Recipient(n, "", body, address=a, ns="external_userid") for n, a in enumerate(addresses, start=1))
    return SendRequest("r1", 1, 1, 7, "live", NOW, NOW, people)


class Here:
    """The outlet of a test: the account leads to the sandbox."""

    def __init__(self, outside) -> None:
        self.session = lambda account_id: outside.session("wecom")


@pytest.fixture
def send(outside):
    config = WecomMessageConfig(account_id=1)
    return lambda wanted: WecomMessage().send(Here(outside), config, wanted)


@pytest.fixture
def ask(outside):
    config = WecomMessageConfig(account_id=1)
    return lambda *sent: platforms.run(lambda: WecomMessage().ask(outside.session("wecom"), config, sent))


def test_people_are_told_after_their_guide_confirmed(outside, send, ask):
    company = outside.house.stands["wecom"].company
    ids = [company.external(no) for no in range(4)]
    wanted = request(*ids, "wm-nobody")
    result = send(wanted)
    assert result.refused == {5: "fail_list"}
    sent = Sent(wanted.request_id, result.provider_id, NOW, wanted.recipients)
    assert ask(sent) == []
    outside.act("wecom", "delete_friend", person=3)
    outside.act("wecom", "confirm_task")
    ends = {receipt.address: (receipt.state, receipt.reason) for receipt in ask(sent)}
    assert ends == {
        ids[0]: ("delivered", ""), ids[1]: ("delivered", ""), ids[2]: ("delivered", ""),
        ids[3]: ("failed", "not_friend"),
    }  # fmt: skip
    again = send(request(ids[0], body="又一条"))
    outside.act("wecom", "confirm_task")
    (second,) = ask(Sent("r2", again.provider_id, NOW, ()))
    assert (second.state, second.reason) == ("failed", "limit")


def test_a_personal_text_is_refused_before_anybody_is_asked(outside, send):
    people = (Recipient(1, "", "您好 A", address="a"), Recipient(2, "", "您好 B", address="b"))
    with pytest.raises(NotSent) as error:
        send(SendRequest("r1", 1, 1, 7, "live", NOW, NOW, people))
    assert error.value.final
    assert not outside.house.stands["wecom"].company.messages


@pytest.mark.parametrize(
    ("fault", "error", "made"),
    [("rate", NotSent, 0), ("lost_request", Unclear, 0), ("lost_answer", Unclear, 1), ("garbage", Unclear, 1)],
)
def test_what_is_unclear_is_left_so(outside, send, ask, fault, error, made):
    outside.fault("wecom", fault, api="externalcontact/add_msg_template")
    wanted = request(outside.house.stands["wecom"].company.external(0))
    with pytest.raises(error):
        send(wanted)
    assert len(outside.house.stands["wecom"].company.messages) == made
    assert ask(Sent(wanted.request_id, "", NOW, wanted.recipients)) == []
    assert outside.counts("wecom")["twice"] == []


def test_of_everybody_in_a_request_it_is_known_whether_it_arrived(outside, db, make_ctx):
    company = outside.house.stands["wecom"].company
    with db.tx() as tx:
        ctx = make_ctx(tx)
        refs = identity.remember(ctx, [Identifier("external_userid", CORP, company.external(no)) for no in range(3)])
        uids = identity.observe(ctx, [Observation((ref,), shop.LONG_AGO, "test", ref.hmac, 1) for ref in refs])
        shop.consent(ctx, uids, channel="wecom")
        config = {"account_id": outside.account("wecom")}
        never = QuietHours(shop.NIGHT.start, shop.NIGHT.start)
        api.plan(ctx, shop.order("friends", channel="wecom_message", config=config, quiet_hours=never), [(1, uids)])
    assert api.send_due(db, make_ctx).sent == 3
    assert api_receipts.ask(db, make_ctx, 0) == 0
    outside.act("wecom", "confirm_task")
    assert [api_receipts.ask(db, make_ctx, 0) for _ in range(2)] == [3, 0]
