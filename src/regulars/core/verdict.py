"""An expected yes or no, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a gate. reasons: stable codes, e.g. "consent.missing"; empty when ok."""

    ok: bool
    reasons: tuple[str, ...] = ()

    @classmethod
    def yes(cls) -> Verdict:
        """Allow."""
        return cls(ok=True)

    @classmethod
    def no(cls, *reasons: str) -> Verdict:
        """Refuse, saying why (at least one reason code)."""
        return cls(ok=False, reasons=reasons)
