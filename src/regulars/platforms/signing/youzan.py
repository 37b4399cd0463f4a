"""Youzan: the signature of a message. Calls are not signed."""

from __future__ import annotations

import hashlib


def sign_message(client_id: str, body: bytes, client_secret: str) -> str:
    """Return the header Event-Sign, hex.

    Source: doc.youzanyun.com/resource/develop-guide/41355/41510: MD5(client_id + raw body + client_secret).
    """
    return hashlib.md5(client_id.encode() + body + client_secret.encode()).hexdigest()  # noqa: S324 - their choice
