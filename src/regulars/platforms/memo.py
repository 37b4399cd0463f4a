"""Adding to the merchant's memo of an order, on platforms that can only overwrite it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from regulars.core.errors import Conflict
from regulars.platforms.contract import Unclear

_ROUNDS = 3
_MARK = "…"


async def append(
    read: Callable[[], Awaitable[str]],
    write: Callable[[str], Awaitable[None]],
    entry: tuple[str, str],
    *,
    fits: Callable[[str], bool],
) -> bool:
    """Add a text with its marker to a memo, once however often it is asked for; return whether it was added now.

    entry: text, marker (unique to the text). What is in the memo stays; the new text is cut to what fits. After each
    write the memo is read again: somebody else's writing, or a lost answer, then shows. Raises: Conflict when not
    even the marker fits, or others keep overwriting it; PlatformError.
    """
    text, marker = entry
    added = False
    for _ in range(_ROUNDS):
        before = await read()
        if marker in before:
            return added
        wanted = _appended(before, text, marker, fits=fits)
        with suppress(Unclear):  # the next reading tells
            await write(wanted)
        added = True
    if marker in await read():
        return added
    raise Conflict("The memo was overwritten again and again.", "Somebody else is writing to it: try again later.")


def _appended(before: str, text: str, marker: str, *, fits: Callable[[str], bool]) -> str:
    lead = f"{before}\n" if before else ""
    for length in range(len(text), -1, -1):
        cut = text if length == len(text) else text[:length] + _MARK
        whole = f"{lead}{cut} {marker}"
        if fits(whole):
            return whole
    raise Conflict("The order's memo is full.", "Shorten what is in it, on the platform.")
