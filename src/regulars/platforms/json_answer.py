"""Reading what most platforms answer: one JSON object, whatever the HTTP status."""

from __future__ import annotations

import re
from typing import Any

import httpx2

from regulars.platforms.contract import Refused, Unclear

_PERSONAL = re.compile(r"\+?\d{10,}|[\w.+-]+@[\w.-]+")
_RETRY_AFTER_S = 60.0


def read(platform: str, answer: httpx2.Response) -> dict[str, Any]:
    """Return the object answered. Raises: Refused on a bare "too many requests", Unclear when it is no object."""
    if answer.status_code == 429:
        wait = answer.headers.get("retry-after", "")
        raise Refused(
            platform,
            f"{platform} asks for fewer calls.",
            platform_code="429",
            cause="busy",
            retry_after_s=float(wait) if wait.isdigit() else _RETRY_AFTER_S,
        )
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Unclear(platform, f"{platform}'s answer cannot be read.", "It may have been done all the same.")
    return said


def masked(words: object) -> str:
    """Return a platform's words without the phone numbers and addresses that some of them repeat."""
    return _PERSONAL.sub("***", str(words))[:300]
