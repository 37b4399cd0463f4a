"""How much of what is drawn at random is tried: a part of it every time, all of it by `make deep`."""

from __future__ import annotations

import os

DEEP = bool(os.environ.get("REGULARS_DEEP"))


def depth(every_time: int, deep: int) -> int:
    """Return how many seeds or examples are tried now."""
    return deep if DEEP else every_time
