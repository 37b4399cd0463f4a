"""Codes of six digits from an authenticator app, decided without a database. Source: RFC 6238 over RFC 4226."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from regulars.workspace.logic import token_hash

STEP_S = 30
DIGITS = 6
RECOVERY_CODES = 10
_SECRET_BYTES = 20
_CLOCK_STEPS = 1
"""How many steps a telephone's clock may be before or behind ours."""


def new_secret() -> bytes:
    """Return the secret that an app and the server share."""
    return secrets.token_bytes(_SECRET_BYTES)


def as_typed(secret: bytes) -> str:
    """Return the secret as an app takes it by hand: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def app_uri(secret: bytes, account: str, issuer: str) -> str:
    """Return what the square picture says. Source: the Key URI format of authenticator apps."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?" + urlencode({"secret": as_typed(secret), "issuer": issuer}, quote_via=quote)


def step_of(at: datetime) -> int:
    """Return the number of the half minute."""
    return int(at.timestamp()) // STEP_S


def code_at(secret: bytes, step: int) -> str:
    """Return the code that an app shows in a half minute."""
    # SHA-1 is what the apps speak; as the inner function of HMAC it stands.
    return HOTP(secret, DIGITS, SHA1(), enforce_key_length=True).generate(step).decode()  # noqa: S303


def accepted_step(secret: bytes, code: str, at: datetime, last_step: int) -> int | None:
    """Return the half minute that a code is of, None when it is wrong, or not after the last one that was taken."""
    now = step_of(at)
    given = "".join(code.split())
    for step in range(max(now - _CLOCK_STEPS, last_step + 1), now + _CLOCK_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return codes for the day on which the telephone is lost, 80 bits each."""
    made = (base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES))
    return ["-".join(code[i : i + 4] for i in range(0, len(code), 4)) for code in made]


def recovery_hash(code: str) -> str:
    """Return what is kept of a recovery code; how it is typed does not matter."""
    return token_hash("".join(c for c in code.lower() if c.isalnum()))


def without_used(hashes: Sequence[str], code: str) -> list[str] | None:
    """Return the recovery codes that are left after this one, None when it is none of them."""
    given = recovery_hash(code)
    return [h for h in hashes if h != given] if given in hashes else None
