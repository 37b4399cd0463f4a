"""The door of signed messages by the public scheme, sent and received.

Source: Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks, spec), symmetric scheme: the header
webhook-signature holds, divided by spaces, v1,base64(HMAC-SHA256("id.timestamp.body")); receivers allow five minutes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from regulars.platforms.contract import Incoming

__all__ = ["MIN_SECRET_BYTES", "SKEW_S", "secret_bytes", "signature", "wrong"]
MIN_SECRET_BYTES = 24
SKEW_S = 300


def secret_bytes(secret: str) -> bytes:
    """Return the key of a secret in Standard Webhooks notation; empty when it is none."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return b""


def signature(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature of the header `webhook-signature`. timestamp: seconds."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret_bytes(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def wrong(secret: str, message: Incoming) -> str:
    """Return what is wrong with a message's signature, "" when it is theirs and not older than five minutes."""
    webhook_id, sent = message.headers.get("webhook-id", ""), message.headers.get("webhook-timestamp", "")
    given = message.headers.get("webhook-signature", "")
    why = ""
    if not webhook_id or not sent or not given:
        why = "A header is missing: webhook-id, webhook-timestamp and webhook-signature belong to a message."
    elif not sent.isascii() or not sent.isdigit() or len(sent) > 12:
        why = "The header webhook-timestamp is no number of seconds."
    elif abs(message.at.timestamp() - int(sent)) > SKEW_S:
        why = "The message is older than five minutes, or from the future."
    elif not _signed(signature(secret, webhook_id, int(sent), message.body), given):
        why = "The signature is wrong."
    return why


def _signed(expected: str, given: str) -> bool:
    """Tell whether one of the signatures is ours; there are several while the sender changes its secret."""
    return any([hmac.compare_digest(expected.encode(), one.encode("utf-8", "replace")) for one in given.split()[:10]])
