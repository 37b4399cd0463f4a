"""Ids, and the stable hash that every random-looking but repeatable choice uses."""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID, SafeUUID

import uuid_utils
import uuid_utils.compat

_NAMESPACE = uuid_utils.UUID("6f1d7e1e-6d0f-5c57-9d3a-0c2f6f0a7b11")


def new_id() -> UUID:
    """Return a new UUIDv7, ordered by time."""
    return uuid_utils.compat.uuid7()


def id_for(*parts: str | int) -> UUID:
    """Return the one id that belongs to these parts, the same on every call (UUIDv5)."""
    named = uuid_utils.uuid5(_NAMESPACE, "\x1f".join(map(str, parts)))
    # Its constructor checks what is known already and takes longer than all else here.
    found = object.__new__(UUID)
    object.__setattr__(found, "int", named.int)
    object.__setattr__(found, "is_safe", SafeUUID.unknown)
    return found


def new_token(size_bytes: int = 32) -> str:
    """Return an unguessable URL-safe token."""
    return secrets.token_urlsafe(size_bytes)


def stable_share_bp(salt: str, subject: int | str) -> int:
    """Place a subject in [0, 10000) for this salt: the same place for ever, uniform over subjects.

    Source: first 8 bytes of SHA-256 of "salt:subject", big-endian, modulo 10,000 (bias < 1e-15).
    """
    digest = hashlib.sha256(f"{salt}:{subject}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 10_000
