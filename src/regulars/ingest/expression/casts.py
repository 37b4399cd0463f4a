"""Casts over whole columns; a cell that cannot be cast becomes missing and is noted, never an exception."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from regulars.ingest.expression.kernels import pc
from regulars.ingest.expression.times import parse_time
from regulars.ingest.expression.values import NUMBER, NUMBER_BOUND, TIME, WIDE, Evaluation, Value, ValueKind, nulls
from regulars.ingest.expression.zones import to_utc

_PLAIN = r"^[+-]?[0-9]{1,20}(\.[0-9]{1,10})?$"
_MONEY = (
    r"^(?P<open>\()?(?P<sign>[+-])?\s*(?:[¥$£€]|RMB|CNY|USD|GBP|EUR|HK\$)?\s*(?P<late>[+-])?"
    r"(?P<whole>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.(?P<part>[0-9]*))?(?:[eE](?P<power>[+-]?[0-9]{1,2}))?"
    r"\s*(?:元|RMB|CNY|USD|GBP|EUR|€)?(?P<close>\))?$"
)
_TRUE, _FALSE = ("true", "1", "yes", "y", "t", "是", "对"), ("false", "0", "no", "n", "f", "否", "错")
_TINY = Decimal("0.000001")


def cast(value: Value, kind: ValueKind, evaluation: Evaluation, active: pa.Array | None, label: str) -> Value:
    """Return the column as another kind. Cells that do not fit are noted under `label`.

    The static check has refused casts that make no sense (a time as a number), so every pair here has one.
    """
    if value.kind == kind:
        return value
    if value.kind == "null":
        return nulls(kind, len(value.array))
    if kind == "text":
        return Value("text", as_text(value))
    if kind == "number":
        array, bad = parse_number(value.array, decimal_comma=evaluation.decimal_comma)
        code = "not_number"
    elif kind == "bool":
        array, bad = parse_bool(value.array)
        code = "not_bool"
    else:
        array, bad = parse_time(value.array, (), evaluation.zone)
        code = "not_time"
    evaluation.note(bad, active, (label, value.array), code)
    return Value(kind, array)


def as_text(value: Value) -> pa.Array:
    """Return the column as text: numbers without spare zeros, booleans as true and false, times as ISO UTC."""
    if value.kind == "number":
        return _number_text(value.array)
    if value.kind == "bool":
        return pc.if_else(value.array, "true", "false").cast(pa.string())
    if value.kind == "time":
        return value.array.cast(pa.timestamp("us")).cast(pa.string())
    return value.array.cast(pa.string())


def parse_bool(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Read text as true and false, as people write them; returns them and the cells that could not be read."""
    plain = pc.utf8_lower(text)
    yes = pc.is_in(plain, value_set=pa.array(_TRUE, pa.string()))
    no = pc.is_in(plain, value_set=pa.array(_FALSE, pa.string()))
    known = pc.or_(yes, no)
    return pc.if_else(known, yes, pa.scalar(None, pa.bool_())), pc.and_(pc.is_valid(text), pc.invert(known))


def _number_text(array: pa.Array) -> pa.Array:
    text = pc.utf8_rtrim(pc.utf8_rtrim(array.cast(pa.string()), "0"), ".")
    text = pc.if_else(pc.equal(array, pa.scalar(Decimal(0), NUMBER)), "0", text)
    tiny = pc.fill_null(
        pc.and_(pc.less(pc.abs(array), pa.scalar(_TINY, NUMBER)), pc.not_equal(array, Decimal(0))), fill_value=False
    )
    if not pc.any(tiny).as_py():
        return text
    # Arrow writes these in scientific notation; they are too rare to deserve a kernel of their own.
    exact = [None if v is None else format(v, "f").rstrip("0") for v in array.to_pylist()]
    return pc.if_else(tiny, pa.array(exact, pa.string()), text)


def parse_number(text: pa.Array, *, decimal_comma: bool = False) -> tuple[pa.Array, pa.Array]:
    """Read text as numbers, as people write them: "1,234.50", "¥12", "12元", "(3.20)", full-width digits.

    Returns the numbers (missing where unreadable) and a boolean array of the cells that could not be read.
    """
    if decimal_comma:
        text = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    plain = pc.fill_null(pc.match_substring_regex(text, _PLAIN), fill_value=False)
    missing = pc.is_null(text)
    if pc.all(pc.or_(plain, missing)).as_py():
        return text.cast(NUMBER), pa.repeat(pa.scalar(value=False), len(text))
    loose, readable = _parse_money(pc.if_else(plain, pa.scalar(None, pa.string()), text))
    strict = pc.if_else(plain, text, pa.scalar(None, pa.string())).cast(NUMBER)
    bad = pc.invert(pc.or_(pc.or_(plain, missing), readable))
    return pc.coalesce(strict, loose), bad


