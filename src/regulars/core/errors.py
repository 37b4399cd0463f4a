"""One error shape for the whole house: what happened, why, and what to do next."""

from __future__ import annotations

from typing import Any


class RegularsError(Exception):
    """A failure that a person can act on; `app` maps it to an RFC 9457 problem.

    code: stable, dotted, for machines ("segment.not_found"). status: the HTTP status. message: what and
    why. hint: what to do next. details: further JSON-safe facts (never personal data).
    """

    code: str = "error"
    status: int = 400

    def __init__(self, message: str, hint: str = "", *, code: str | None = None, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.code
        self.details: dict[str, Any] = details


class NotFound(RegularsError):
    """The thing named does not exist, or not within the caller's scope."""

    code, status = "not_found", 404


class BadInput(RegularsError):
    """The input cannot be taken as it is; the message says which part and why."""

    code, status = "bad_input", 422


class Conflict(RegularsError):
    """The state of things does not allow this now."""

    code, status = "conflict", 409


class Forbidden(RegularsError):
    """The actor lacks the permission, or the scope does not reach this far."""

    code, status = "forbidden", 403


class Unauthenticated(RegularsError):
    """Nobody is logged in, or the key is unknown."""

    code, status = "unauthenticated", 401


class Unavailable(RegularsError):
    """A part this needs is not reachable now; trying again later can help."""

    code, status = "unavailable", 503
