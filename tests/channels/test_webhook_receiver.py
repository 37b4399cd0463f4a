"""The webhook channel against the sandbox's receiver, which believes only what is signed and takes each id once."""

from __future__ import annotations

import httpx2
import pytest
from tests.platforms.mutations import Covered, Signed, mutations

from regulars.channels.contract import NotSent, Recipient, SendRequest
from regulars.channels.kinds.webhook import Webhook, WebhookConfig
from regulars_sandbox.stands.webhook_receiver import SECRET, expected


def send(outside, secret=SECRET):
    at = outside.house.now()
    request = SendRequest("id-1", 1, 1, 7, "live", at, at, (Recipient(1, "标题", "正文"), Recipient(2, "标题", "正文")))
    config = WebhookConfig.model_validate({"url": f"{outside.url}/webhook_receiver/hook", "secret": secret})
    return Webhook().send(None, config, request)  # pyright: ignore[reportArgumentType] - it needs no outlet


def test_the_published_vector():
    # Source: Standard Webhooks, spec/standard-webhooks.md.
    given = expected("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                     b'{"test": 2432232314}')  # fmt: skip
    assert given == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("fault", ["lost_answer", "lost_request", "http_500", "http_500_after", "server", "rate"])
def test_an_unclear_request_is_repeated_and_taken_once(outside, fault):
    outside.fault("webhook_receiver", fault)
    with pytest.raises((NotSent, httpx2.HTTPError)):
        send(outside)
    assert send(outside).provider_id == "id-1"
    assert outside.counts("webhook_receiver") == {"things": 2, "times": 2, "twice": []}


def test_what_is_not_signed_is_not_taken(outside):
    with pytest.raises(NotSent) as no:
        send(outside, "whsec_" + "A" * 32)
    assert (no.value.final, outside.counts("webhook_receiver")["times"]) == (True, 0)


def test_every_changed_message_is_refused(outside):
    stamp = str(int(outside.house.now().timestamp()))
    body = b'{"data":{"recipients":[{"uid":1}]}}'
    headers = {"webhook-id": "id-1", "webhook-timestamp": stamp,
               "webhook-signature": "v1," + expected(SECRET, "id-1", stamp, body)}  # fmt: skip
    genuine = Signed("POST", f"{outside.url}/webhook_receiver/hook", (), headers, body)
    covered = Covered(headers=tuple(headers))
    assert {one.send().status_code for _, one in mutations(genuine, covered, n=60)} == {401}
    assert genuine.send().status_code == 200
    outside.control("clock", {"forward_s": 301})
    assert genuine.send().status_code == 401
