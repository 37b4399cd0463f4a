"""Douyin's shops (抖店): the one form of a call's parameters, signatures of calls and of messages."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping


def param_json(given: Mapping[str, object]) -> str:
    """Write parameters as they are signed and sent: keys sorted at every depth, no spaces, nothing escaped.

    Source: op.jinritemai.com/docs/guide-docs/10/23 and 10/813.
    """
    return json.dumps(given, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sign(secret: str, app_key: str, method: str, params: str, timestamp: str) -> str:
    """Return the signature of a call, hex; the access token is not part of it.

    Source: op.jinritemai.com/docs/guide-docs/10/23: HMAC-SHA256(secret, secret + app_key… method… param_json…
    timestamp… v2 + secret).
    """
    text = f"{secret}app_key{app_key}method{method}param_json{params}timestamp{timestamp}v2{secret}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def sign_message(secret: str, app_key: str, body: bytes) -> str:
    """Return the signature of a message, hex: MD5(app_key + raw body + secret).

    Source: SDKs of 2021; that newer apps still get this one is not confirmed.
    """
    return hashlib.md5(app_key.encode() + body + secret.encode()).hexdigest()  # noqa: S324 - the platform's choice
