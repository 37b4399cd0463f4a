"""DingTalk group robots: the signature in the address."""

from __future__ import annotations

import base64
import hashlib
import hmac


def sign(secret: str, timestamp_ms: int) -> str:
    """Return the signature, not yet URL-encoded.

    Source: open.dingtalk.com/document/robots/customize-robot-security-settings: base64(HMAC-SHA256(secret,
    timestamp + newline + secret)).
    """
    text = f"{timestamp_ms}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
