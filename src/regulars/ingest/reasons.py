"""Why a row could not be taken, per field."""

from __future__ import annotations

from regulars.core.text import Text
from regulars.core.words import both

REASONS: dict[str, str] = {
    "not_time": "row {row}: {field} {value} is not a date or time",
    "not_number": "row {row}: {field} {value} is not a number",
    "not_bool": "row {row}: {field} {value} is neither true nor false",
    "not_whole": "row {row}: {field} {value} is not a whole number",
    "too_large": "row {row}: {field} {value} is out of range",
    "too_long": "row {row}: {field} is too long (200 characters at most)",
    "divided_by_zero": "row {row}: {field} divides by zero",
    "missing": "row {row}: {field} is missing",
    "bad_kind": "row {row}: {field} {value} is none of sale, refund, stock, cash",
    "refund_positive": "row {row}: a refund whose {field} {value} is positive",
    "sale_negative": "row {row}: a sale whose {field} {value} is negative",
    "bad_currency": "row {row}: {field} {value} is not the brand's currency",
    "undecodable": "row {row}: {field} holds bytes that the encoding does not have",
    "nul": "row {row} holds NUL bytes",
    "ragged": "row {row} has {value} fields, not as many as the header",
    "quote": "row {row} opens a quotation that is not closed",
    "unknown_type": "row {row}: the event type {value} is not in the dictionary",
    "invalid": "row {row}: {field}: {value}",
    "nobody": "row {row} names nobody: every identifier is empty",
}


def explain(code: str, *, row: int, field: str, value: str = "", of_many: bool = False) -> Text:
    """Return the sentence for one bad cell. value: already masked if it is personal. of_many: without the row."""
    shown = value if value == "" or code in {"ragged", "invalid"} else f"'{value}'"
    said = both(REASONS[code], row=row, field=field, value=shown)
    if not of_many:
        return said
    zh = said.zh.removeprefix(f"第 {row} 行").removeprefix("的").strip()
    return Text(zh, said.en.removeprefix(f"row {row}: ").replace(f"row {row} ", "the row "))
