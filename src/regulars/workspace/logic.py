"""Passwords, tokens and lockout, decided without a database."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from pwdlib import PasswordHash

SESSION_LIFE = timedelta(hours=12)
MAX_FAILED_LOGINS = 5
LOCKOUT = timedelta(minutes=5)
MIN_PASSWORD_LENGTH = 10

passwords = PasswordHash.recommended()
UNKNOWN_USER_HASH = passwords.hash("a password nobody has")
"""Checked when the user does not exist, so that both refusals take the same time."""


def token_hash(token: str) -> str:
    """Return what is stored of a token. The token has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def lock_after(failures: int, now: datetime) -> datetime | None:
    """Return until when an account is locked after so many failures in a row."""
    return now + LOCKOUT if failures >= MAX_FAILED_LOGINS else None
