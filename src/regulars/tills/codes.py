"""Codes that name a member for a minute: they hold the person's number, hidden and signed, so none is stored."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from regulars.infra.crypto import vault

LIFE_S = 60
"""A code is made for a whole minute and taken until the end of the next one."""
_DIGITS, _MAC_BITS, _UID_BITS = 18, 27, 32


class Code(NamedTuple):
    """18 digits, to be shown as a bar or QR code. good_for_s: at least so long from now on."""

    digits: str
    good_for_s: int


def made(brand_id: int, uid: int, at: datetime) -> Code:
    """Return a person's code at an instant. uid: one of the person's numbers."""
    window = int(at.timestamp()) // LIFE_S
    mac = _hash("mac", brand_id, f"{window}:{uid}", _MAC_BITS)
    hidden = uid ^ _hash("mask", brand_id, f"{window}:{mac}", _UID_BITS)
    return Code(f"{mac << _UID_BITS | hidden:0{_DIGITS}d}", (window + 2) * LIFE_S - int(at.timestamp()))


def uid_of(brand_id: int, digits: str, at: datetime) -> int | None:
    """Return whose code this is, None when it is no code of the brand or has run out.

    One in 67 million guesses names somebody; what it opens is a masked card.
    """
    if len(digits) != _DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    mac, hidden = divmod(int(digits), 1 << _UID_BITS)
    now = int(at.timestamp()) // LIFE_S
    for window in (now, now - 1):
        uid = hidden ^ _hash("mask", brand_id, f"{window}:{mac}", _UID_BITS)
        if _hash("mac", brand_id, f"{window}:{uid}", _MAC_BITS) == mac:
            return uid
    return None


def _hash(use: str, brand_id: int, text: str, bits: int) -> int:
    return int(vault().blind_index(f"till_{use}", str(brand_id), text), 16) & ((1 << bits) - 1)
