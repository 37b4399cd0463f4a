"""The last step from a value to a column of the target, and the checks across columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa

from regulars.ingest.expression.casts import as_text
from regulars.ingest.expression.kernels import pc
from regulars.ingest.expression.values import NUMBER, TIME, Evaluation, Value
from regulars.ingest.targets import KINDS, FieldSpec

_LONGEST = 200
_MOST = Decimal(10) ** 18
_HIGHEST_PRICE = Decimal(10) ** 13
_HUNDRED = Decimal(100)
# What the lake's Date columns can hold.
_FIRST = datetime(1970, 1, 2, tzinfo=UTC)
_LAST = datetime(2149, 1, 1, tzinfo=UTC)
_PRICE = pa.decimal128(18, 4)


def merged_mask(masks: Sequence[pa.Array], length: int) -> pa.Array:
    """Return where any of the masks holds."""
    merged = pa.repeat(pa.scalar(value=False), length)
    for mask in masks:
        merged = pc.or_(merged, mask)
    return merged


def shaped(array: pa.Array, spec: FieldSpec, evaluation: Evaluation, active: pa.Array, label: str) -> pa.Array:
    """Return a field's column as the target stores it, noting what does not fit."""
    if spec.shape == "text":
        return array if spec.default is None or spec.required else pc.fill_null(array, "")
    if spec.shape == "time":
        outside = pc.or_(pc.less(array, pa.scalar(_FIRST, TIME)), pc.greater_equal(array, pa.scalar(_LAST, TIME)))
        return _refused(array, outside, evaluation, active, (label, as_text(Value("time", array)), "too_large"))
    shown = as_text(Value("number", array))
    if spec.shape == "price":
        array = _refused(array, pc.greater_equal(pc.abs(array), pa.scalar(_HIGHEST_PRICE, NUMBER)), evaluation, active,
                         (label, shown, "too_large"))  # fmt: skip
        return pc.fill_null(pc.round(array, 4, "half_towards_infinity").cast(_PRICE), Decimal(0))
    array = _refused(
        array,
        pc.greater_equal(pc.abs(array), pa.scalar(_MOST, NUMBER)),
        evaluation,
        active,
        (label, shown, "too_large"),
    )
    if spec.shape == "amount":
        minor = pc.multiply(array, pa.scalar(_HUNDRED, pa.decimal128(3, 0)))
        return pc.round(minor, 0, "half_towards_infinity").cast(pa.int64(), safe=False)
    broken = pc.not_equal(pc.round(array, 0, "towards_zero"), array)
    array = _refused(array, broken, evaluation, active, (label, shown, "not_whole"))
    return array.cast(pa.int64())


def _refused(
    array: pa.Array, where: pa.Array, evaluation: Evaluation, active: pa.Array, note: tuple[str, pa.Array, str]
) -> pa.Array:
    label, shown, code = note
    evaluation.note(where, active, (label, shown), code)
    return pc.if_else(pc.fill_null(where, fill_value=False), pa.scalar(None, array.type), array)


def check_lines(values: Mapping[str, pa.Array], evaluation: Evaluation, active: pa.Array, currency: str) -> None:
    """Note order lines that contradict themselves: unknown kind, wrong sign, foreign currency, overlong keys."""
    kind, quantity = values["kind"], values["quantity"]
    amount_name = "amount_fen" if "amount_fen" in values else "amount"
    known = pc.is_in(kind, value_set=pa.array(KINDS, pa.string()))
    evaluation.note(pc.and_(pc.is_valid(kind), pc.invert(known)), active, ("kind", kind), "bad_kind")
    refund, sale = pc.equal(kind, "refund"), pc.equal(kind, "sale")
    for name in ("quantity", amount_name):
        shown = values[name].cast(pa.string())
        evaluation.note(pc.and_(refund, pc.greater(values[name], 0)), active, (name, shown), "refund_positive")
    shown = quantity.cast(pa.string())
    evaluation.note(pc.and_(sale, pc.less(quantity, 0)), active, ("quantity", shown), "sale_negative")
    evaluation.note(pc.is_null(values[amount_name]), _unnoted(evaluation, active), (amount_name, None), "missing")
    for name in ("document_id", "shop", "item_id"):
        evaluation.note(pc.greater(pc.utf8_length(values[name]), _LONGEST), active, (name, None), "too_long")
    if "currency" in values:
        foreign = pc.not_equal(values["currency"], currency)
        evaluation.note(foreign, active, ("currency", values["currency"]), "bad_currency")


def _unnoted(evaluation: Evaluation, active: pa.Array) -> pa.Array:
    """Return the rows nothing is known against yet: a missing sum of unreadable parts needs no second reason."""
    return pc.and_(active, pc.invert(merged_mask([p.where for p in evaluation.problems], evaluation.length)))
