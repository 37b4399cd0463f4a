"""Passwords, tokens, lockout and browsers, decided without a database."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import cache

from pwdlib import PasswordHash

from regulars.core.errors import BadInput

SESSION_LIFE = timedelta(hours=12)
MAX_FAILED_LOGINS = 5
LOCKOUT = timedelta(minutes=5)
MAX_REFUSALS_OF_ADDRESS = 30
"""Within `LOCKOUT`, over all accounts; a shop's computers may share one address."""

MIN_PASSWORD_LENGTH = 10
INVITATION_LIFE = timedelta(days=7)
_LEAST_DIFFERENT = 4
_COMMONEST = {
    "1234567890", "0123456789", "1234567891", "12345678910", "123456789a", "a123456789", "1q2w3e4r5t", "1qaz2wsx3edc",
    "5201314520", "9876543210", "abc1234567", "abcd123456", "admin12345", "administrator", "iloveyou123",
    "password12", "password123", "password1234", "qazwsxedcrfv", "qq123456789", "qwer123456", "qwerty12345",
    "qwerty123456", "qwertyuiop", "welcome123", "woaini1314", "woaini5201314", "zxcvbnm123",
}  # fmt: skip
"""Passwords of ten characters and more that lists of leaked ones show first."""

passwords = PasswordHash.recommended()


@cache
def unknown_user_hash() -> str:
    """Return what is checked when the user does not exist, so that both refusals take the same time.

    Made by the first login of a process, whoever's it is: most processes see none, and it takes a while.
    """
    return passwords.hash("a password nobody has")


def token_hash(token: str) -> str:
    """Return what is stored of a token. The token has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def lock_after(failures: int, now: datetime) -> datetime | None:
    """Return until when an account is locked after so many failures in a row."""
    return now + LOCKOUT if failures >= MAX_FAILED_LOGINS else None


def check_password(password: str, email: str) -> None:
    """Raise BadInput for a password that is short, among the commonest, or made of the address it protects."""
    lowered = password.lower()
    own = email.strip().lower().partition("@")[0]
    if len(password) < MIN_PASSWORD_LENGTH:
        raise BadInput(f"The password needs at least {MIN_PASSWORD_LENGTH} characters.", "Choose a longer one.",
                       code="password.short")  # fmt: skip
    if lowered in _COMMONEST or len(set(lowered)) < _LEAST_DIFFERENT:
        raise BadInput("This password is one of the first that others would try.", "Choose a few words of your own.",
                       code="password.common")  # fmt: skip
    if len(own) >= _LEAST_DIFFERENT and own in lowered:
        raise BadInput("The password holds the name from the e-mail address.", "Choose one that has nothing of it.",
                       code="password.own_name")  # fmt: skip


_PROGRAMS = (
    ("wxwork", "WeCom"), ("micromessenger", "WeChat"), ("dingtalk", "DingTalk"), ("lark", "Feishu"), ("edg", "Edge"),
    ("opr/", "Opera"), ("firefox", "Firefox"), ("chrome", "Chrome"), ("safari", "Safari"), ("curl", "curl"),
    ("python", "Python"),
)  # fmt: skip
_SYSTEMS = (
    ("iphone", "iPhone"), ("ipad", "iPad"), ("android", "Android"), ("harmony", "HarmonyOS"), ("windows", "Windows"),
    ("mac os", "Mac"), ("linux", "Linux"),
)  # fmt: skip
"""In this order: later names also stand in the words that earlier programs say of themselves."""


def browser_words(user_agent: str) -> str:
    """Return program and system of a user agent, such as "WeChat, iPhone"; "" when neither is known."""
    said = user_agent.lower()
    found = (next((word for mark, word in names if mark in said), "") for names in (_PROGRAMS, _SYSTEMS))
    return ", ".join(word for word in found if word)
