"""Somebody's server behind the webhook channel: believes what is signed, and takes each webhook-id once."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, ClassVar

from regulars_sandbox.contract import Answer, Call, House, Refusal, StandIn

SECRET = "whsec_" + base64.b64encode(b"sandbox-webhook-secret-of-32-by").decode()
_SKEW_S = 300


def expected(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message in the symmetric scheme."""
    key = base64.b64decode(secret.partition("_")[2])
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in (webhook_id.encode(), b".", timestamp.encode(), b".", body):
        mac.update(part)
    return base64.b64encode(mac.digest()).decode()


class WebhookReceiver(StandIn):
    """Has no account: its address (/webhook_receiver/hook) and secret go into the channel's own settings."""

    key: ClassVar[str] = "webhook_receiver"
    title: ClassVar[str] = "Webhook receiver Webhook 接收端"
    page: ClassVar[str] = "https://www.standardwebhooks.com"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.taken: dict[str, bytes] = {}

    def credentials(self) -> dict[str, Any]:
        """Return the secret to be given to the channel."""
        return {"path": "/webhook_receiver/hook", "secret": SECRET}

    def api_of(self, call: Call) -> str:
        """Name the API."""
        return call.path.strip("/")

    async def answer(self, call: Call) -> Answer:
        """Verify id, timestamp and body; an id that was seen is answered as the first time."""
        if (call.method, call.path) != ("POST", "/hook"):
            return Answer(b"", 404)
        webhook_id, stamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        if not webhook_id or not stamp.isdigit() or abs(self.house.now().timestamp() - int(stamp)) > _SKEW_S:
            return Answer(b"", 401)
        right = expected(SECRET, webhook_id, stamp, call.body)
        given = [one.removeprefix("v1,") for one in call.headers.get("webhook-signature", "").split()]
        if not any(hmac.compare_digest(right, one) for one in given):
            return Answer(b"", 401)
        told = Answer.of({"id": webhook_id})
        if webhook_id in self.taken:
            return told
        try:
            people = [str(one["uid"]) for one in call.json()["data"]["recipients"]]
        except (ValueError, KeyError, TypeError):
            return Answer(b"", 422)
        self.taken[webhook_id] = call.body
        return Answer(told.body, counted=tuple(f"{uid} {webhook_id}" for uid in people))

    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse by status alone."""
        del call
        return Answer(b"", {"rate": 429, "token": 401, "permission": 403, "server": 500}[why])

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Return the header of a vector's message: secret, id, timestamp, body."""
        return {
            "signature": "v1," + expected(given["secret"], given["id"], given["timestamp"], given["body"].encode())
        }[name]
