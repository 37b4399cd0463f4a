"""Aliyun's signature of calls, version 3."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"


def query(params: Mapping[str, str]) -> str:
    """Return parameters as they are sent and signed: sorted, percent-encoded as RFC 3986 says."""
    return "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(params.items()))


def digest(body: bytes) -> str:
    """Return what the header x-acs-content-sha256 says of a body."""
    return hashlib.sha256(body).hexdigest()


def authorization(key: tuple[str, str], headers: Mapping[str, str], *, query: str, body: bytes) -> str:
    """Return the header of an RPC call (POST to "/"). key: id and secret. headers: all that are signed, lower case.

    Source: help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature.
    """
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    canonical = "\n".join(("POST", "/", query, lines, names, digest(body)))
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key[1].encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key[0]},SignedHeaders={names},Signature={signature}"
