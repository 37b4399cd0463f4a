"""Where a page of a list goes on: the number of the last line, as text that is handed back."""

from __future__ import annotations

from regulars.core.errors import BadInput

_LONGEST = 19
"""Digits that a 64-bit number surely holds."""


def number_of(cursor: str | None) -> int:
    """Return the number a cursor stands for, 0 for the beginning. Raises BadInput."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < _LONGEST):
        raise BadInput("The cursor is not one of this list.", "Start again without it.", code="cursor.unknown")
    return int(cursor)
