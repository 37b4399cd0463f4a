"""Request bodies: gzip undone within bounds, JSON, size limits said clearly."""

from __future__ import annotations

import json
import math
import re
import zlib
from dataclasses import dataclass
from typing import Any

import msgspec

from regulars.core.errors import BadInput, RegularsError

MAX_BATCH_BYTES = 5 * 1024 * 1024
MAX_MESSAGE_BYTES = 512 * 1024
MAX_BATCH_MESSAGES = 500
MAX_DEPTH = 20
_SURROGATE = re.compile("[\ud800-\udfff]")


class TooLarge(RegularsError):
    """The request is larger than what is taken at once."""

    code, status = "ingest.too_large", 413


@dataclass(frozen=True, slots=True)
class Body:
    """A request's JSON object. clean: it holds no NUL, half character or infinity, so nobody need look again."""

    fields: dict[str, Any]
    clean: bool


def read_json(body: bytes, encoding: str, most_bytes: int) -> Body:
    """Return the JSON object of a request body. encoding: of Content-Encoding, "" or gzip.

    Raises: TooLarge before more than most_bytes are unpacked; BadInput for other encodings and bad JSON.
    """
    if encoding.strip().lower() == "gzip":
        body = _unpacked(body, most_bytes)
    elif encoding.strip().lower() not in ("", "identity"):
        raise BadInput(f"Content-Encoding {encoding} is not known here.", "Send gzip or nothing.")
    if len(body) > most_bytes:
        raise too_large(most_bytes)
    found, clean = _parsed(body)
    if not isinstance(found, dict):
        raise BadInput("The body must be a JSON object.", "See the HTTP API page.", code="ingest.bad_json")
    return Body(found, clean)


def _parsed(body: bytes) -> tuple[object, bool]:
    try:
        # It takes valid UTF-8, whole characters and finite numbers; what it refuses is read, and explained, slowly.
        return msgspec.json.decode(body), b"\\u0000" not in body
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(body), False
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"The body is not JSON: {error}.", "Send a JSON object in UTF-8.", code="ingest.bad_json"
        ) from error


def check_shape(message: dict[str, Any]) -> str:
    """Return what `check_json` would find in a message that is known to be clean, or ""."""
    level: list[Any] = [message]
    for _ in range(MAX_DEPTH):
        level = [
            v
            for one in level
            for v in (one.values() if type(one) is dict else one)
            if type(v) is dict or type(v) is list
        ]
        if not level:
            return ""
    return "is nested too deeply" if any(level) else ""


def check_json(value: object, depth: int = 0) -> str:
    """Return what in a message no store could hold (NUL, half a character, not a number, depth), or ""."""
    if depth > MAX_DEPTH:
        return "is nested too deeply"
    if isinstance(value, str):
        return _check_text(value)
    if isinstance(value, float):
        return "" if math.isfinite(value) else "holds a number that is not finite"
    if isinstance(value, dict):
        parts = (part for pair in value.items() for part in pair)
    else:
        parts = iter(value) if isinstance(value, list) else iter(())
    return next((wrong for part in parts if (wrong := check_json(part, depth + 1))), "")


def _check_text(value: str) -> str:
    if "\x00" in value:
        return "holds NUL characters"
    return "" if value.isascii() or not _SURROGATE.search(value) else "holds half a character (a lone surrogate)"


def too_large(most_bytes: int) -> TooLarge:
    """Return the error for a body over the limit."""
    return TooLarge(
        f"The body is larger than {most_bytes // 1024} KiB.", "Send fewer messages at once; nothing was taken."
    )


def _unpacked(body: bytes, most_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, most_bytes + 1)
    except zlib.error as error:
        raise BadInput("The body is not valid gzip.", "Leave out Content-Encoding if it is not packed.") from error
    if len(plain) > most_bytes:
        raise too_large(most_bytes)
    if not unpacker.eof:
        raise BadInput("The gzip body ends too early.", "Send it again.")
    return plain
