"""What a row becomes: the fields of each target and the checks that a value must pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regulars.ingest.expression.values import ValueKind
from regulars.ingest.mapping import Target

Shape = Literal["text", "whole", "amount", "price", "time"]
"""whole: int64; amount: minor units given in major ones; price: 4 decimals; time: UTC."""

KINDS = ("sale", "refund", "stock", "cash")
NOBODY = ("stock", "cash")
"""Kinds of lines that belong to no person."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of a target. default None = must be mapped when required, else missing."""

    name: str
    shape: Shape
    required: bool = False
    default: str | None = None

    @property
    def kind(self) -> ValueKind:
        """The kind of expression that fills it."""
        return {"text": "text", "time": "time"}.get(self.shape, "number")  # pyright: ignore[reportReturnType] - literals


def _text(*names: str) -> tuple[FieldSpec, ...]:
    return tuple(FieldSpec(n, "text", default="") for n in names)


_ORDER_LINES = (
    FieldSpec("document_id", "text", required=True),
    FieldSpec("occurred_at", "time", required=True),
    FieldSpec("kind", "text", required=True, default="sale"),
    FieldSpec("quantity", "whole", required=True),
    FieldSpec("amount", "amount"),
    FieldSpec("amount_fen", "whole"),
    FieldSpec("unit_price", "price"),
    FieldSpec("currency", "text"),
    *_text("shop", "item_id", "item_name", "category", "store", "region", "refund_of"),
)
_EVENTS = (
    FieldSpec("type", "text", required=True),
    FieldSpec("occurred_at", "time", required=True),
    FieldSpec("source_id", "text"),
    *_text("shop"),
)
_PEOPLE = (
    FieldSpec("occurred_at", "time"),
    FieldSpec("source_id", "text"),
    *_text("shop"),
    *(FieldSpec(n, "text") for n in ("name", "phone", "email", "birthday", "gender", "province", "city")),
)
TARGETS: dict[Target, dict[str, FieldSpec]] = {
    "order_lines": {f.name: f for f in _ORDER_LINES},
    "events": {f.name: f for f in _EVENTS},
    "people": {f.name: f for f in _PEOPLE},
}