def _parse_money(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    normal = pc.utf8_trim_whitespace(pc.utf8_normalize(text, form="NFKC"))
    parts = pc.extract_regex(pc.replace_substring(normal, "−", "-"), _MONEY)
    whole = pc.utf8_ltrim(pc.replace_substring(pc.fill_null(pc.struct_field(parts, "whole"), ""), ",", ""), "0")
    part = pc.utf8_slice_codeunits(pc.fill_null(pc.struct_field(parts, "part"), ""), 0, 30)
    # RE2 gives "" for a group that took no part, so emptiness, not null, says what was there.
    written = {n: pc.fill_null(pc.struct_field(parts, n), "") for n in ("whole", "part", "sign", "late", "open")}
    closed = pc.fill_null(pc.struct_field(parts, "close"), "")
    power_text = pc.fill_null(pc.struct_field(parts, "power"), "")
    power = pc.if_else(pc.equal(power_text, ""), "0", power_text).cast(pa.int64())
    digits = pc.greater(pc.add(pc.utf8_length(written["whole"]), pc.utf8_length(written["part"])), 0)
    fits = pc.and_(
        pc.less_equal(pc.add(pc.utf8_length(whole), pc.max_element_wise(power, 0).cast(pa.int32())), 20),
        pc.greater_equal(power, -20),
    )
    balanced = pc.equal(pc.equal(written["open"], "("), pc.equal(closed, ")"))
    one_sign = pc.or_(pc.equal(written["sign"], ""), pc.equal(written["late"], ""))
    ok = pc.and_(pc.and_(pc.is_valid(parts), digits), pc.and_(pc.and_(fits, balanced), one_sign))
    negative = pc.or_(
        pc.or_(pc.equal(written["sign"], "-"), pc.equal(written["late"], "-")), pc.equal(written["open"], "(")
    )
    spelt = pc.binary_join_element_wise(
        pc.if_else(negative, "-", ""), pc.if_else(pc.equal(whole, ""), "0", whole), ".",
        pc.if_else(pc.equal(part, ""), "0", part), "E", power.cast(pa.string()), "",
    )  # fmt: skip
    exact = pc.if_else(ok, spelt, pa.scalar(None, pa.string())).cast(pa.decimal256(60, 30))
    return _narrow(pc.round(exact, 10, "half_towards_infinity")), ok


def _narrow(wide: pa.Array) -> pa.Array:
    fits = pc.less(pc.abs(wide), pa.scalar(NUMBER_BOUND, pa.decimal256(40, 0)))
    return pc.if_else(fits, wide, pa.scalar(None, wide.type)).cast(NUMBER, safe=False)


def bounded(
    wide: pa.Array, evaluation: Evaluation, active: pa.Array | None, origin: tuple[str, pa.Array | None]
) -> pa.Array:
    """Round a decimal256 column to the language's numbers, noting those that are too large."""
    rounded = pc.round(wide, 10, "half_towards_infinity")
    narrow = _narrow(rounded)
    evaluation.note(pc.and_(pc.is_valid(wide), pc.is_null(narrow)), active, origin, "too_large")
    return narrow


def widen(array: pa.Array) -> pa.Array:
    """Return numbers with room for a product or quotient."""
    return array.cast(WIDE)


def load(array: pa.Array, *, zone: str, trim: bool, missing: tuple[str, ...]) -> Value:
    """Return a source column as a value of the language.

    zone: of timestamps without one. missing: texts that mean no value. Raises: pa.ArrowInvalid never;
    TypeError for column types that no expression can use (lists, structs, bytes).
    """
    kind = arrow_kind(array.type)
    if kind == "text":
        text = array.cast(pa.string())
        if trim:
            text = pc.utf8_trim_whitespace(text)
        absent = pc.is_in(text, value_set=pa.array(missing, pa.string()))
        return Value("text", pc.if_else(absent, pa.scalar(None, pa.string()), text))
    if kind == "time":
        return Value("time", _load_time(array, zone))
    if kind == "number":
        return Value("number", _load_number(array))
    return Value(kind, array)


def arrow_kind(kind: pa.DataType) -> ValueKind:
    """Return the kind of the language that a column type becomes. Raises TypeError if there is none."""
    types = pa.types
    if types.is_dictionary(kind):
        return arrow_kind(kind.value_type)
    if types.is_string(kind) or types.is_large_string(kind):
        return "text"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_boolean(kind):
        return "bool"
    if types.is_timestamp(kind) or types.is_date(kind):
        return "time"
    if types.is_null(kind):
        return "null"
    raise TypeError(str(kind))


def _load_time(array: pa.Array, zone: str) -> pa.Array:
    if pa.types.is_timestamp(array.type) and array.type.tz is not None:
        return array.cast(TIME, safe=False)
    return to_utc(array.cast(pa.timestamp("us"), safe=False), zone)


def _load_number(array: pa.Array) -> pa.Array:
    if pa.types.is_integer(array.type):
        return array.cast(NUMBER)
    if pa.types.is_decimal(array.type):
        return _narrow(pc.round(array.cast(pa.decimal256(60, 30), safe=False), 10, "half_towards_infinity"))
    # The shortest decimal of a float is what its writer meant: 2.55, not 2.54999999999999982.
    finite = pc.if_else(pc.is_finite(array), array, pa.scalar(None, array.type))
    numbers, _ = parse_number(finite.cast(pa.string()))
    return numbers
