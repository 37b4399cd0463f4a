"""Failures on demand: which call or message, what goes wrong, how often."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    "rate",  # the platform's own "too many calls"
    "token",  # the platform's own "token expired", once for each token
    "permission",  # the platform's own "not allowed"
    "server",  # the platform's own "internal error", nothing done
    "http_500",  # a bare 500 before anything was done
    "http_500_after",  # a bare 500 after it was done
    "http_429",  # a bare 429 with Retry-After: 1
    "lost_request",  # the connection ends before anything was done
    "lost_answer",  # done, and the connection ends without an answer
    "delay",  # answered after delay_s
    "garbage",  # answered with an HTML page instead of JSON
    "push_twice",  # a message to the client is sent twice
    "push_late",  # a message to the client waits until the next one was sent
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(slots=True)
class Fault:
    """A failure that waits for its call. api: glob. every: 1 = each matching call, n = each n-th. times: how often."""

    platform: str
    kind: Kind
    api: str = "*"
    every: int = 1
    times: int = 1
    delay_s: float = 0.0
    seen: int = field(default=0, init=False)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Fault:
        """Read a fault. Raises ValueError."""
        if given.get("kind") not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        try:
            return cls(**given)
        except TypeError as error:
            raise ValueError(str(error)) from error


class Faults:
    """Those that still wait."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.done: list[tuple[str, str, str]] = []

    def add(self, fault: Fault) -> None:
        """Let it wait for its call."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Let nothing fail any more."""
        self.waiting.clear()

    def strike(self, platform: str, api: str, *, push: bool = False) -> Fault | None:
        """Return the failure of this call or message, if one waits for it."""
        for fault in self.waiting:
            if fault.kind.startswith("push_") != push or fault.platform not in (platform, "*"):
                continue
            if not fnmatch.fnmatchcase(api, fault.api):
                continue
            fault.seen += 1
            if fault.seen % fault.every:
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
            self.done.append((platform, api, fault.kind))
            return fault
        return None
