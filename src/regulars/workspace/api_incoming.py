"""Messages that platforms send to us, as routes of any room take them: bounded, raw, not yet believed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from regulars.core.errors import RegularsError
from regulars.platforms.contract import Incoming

MAX_BYTES = 1_000_000


class TooLong(RegularsError):
    """The message is longer than any platform's."""

    code, status = "message.too_long", 413


async def incoming(request: Request) -> Incoming:
    """Return a message as it arrived. Raises: TooLong."""
    size = 0
    chunks: list[bytes] = []
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BYTES:
            raise TooLong(f"The message is longer than {MAX_BYTES:,} bytes.", "Send it in parts.")
        chunks.append(chunk)
    house = request.app.state.house

    def clock() -> Any:  # noqa: ANN401 - the house's clock
        with house.ctx() as ctx:
            return ctx.clock

    return Incoming(
        method=request.method,
        query=dict(request.query_params),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=b"".join(chunks),
        at=(await run_in_threadpool(clock)).system_now(),
    )


Arrived = Annotated[Incoming, Depends(incoming)]
"""The type of a route's parameter that is the message."""
