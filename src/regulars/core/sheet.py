"""Tables that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from regulars.core.ctx import Ctx
from regulars.core.text import Lang

ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""What a route that sends a table declares."""

MARK = "\ufeff"
"""Begins a file: without it Excel takes it for the local code page and breaks Chinese."""
_FORMULA_SIGNS = "=+-@\t\r\n＝＋－＠"


def safe_cell(value: object) -> str:
    """Return a CSV cell that no spreadsheet takes for a formula.

    Source: OWASP, CSV injection: a text beginning with = + - @, their full-width forms, tab or line end is prefixed
    by an apostrophe. Numbers stay numbers.
    """
    if value is None:
        return ""
    text = str(value)
    risky = text[:1] in _FORMULA_SIGNS if text else False
    return f"'{text}" if risky and not isinstance(value, int | float | Decimal) else text


def lines(rows: Sequence[Sequence[object]]) -> str:
    """Return rows as lines of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[safe_cell(cell) for cell in row] for row in rows])
    return text.getvalue()


def watermark(ctx: Ctx, rows: int, lang: Lang) -> str:
    """Return the line that a file begins with: who took it, when (in the brand's zone), how many, by which request."""
    at = ctx.clock.system_now().astimezone(ZoneInfo(ctx.zone))
    counted = f"{rows:,} 行" if lang == "zh" else f"{rows:,} {'row' if rows == 1 else 'rows'}"
    return f"{ctx.actor.name} · {at:%Y-%m-%d %H:%M} · {counted} · {ctx.request_id}"
