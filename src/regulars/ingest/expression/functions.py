"""The functions and operators of the language, each one a few Arrow kernels."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa

from regulars.core.text import Text
from regulars.ingest.expression.casts import as_text, bounded, parse_number, widen
from regulars.ingest.expression.kernels import pc
from regulars.ingest.expression.times import EPOCHS, check_format, parse_time
from regulars.ingest.expression.values import NUMBER, TIME, Evaluation, Value, ValueKind

Param = Literal["text", "number", "bool", "time", "any", "const_text", "const_count", "const_pattern", "const_format"]
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a function runs: the batch, the rows that matter, how the call is written, its cells as text."""

    evaluation: Evaluation
    active: pa.Array | None
    label: str
    shown: pa.Array | None = None

    def note(self, where: pa.Array, code: str) -> None:
        """Record bad cells of this call."""
        self.evaluation.note(where, self.active, (self.label, self.shown), code)


@dataclass(frozen=True, slots=True)
class Function:
    """One function. params: kinds of the arguments; the last repeats when `many`; `least` are required."""

    name: str
    params: tuple[Param, ...]
    result: ValueKind
    run: Callable[..., pa.Array]
    doc: Text
    least: int
    many: bool = False


FUNCTIONS: dict[str, Function] = {}
LAZY = frozenset({"if", "coalesce", "and", "or"})
"""Evaluated by the evaluator itself: cells of a branch not taken are never at fault."""


def _define(signature: str, params: tuple[Param, ...], result: ValueKind, zh: str, en: str) -> Callable[..., Any]:
    def register(run: Callable[..., pa.Array]) -> Callable[..., pa.Array]:
        name, _, rest = signature.partition(" ")
        least = len(params) - rest.count("?")
        FUNCTIONS[name] = Function(name, params, result, run, Text(zh, en), least, many="*" in rest)
        return run

    return register


def _truth(array: pa.Array) -> pa.Array:
    """A missing value makes any comparison false."""
    return pc.fill_null(array, fill_value=False)


@_define("+", ("number", "number"), "number", "加", "sum")
def _add(place: Place, a: pa.Array, b: pa.Array) -> pa.Array:
    return bounded(pc.add(widen(a), widen(b)), place.evaluation, place.active, (place.label, None))


@_define("-", ("number", "number"), "number", "减", "difference")
def _subtract(place: Place, a: pa.Array, b: pa.Array) -> pa.Array:
    return bounded(pc.subtract(widen(a), widen(b)), place.evaluation, place.active, (place.label, None))


@_define("*", ("number", "number"), "number", "乘", "product")
def _multiply(place: Place, a: pa.Array, b: pa.Array) -> pa.Array:
    return bounded(pc.multiply(widen(a), widen(b)), place.evaluation, place.active, (place.label, None))


@_define("/", ("number", "number"), "number", "除；除数为 0 是错误", "quotient; dividing by 0 is an error in the row")
def _divide(place: Place, a: pa.Array, b: pa.Array) -> pa.Array:
    zero = pc.fill_null(pc.equal(b, pa.scalar(_ZERO, NUMBER)), fill_value=False)
    place.note(zero, "divided_by_zero")
    divisor = pc.if_else(zero, pa.scalar(None, NUMBER), b)
    return bounded(pc.divide(widen(a), widen(divisor)), place.evaluation, place.active, (place.label, None))


@_define("negate", ("number",), "number", "取负", "the number with the other sign")
def _negate(_place: Place, a: pa.Array) -> pa.Array:
    return pc.negate(a)


@_define("abs", ("number",), "number", "绝对值", "the size of the number")
def _abs(_place: Place, a: pa.Array) -> pa.Array:
    return pc.abs(a)


@_define(
    "round ?", ("number", "const_count"), "number", "四舍五入到 n 位小数", "rounded to n places, halves away from 0"
)
def _round(_place: Place, a: pa.Array, places: int = 0) -> pa.Array:
    return pc.round(a, places, "half_towards_infinity") if places < NUMBER.scale else a


def _compare(name: str, kernel: Callable[..., pa.Array]) -> None:
    def run(_place: Place, a: pa.Array, b: pa.Array) -> pa.Array:
        return _truth(kernel(a, b))

    _define(name, ("any", "any"), "bool", "比较", "comparison; false when a side is missing")(run)


for _name, _kernel in (
    ("==", pc.equal), ("!=", pc.not_equal), ("<", pc.less), ("<=", pc.less_equal), (">", pc.greater),
    (">=", pc.greater_equal),
):  # fmt: skip
    _compare(_name, _kernel)


@_define("in", ("any",), "bool", "属于列表", "is one of the list")
def _in(_place: Place, a: pa.Array, choices: pa.Array) -> pa.Array:
    return pc.is_in(a, value_set=choices)


@_define("not_in", ("any",), "bool", "不属于列表", "is known and none of the list")
def _not_in(_place: Place, a: pa.Array, choices: pa.Array) -> pa.Array:
    return pc.and_(pc.is_valid(a), pc.invert(pc.is_in(a, value_set=choices)))


@_define("not", ("bool",), "bool", "非", "the opposite")
def _not(_place: Place, a: pa.Array) -> pa.Array:
    return pc.invert(_truth(a))


@_define("is_null", ("any",), "bool", "是否为空", "whether the value is missing")
def _is_null(_place: Place, a: pa.Array) -> pa.Array:
    return pc.is_null(a)


@_define("lower", ("text",), "text", "转小写", "in small letters")
def _lower(_place: Place, a: pa.Array) -> pa.Array:
    return pc.utf8_lower(a)


