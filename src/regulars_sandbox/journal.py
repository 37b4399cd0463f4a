"""Every call and every message, the newest last; and how often each thing was done."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

KEPT = 2_000
_SHOWN_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One call to the sandbox ("in") or one message of it ("out"). fault: what was made to fail."""

    no: int
    at: datetime
    way: str
    platform: str
    api: str
    method: str
    address: str
    status: int
    sent: str
    answered: str
    fault: str

    def row(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {name: str(v) if isinstance(v := getattr(self, name), datetime) else v for name in self.__slots__}


def shown(body: bytes) -> str:
    """Return a body as it is shown."""
    return body[:_SHOWN_BYTES].decode(errors="replace")


class Journal:
    """The newest calls, and counts over all of them. done: by platform and key, to find what was done twice.

    times: by platform, at once however much was done.
    """

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.calls: Counter[tuple[str, str, int]] = Counter()
        self.done: Counter[tuple[str, str]] = Counter()
        self.times: Counter[str] = Counter()
        self._next = 1

    def write(self, **fields: Any) -> None:  # noqa: ANN401 - the fields of Entry
        """Write down a call: the fields of Entry but its number."""
        entry = Entry(no=self._next, **fields)
        self._next += 1
        self.entries.append(entry)
        self.calls[entry.platform, entry.api, entry.status] += 1

    def count(self, platform: str, key: str) -> None:
        """Count something that was done."""
        self.done[platform, key] += 1
        self.times[platform] += 1

    def twice(self) -> list[str]:
        """Return what was done more than once: "platform key"."""
        return sorted(f"{platform} {key}" for (platform, key), n in self.done.items() if n > 1)
