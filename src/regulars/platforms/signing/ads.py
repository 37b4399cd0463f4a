"""Identifiers as ad platforms take them: hashed, so that only who knows them already learns anything."""

from __future__ import annotations

import hashlib
import re


def hashed_phone(phone: str) -> str:
    """Return SHA-256 in hex of a phone number with its country code, digits only (86… for mainland numbers)."""
    digits = re.sub(r"\D", "", phone)
    return digest((f"86{digits}" if len(digits) == 11 and digits.startswith("1") else digits).encode())


def digest(body: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()