@_define("upper", ("text",), "text", "转大写", "in capital letters")
def _upper(_place: Place, a: pa.Array) -> pa.Array:
    return pc.utf8_upper(a)


@_define("trim", ("text",), "text", "去掉首尾空白", "without spaces at both ends")
def _trim(_place: Place, a: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(a)


@_define("starts_with", ("text", "const_text"), "bool", "以…开头", "begins with the text")
def _starts_with(_place: Place, a: pa.Array, piece: str) -> pa.Array:
    return _truth(pc.starts_with(a, piece))


@_define("ends_with", ("text", "const_text"), "bool", "以…结尾", "ends with the text")
def _ends_with(_place: Place, a: pa.Array, piece: str) -> pa.Array:
    return _truth(pc.ends_with(a, piece))


@_define("contains", ("text", "const_text"), "bool", "包含", "holds the text")
def _contains(_place: Place, a: pa.Array, piece: str) -> pa.Array:
    return _truth(pc.match_substring(a, piece))


@_define("matches", ("text", "const_pattern"), "bool", "匹配正则（RE2）", "matches the regular expression (RE2)")
def _matches(_place: Place, a: pa.Array, pattern: str) -> pa.Array:
    return _truth(pc.match_substring_regex(a, pattern))


@_define("left", ("text", "const_count"), "text", "左边 n 个字", "the first n characters")
def _left(_place: Place, a: pa.Array, size: int) -> pa.Array:
    return pc.utf8_slice_codeunits(a, 0, size)


@_define("right", ("text", "const_count"), "text", "右边 n 个字", "the last n characters")
def _right(_place: Place, a: pa.Array, size: int) -> pa.Array:
    return pc.utf8_slice_codeunits(a, -size) if size else pc.if_else(pc.is_valid(a), "", a)


@_define(
    "substr ?",
    ("text", "const_count", "const_count"),
    "text",
    "从第 n 个字（0 起）取 m 个",
    "m from the n-th (0 first)",
)
def _substr(_place: Place, a: pa.Array, start: int, size: int | None = None) -> pa.Array:
    return pc.utf8_slice_codeunits(a, start, None if size is None else start + size)


@_define("concat *", ("text",), "text", "连接；空值当作空文本", "joined; a missing value counts as empty text")
def _concat(_place: Place, *parts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*(pc.fill_null(p, "") for p in parts), "")


@_define("replace", ("text", "const_text", "const_text"), "text", "替换", "with every piece replaced")
def _replace(_place: Place, a: pa.Array, piece: str, by: str) -> pa.Array:
    return pc.replace_substring(a, piece, by) if piece else a


@_define("length", ("text",), "number", "字数", "how many characters")
def _length(_place: Place, a: pa.Array) -> pa.Array:
    return pc.utf8_length(a).cast(NUMBER)


@_define("to_text", ("text",), "text", "转为文本", "as text")
def _to_text(_place: Place, a: pa.Array) -> pa.Array:
    return a


@_define("to_decimal", ("number",), "number", "转为数字", "as a number")
def _to_decimal(_place: Place, a: pa.Array) -> pa.Array:
    return a


@_define(
    "to_int", ("number",), "number", "转为整数；有小数是错误", "as a whole number; a fraction is an error in the row"
)
def _to_int(place: Place, a: pa.Array) -> pa.Array:
    whole = pc.equal(pc.round(a, 0, "towards_zero"), a)
    place.note(pc.invert(pc.fill_null(whole, fill_value=True)), "not_whole")
    return pc.if_else(whole, a, pa.scalar(None, NUMBER))


@_define(
    "to_time ?", ("any", "const_format"), "time", "按格式转为时间", "as a time, by a format such as %d/%m/%Y %H:%M"
)
def _to_time(place: Place, a: pa.Array, time_format: str = "") -> pa.Array:
    if a.type == TIME:
        return a
    if time_format in EPOCHS:
        numbers = a if a.type == NUMBER else parse_number(a.cast(pa.string()))[0]
        out = _from_epoch(numbers, EPOCHS[time_format])
    else:
        text = as_text(Value("number", a)) if a.type == NUMBER else a.cast(pa.string())
        out, _ = parse_time(text, (time_format,) if time_format else (), place.evaluation.zone)
    place.note(pc.and_(pc.is_valid(a), pc.is_null(out)), "not_time")
    return out


def _from_epoch(numbers: pa.Array, factor: int) -> pa.Array:
    micros = pc.multiply(widen(numbers), pa.scalar(Decimal(factor), pa.decimal256(7, 0)))
    inside = pc.less(pc.abs(micros), pa.scalar(Decimal(10) ** 17, pa.decimal256(18, 0)))
    safe = pc.if_else(inside, micros, pa.scalar(None, micros.type))
    return pc.round(safe, 0).cast(pa.int64(), safe=False).cast(TIME)


def check_constant(param: Param, value: object) -> str:
    """Return what is wrong with a constant argument, or "" if nothing is."""
    if param == "const_count":
        ok = isinstance(value, Decimal) and value == int(value) and 0 <= value <= 10_000
        return "" if ok else "needs a whole number from 0 to 10000 here"
    if not isinstance(value, str):
        return "needs a text in quotes here"
    if param == "const_format":
        return check_format(value)
    if param == "const_pattern":
        return _check_pattern(value)
    return ""


def _check_pattern(pattern: str) -> str:
    try:
        pc.match_substring_regex(pa.array([""], pa.string()), pattern)
    except (pa.ArrowInvalid, re.error) as error:
        return f"has a bad regular expression: {error}"
    return ""
