"""JD's open platform (JOS): the signature of a call."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

_UNSIGNED = frozenset({"sign", "format", "sign_method"})


def sign(params: Mapping[str, str], secret: str) -> str:
    """Return the signature of a call: UPPER(MD5(secret + sorted names and values + secret)).

    Source: jos.jd.com/commondoc?listId=33; format and sign_method are not part of it (the published example).
    """
    text = "".join(f"{name}{params[name]}" for name in sorted(params) if name not in _UNSIGNED)
    return hashlib.md5(f"{secret}{text}{secret}".encode()).hexdigest().upper()  # noqa: S324 - the platform's choice
