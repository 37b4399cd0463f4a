"""What the gateway checks before a method runs: signature, time, parameters, rate. From the contract alone."""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl

from regulars_sandbox.contract import Answer, Call

APP_KEY = "12345678"
APP_SECRET = "sandbox-top-secret"  # noqa: S105 - of the sandbox, which guards nothing
SESSION = "6100sandbox"
BEIJING = timezone(timedelta(hours=8))
FORM = "%Y-%m-%d %H:%M:%S"
_SKEW = timedelta(minutes=10)
_PER_SECOND = 40
_PUBLIC = ("method", "app_key", "timestamp", "v", "sign_method", "sign")
_MISSING = {
    "method": (21, "Missing Method"),
    "app_key": (28, "Missing App Key"),
    "timestamp": (30, "Missing Timestamp"),
    "v": (32, "Missing Version"),
    "sign_method": (24, "Missing Signature"),
    "sign": (24, "Missing Signature"),
}


def expected_sign(params: Mapping[str, str], secret: str) -> str:
    """Return what `sign` must be for a call's parameters by its own sign_method."""
    feed = b"".join(
        key.encode() + params[key].encode() for key in sorted(params) if key not in ("sign",) and params[key] != ""
    )
    if params.get("sign_method") == "md5":
        return hashlib.md5(secret.encode() + feed + secret.encode()).hexdigest().upper()  # noqa: S324
    return hmac.digest(secret.encode(), feed, "md5").hex().upper()


def message_sign(params: Mapping[str, str], body: bytes, secret: str) -> str:
    """Return the signature of a message to the merchant."""
    digest = hashlib.md5(secret.encode())  # noqa: S324
    for key in sorted(params):
        digest.update(f"{key}{params[key]}".encode())
    digest.update(body)
    digest.update(secret.encode())
    return digest.hexdigest().upper()


def error(code: int, words: str, sub_code: str = "", sub_msg: str = "") -> Answer:
    """Return TOP's form of an error."""
    said: dict[str, object] = {"code": code, "msg": words, "request_id": "sandbox"}
    if sub_code:
        said |= {"sub_code": sub_code, "sub_msg": sub_msg or words}
    return Answer.of({"error_response": said})


def invalid(name: str) -> Answer:
    """Return the error of a parameter that the method does not take."""
    return error(41, "Invalid Arguments", f"isv.invalid-parameter:{name}", f"参数{name}无效")


def read(call: Call) -> dict[str, str] | None:
    """Return query and form together; None when a name comes twice or the bytes are none."""
    try:
        pairs = parse_qsl(call.query.decode(), keep_blank_values=True)
        pairs += parse_qsl(call.body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return None
    return dict(pairs) if len({name for name, _ in pairs}) == len(pairs) else None


class Gate:
    """The gateway's own checks, and how many calls it has let through within a second."""

    def __init__(self) -> None:
        self._passed: deque[datetime] = deque()

    def refusal(self, params: Mapping[str, str], now: datetime) -> Answer | None:
        """Return why a call goes no further."""
        for name in _PUBLIC:
            if not params.get(name):
                return error(*_MISSING[name])
        if params["app_key"] != APP_KEY:
            return error(29, "Invalid App Key")
        if params["v"] != "2.0":
            return error(33, "Invalid Version")
        if params["sign_method"] not in ("md5", "hmac"):
            return error(25, "Invalid Signature")
        if not hmac.compare_digest(params["sign"].encode(), expected_sign(params, APP_SECRET).encode()):
            return error(25, "Invalid signature", "isv.invalid-signature")
        if not _in_time(params["timestamp"], now):
            return error(31, "Invalid Timestamp")
        if not params.get("session"):
            return error(26, "Missing Session")
        if params["session"] != SESSION:
            return error(27, "Invalid session", "invalid-sessionkey", "session not exist or expired")
        return self._paced(now)

    def _paced(self, now: datetime) -> Answer | None:
        while self._passed and self._passed[0] <= now - timedelta(seconds=1):
            self._passed.popleft()
        if len(self._passed) >= _PER_SECOND:
            return limited()
        self._passed.append(now)
        return None


def _in_time(stamp: str, now: datetime) -> bool:
    try:
        sent = datetime.strptime(stamp, FORM).replace(tzinfo=BEIJING)
    except ValueError:
        return False
    return abs(now - sent) <= _SKEW


def limited() -> Answer:
    """Return TOP's "too many calls"."""
    words = "This ban will last for 1 more seconds"
    return error(7, "App Call Limited", "accesscontrol.limited-by-api-access-count", words)
