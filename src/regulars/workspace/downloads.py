"""Tables that leave as a file: what is written down before is kept whatever happens to the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import StreamingResponse

from regulars.core.ctx import Ctx

Ids = Annotated[str, Query(pattern=r"^(\d{1,18}(,\d{1,18})*)?$", max_length=8_000)]
"""Rows that were chosen in a list, by commas; empty: all of it."""


def chosen(ids: str) -> set[int]:
    """Return the numbers of `Ids`; an empty set stands for all."""
    return {int(one) for one in ids.split(",") if one}


def sheet_file(request: Request, ctx: Ctx, name: str, rows: Callable[[Ctx], Iterator[str]]) -> StreamingResponse:
    """Answer with a CSV file under a name.

    rows: gets a Ctx of the same reach with a transaction of its own, as the request's is over, and its audit with it,
    when rows flow.
    """

    def body() -> Iterator[str]:
        with request.app.state.house.ctx(ctx.brand_id) as system:
            yield from rows(replace(system, actor=ctx.actor, scope=ctx.scope, request_id=ctx.request_id))

    return StreamingResponse(
        body(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
