"""Where in a list somebody stands, as a word that is given back for the next part."""

from __future__ import annotations

import base64
import json
from typing import Any

from regulars.core.errors import BadInput


def packed(values: list[Any]) -> str:
    """Return the word for a place."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def unpacked(cursor: str, *kinds: type) -> list[Any]:
    """Return the place of a word, of these types. Raises BadInput."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or [type(v) for v in values] != list(kinds):  # pyright: ignore[reportUnknownArgumentType] - JSON
        raise BadInput("The cursor is not one of this list.", "Start again without it.", code="cursor.unknown")
    return values  # pyright: ignore[reportUnknownVariableType] - checked above
