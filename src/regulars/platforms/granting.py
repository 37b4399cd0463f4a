"""How a connection check tries what an account may do."""

from __future__ import annotations

from collections.abc import Awaitable

from regulars.core.text import Text
from regulars.platforms.contract import Grant, Refused, Unclear

_NO = frozenset({"permission", "token", "signature", "address"})


async def tried(name: Text, reading: Awaitable[object]) -> Grant:
    """Read something, and say whether the account may. Raises: Away."""
    try:
        await reading
    except Refused as error:
        granted = False if error.cause in _NO else None
        return Grant(name, granted, f"{error.platform_code} {error.message}")
    except Unclear as error:
        return Grant(name, None, error.message)
    return Grant(name, granted=True)
