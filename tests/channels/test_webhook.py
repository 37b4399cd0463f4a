"""The webhook against a real HTTP server that checks signatures as the public specification says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from pydantic import ValidationError

from regulars.channels.contract import NotSent, Recipient, SendRequest
from regulars.channels.kinds.webhook import Webhook, WebhookConfig, signature

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Receiver(BaseHTTPRequestHandler):
    """Answers what `answers` says, and keeps what it took, once per webhook-id."""

    answers: list[tuple[int, str]]
    taken: dict[str, dict]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        code, text = self.answers.pop(0) if self.answers else (200, "")
        if f"v1,{wanted}" not in self.headers["webhook-signature"].split():
            code, text = 401, ""
        elif code != 503:
            self.taken.setdefault(self.headers["webhook-id"], json.loads(body))
        if code == 0:
            time.sleep(1.5)
            code = 200
        self.send_response(code)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args) -> None:
        """Stay silent."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[Receiver]]]:
    handler = type("Own", (Receiver,), {"answers": [], "taken": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", handler
    server.shutdown()
    server.server_close()


def send(url: str, **changes):
    config = WebhookConfig.model_validate({"url": url, "secret": SECRET, "wait_s": 0.5, **changes})
    request = SendRequest(
        request_id="0b0c", attempt=1, brand_id=1, campaign_id=7, origin="live", at=NOW, system_at=NOW,
        recipients=(Recipient(1, "Hi", "回来看看"), Recipient(2, "Hi", "Come back")),
    )  # fmt: skip
    return Webhook().send(None, config, request)  # pyright: ignore[reportArgumentType] - it needs no outlet


def test_the_example_of_the_specification():
    # Source: Standard Webhooks, spec/standard-webhooks.md, the published test vector.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    given = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_request_is_signed_and_carries_the_people(receiver):
    url, got = receiver
    got.answers.append((200, '{"id": "r1", "refused": {"2": "gone", "99": "who"}}'))
    result = send(url)
    assert (result.provider_id, result.refused, result.unknown) == ("r1", {2: "gone"}, frozenset())
    data = got.taken["0b0c"]["data"]
    assert [r["uid"] for r in data["recipients"]] == [1, 2]
    assert data["campaign_id"] == 7


@pytest.mark.parametrize("text", ["", "thanks", "[1]", '{"refused": 3}'])
def test_a_plain_answer_refuses_nobody(receiver, text):
    url, got = receiver
    got.answers.append((202, text))
    assert send(url).refused == {}


@pytest.mark.parametrize(("code", "final"), [(503, False), (429, False), (400, True), (401, True), (302, True)])
def test_answers_that_say_it_was_not_taken(receiver, code, final):
    url, got = receiver
    got.answers.append((code, ""))
    with pytest.raises(NotSent) as caught:
        send(url)
    assert caught.value.final is final


def test_answers_that_leave_it_open(receiver):
    url, got = receiver
    got.answers[:] = [(500, ""), (0, "")]
    with pytest.raises(httpx2.HTTPStatusError):
        send(url)
    with pytest.raises(httpx2.ReadTimeout):
        send(url)
    assert send(url).refused == {}
    assert list(got.taken) == ["0b0c"]


def test_nobody_listens():
    with pytest.raises(NotSent) as caught:
        send("http://127.0.0.1:9/")
    assert caught.value.final is False


def test_a_short_secret_is_refused():
    for wrong in ("", "whsec_c2hvcnQ=", "not base64 at all!"):
        with pytest.raises(ValidationError):
            WebhookConfig.model_validate({"url": "https://receiver.test/", "secret": wrong})
