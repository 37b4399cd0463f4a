"""TOP, the gateway of Taobao and Tmall: signatures of calls and of messages."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

Method = Literal["md5", "hmac"]


def sign(params: Mapping[str, str], secret: str, method: Method) -> str:
    """Return the signature of a call: all parameters but `sign`, the session too, sorted by name.

    Source: developer.alibaba.com articleId=105423: md5 = UPPER(MD5(secret + s + secret)), hmac =
    UPPER(HMAC-MD5(secret, s)), s = names and values joined without separators; empty values are left out.
    """
    text = _joined(params)
    if method == "md5":
        return _md5(f"{secret}{text}{secret}".encode())
    return hmac.new(secret.encode(), text.encode(), hashlib.md5).hexdigest().upper()


def sign_message(params: Mapping[str, str], body: bytes, secret: str) -> str:
    """Return the signature of a message that TOP sends: query parameters but `sign`, sorted, then the raw body.

    Source: SpiUtils of the official SDK (from memory, and its public copies in Java, C# and JavaScript).
    """
    return _md5(secret.encode() + _joined(params).encode() + body + secret.encode())


def _joined(params: Mapping[str, str]) -> str:
    return "".join(f"{name}{params[name]}" for name in sorted(params) if name and name != "sign" and params[name])


def _md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest().upper()  # noqa: S324 - the platform's choice
