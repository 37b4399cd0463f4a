"""Short codes for one person's message: which request, whom, what for, and a seal. No row is kept per person.

A code is base 62 of a number: request (40 bits), person (32), purpose (2), seal (40): 20 characters.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Literal, get_args

from regulars.infra.crypto import vault

Purpose = Literal["link", "stop", "receipt"]
_PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 20
_SEAL_BITS, _PURPOSE_BITS, _UID_BITS = 40, 2, 32


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says: the request's number, the person's uid, what it is for."""

    chunk_id: int
    uid: int
    purpose: Purpose


def write(code: Code) -> str:
    """Return the code, 20 letters and digits."""
    said = ((code.chunk_id << _UID_BITS | code.uid) << _PURPOSE_BITS) | _PURPOSES.index(code.purpose)
    number = said << _SEAL_BITS | _seal(said)
    digits: list[str] = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def read(text: str) -> Code | None:
    """Return what a code says; None when it is none of ours."""
    if len(text) != _LENGTH or not (text.isascii() and text.isalnum()):
        return None
    number = 0
    for char in text:
        number = number * 62 + _DIGITS.index(char)
    said, seal = number >> _SEAL_BITS, number & (1 << _SEAL_BITS) - 1
    place = said & (1 << _PURPOSE_BITS) - 1
    same = hmac.compare_digest(seal.to_bytes(8), _seal(said).to_bytes(8))
    if not same or place >= len(_PURPOSES):
        return None
    who = said >> _PURPOSE_BITS
    return Code(who >> _UID_BITS, who & (1 << _UID_BITS) - 1, _PURPOSES[place])


def _seal(said: int) -> int:
    return int(vault().blind_index("message_code", "", str(said))[: _SEAL_BITS // 4], 16)
