"""The webhook receiver: signed by the public scheme, the same id counts once, and what is wrong is named."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from random import Random  # noqa: TID251 - seeded

import pytest

from regulars.app.boot import load_rooms
from regulars.connectors.api import connector_kinds
from regulars.connectors.contract import NotTheirs
from regulars.connectors.kinds.webhook import Webhook, WebhookConfig
from regulars.core.errors import BadInput
from regulars.platforms.api_webhooks import signature, wrong
from regulars.platforms.contract import Incoming

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def headers(body: bytes, at: int, webhook_id: str = "msg_1", key: bytes = KEY) -> dict[str, str]:
    digest = hmac.new(key, f"{webhook_id}.{at}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": webhook_id, "webhook-timestamp": str(at),
            "webhook-signature": "v1," + base64.b64encode(digest).decode()}  # fmt: skip


def test_the_published_vector() -> None:
    """Source: the reference vector of the Standard Webhooks libraries' own tests."""
    found = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                      b'{"test": 2432232314}')  # fmt: skip
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.fixture
def source(client, clock):
    load_rooms()
    given = {"connector": "webhook", "name": "ERP", "config": {"shop": "web", "secret": SECRET}}
    answer = client.post("/api/sources", json=given)
    assert answer.status_code == 201, answer.text
    assert SECRET not in answer.text
    return answer.json()


def post(client, source, body: object, *, webhook_id: str = "msg_1", late_s: int = 0, key: bytes = KEY):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with client.app.state.house.ctx() as ctx:
        at = int(ctx.clock.system_now().timestamp()) - late_s
    return client.post(source["hook"], content=raw, headers=headers(raw, at, webhook_id, key))


def events(client) -> list[dict]:
    with client.app.state.house.ctx(1) as ctx:
        return ctx.tx.execute("select * from event_log order by seq").fetchall()


TRACK = {"type": "track", "event": "Coupon Opened", "userId": "u1", "properties": {"coupon": "C1"}}


def test_a_signed_message_is_a_fact_and_the_same_id_counts_once(client, source):
    first = post(client, source, TRACK)
    assert (first.status_code, first.json()["accepted"]) == (200, 1), first.text
    again = post(client, source, TRACK)
    assert (again.status_code, again.json()["accepted"], again.json()["duplicates"]) == (200, 0, 1)
    assert post(client, source, TRACK, webhook_id="msg_2").json()["accepted"] == 1
    found = events(client)
    assert [(e["type"], e["source_id"], e["props"]["shop"]) for e in found] == [
        ("track.coupon_opened", "msg_1", "web"), ("track.coupon_opened", "msg_2", "web")
    ]  # fmt: skip


def test_of_a_batch_the_good_are_taken_and_the_bad_are_named(client, source):
    bad = {"type": "track", "event": "order.placed", "userId": "u1", "properties": {"order_id": ""}}
    answer = post(client, source, {"batch": [TRACK, bad, {"type": "page", "anonymousId": "a1", "name": "Home"}, 7]})
    told = answer.json()
    assert (told["accepted"], told["quarantined"]) == (2, 2)
    assert told["reasons"][0].startswith("message 1: ")
    assert client.get("/api/quarantine").json()["counts"]["open"] == 2
    assert post(client, source, {"batch": [TRACK, bad]}).json()["accepted"] == 0
    assert client.get("/api/quarantine").json()["counts"]["open"] == 2


@pytest.mark.parametrize("late_s", [301, -301, 86_400])
def test_a_message_that_is_not_of_these_five_minutes_is_refused(client, source, late_s):
    assert post(client, source, TRACK, late_s=late_s).status_code == 403
    assert events(client) == []


def test_a_guess_at_the_secret_is_refused_and_leaves_no_trace(client, source):
    answer = post(client, source, TRACK, key=bytes(32))
    assert (answer.status_code, answer.json()["code"]) == (403, "connector.not_theirs")
    assert (events(client), client.get("/api/quarantine").json()["counts"].get("open", 0)) == ([], 0)


@pytest.mark.parametrize("body", [b"no json", b"[1]", b'{"batch": []}', b'{"batch": {"a": 1}}'])
def test_what_is_no_message_is_said_to_be_none(client, source, body):
    assert post(client, source, body).status_code == 422


def test_one_changed_byte_anywhere_is_noticed(clock):
    rng = Random(5)
    body = json.dumps(TRACK).encode()
    at = int(clock.system_now().timestamp())
    kind, config = Webhook(), WebhookConfig.model_validate({"secret": SECRET})
    good = headers(body, at)
    assert len(kind.receive(None, config, Incoming("POST", {}, good, body, clock.system_now())).messages) == 1
    for _ in range(60):
        changed, sent = dict(good), bytearray(body)
        part = rng.choice(["body", *good])
        if part == "body":
            sent[rng.randrange(len(sent))] ^= 1 << rng.randrange(7)
        else:
            place = rng.randrange(len(good[part]))
            other = rng.choice([c for c in "0123456789abcXYZ" if c != good[part][place]])
            changed[part] = good[part][:place] + other + good[part][place + 1 :]
        with pytest.raises(NotTheirs):
            kind.receive(None, config, Incoming("POST", {}, changed, bytes(sent), clock.system_now()))
    for missing in good:
        left = {name: value for name, value in good.items() if name != missing}
        assert wrong(SECRET, Incoming("POST", {}, left, body, clock.system_now()))


def test_a_sender_may_sign_with_two_secrets_while_it_changes_them(clock):
    body, at = b'{"type": "page", "anonymousId": "a"}', int(clock.system_now().timestamp())
    both = headers(body, at)
    both["webhook-signature"] = "v1,AAAA v1a,ignored " + both["webhook-signature"]
    assert wrong(SECRET, Incoming("POST", {}, both, body, clock.system_now())) == ""


@pytest.mark.parametrize("secret", ["", "whsec_short", "whsec_" + base64.b64encode(b"x" * 23).decode(), "no base64!"])
def test_a_secret_that_can_be_guessed_is_not_kept(secret):
    with pytest.raises(BadInput):
        connector_kinds().parse("webhook", {"secret": secret})
