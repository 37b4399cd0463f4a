"""Tencent Cloud's signature of calls, version 3."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

ALGORITHM = "TC3-HMAC-SHA256"


def authorization(key: tuple[str, str], service: str, at: datetime, *, headers: Mapping[str, str], body: bytes) -> str:
    """Return the header of a POST to "/". key: id and secret. headers: those that are signed, names in lower case.

    Source: cloud.tencent.com/document/api/213/30654.
    """
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in sorted(headers))
    canonical = "\n".join(("POST", "/", "", lines, names, hashlib.sha256(body).hexdigest()))
    at = at.astimezone(UTC)
    scope = f"{at:%Y-%m-%d}/{service}/tc3_request"
    text = "\n".join((ALGORITHM, str(int(at.timestamp())), scope, hashlib.sha256(canonical.encode()).hexdigest()))
    secret = f"TC3{key[1]}".encode()
    for part in scope.split("/"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key[0]}/{scope}, SignedHeaders={names}, Signature={signature}"
