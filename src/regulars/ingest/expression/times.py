"""Text to instants over whole columns."""

from __future__ import annotations

import functools
import re

import pyarrow as pa

from regulars.ingest.expression.kernels import pc
from regulars.ingest.expression.values import TIME
from regulars.ingest.expression.zones import to_utc

_CLOCK = r"(?P<H>[0-9]{1,2}):(?P<M>[0-9]{1,2})(?::(?P<S>[0-9]{1,2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
_ZONE = r"(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})"
_CN_CLOCK = r"(?P<H>[0-9]{1,2})[时点](?:(?P<M>[0-9]{1,2})分(?:(?P<S>[0-9]{1,2})秒)?)?"
GENERAL = (
    rf"^(?P<Y>[0-9]{{4}})[-/.](?P<m>[0-9]{{1,2}})[-/.](?P<d>[0-9]{{1,2}})(?:(?:T| +){_CLOCK})?\s*{_ZONE}?$",
    rf"^(?P<Y>[0-9]{{4}})年(?P<m>[0-9]{{1,2}})月(?P<d>[0-9]{{1,2}})日?(?:\s*{_CLOCK})?$",
    rf"^(?P<Y>[0-9]{{4}})年(?P<m>[0-9]{{1,2}})月(?P<d>[0-9]{{1,2}})日?\s*{_CN_CLOCK}$",
    r"^(?P<Y>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?:(?P<H>[0-9]{2})(?P<M>[0-9]{2})(?P<S>[0-9]{2}))?$",
)
"""Shapes read without being told: year first, so that nothing is ambiguous."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIRECTIVES = {
    "Y": r"(?P<Y>[0-9]{4})", "y": r"(?P<y>[0-9]{2})", "m": r"(?P<m>[0-9]{1,2})", "d": r"(?P<d>[0-9]{1,2})",
    "H": r"(?P<H>[0-9]{1,2})", "I": r"(?P<I>[0-9]{1,2})", "M": r"(?P<M>[0-9]{1,2})", "S": r"(?P<S>[0-9]{1,2})",
    "f": r"(?P<f>[0-9]{1,9})", "p": r"(?P<p>[AaPp]\.?[Mm]\.?|上午|下午)", "b": r"(?P<b>[A-Za-z]{3})",
    "B": r"(?P<b>[A-Za-z]{3})[a-z]*", "z": _ZONE, "%": "%",
}  # fmt: skip
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}


def parse_time(text: pa.Array, formats: tuple[str, ...], zone: str) -> tuple[pa.Array, pa.Array]:
    """Read text as instants. formats: strptime-like, tried in order; none = the general shapes.

    Returns timestamps in UTC (missing where unreadable) and a boolean array of cells that could not be read.
    Dates without a time are midnight in the zone; days that do not exist are unreadable.
    """
    left = text
    found = pa.nulls(len(text), TIME)
    patterns = [_pattern(f) for f in formats] or list(GENERAL)
    for pattern in patterns:
        if left.null_count == len(left):
            break
        at = _micros(left, pattern, zone)
        found = pc.coalesce(found, at)
        left = pc.if_else(pc.is_valid(at), pa.scalar(None, pa.string()), left)
    return found, pc.and_(pc.is_valid(text), pc.is_null(found))


def check_format(time_format: str) -> str:
    """Return what is wrong with a format, or "" if nothing is."""
    if time_format in EPOCHS:
        return ""
    names = re.findall(r"%(.?)", time_format)
    unknown = [n for n in names if n not in _DIRECTIVES]
    if unknown:
        return f"%{unknown[0]} is not known; use {' '.join('%' + d for d in _DIRECTIVES if d != '%')}"
    present = set(names)
    if not {"d"} <= present or not present & {"Y", "y"} or not present & {"m", "b", "B"}:
        return "it must hold a year, a month and a day"
    doubled = [n for n in present - {"%"} if names.count(n) > 1] or ({"Y", "y"} <= present) or ({"b", "B"} <= present)
    return "a part occurs twice" if doubled or ({"m", "b"} <= present) else ""


@functools.lru_cache(maxsize=256)
def _pattern(time_format: str) -> str:
    pieces = re.split(r"(%.)", time_format)
    body = "".join(_DIRECTIVES[p[1]] if p.startswith("%") else re.escape(p) for p in pieces if p)
    return f"^{body}$"


def _micros(text: pa.Array, pattern: str, zone: str) -> pa.Array:
    struct = pc.extract_regex(text, pattern)
    parts = {f.name: pc.struct_field(struct, f.name) for f in struct.type}
    year, month, day = _year(parts), _month(parts), _number(parts, "d")
    hour, minute, second = _hour(parts), _number(parts, "M"), _number(parts, "S")
    ok = pc.and_(_is_day(year, month, day), pc.and_(_within(hour, 0, 23), _within(minute, 0, 59)))
    ok = pc.and_(ok, _within(second, 0, 59))
    seconds = pc.add(pc.multiply(pc.add(pc.multiply(_days(year, month, day), 24), hour), 60), minute)
    seconds = pc.add(pc.multiply(seconds, 60), second)
    micros = pc.add(pc.multiply(seconds, 1_000_000), _fraction(parts))
    # A row that does not match has null parts, hence null micros.
    micros = pc.if_else(pc.fill_null(ok, fill_value=False), micros, pa.scalar(None, pa.int64()))
    local = to_utc(micros.cast(pa.timestamp("us")), zone)
    if "z" not in parts:
        return local
    stated, offset = _offset(parts["z"])
    return pc.if_else(stated, pc.subtract(micros, offset).cast(TIME), local)


def _number(parts: dict[str, pa.Array], name: str) -> pa.Array:
    """Return a part as int64; 0 where the part is absent, null where the row did not match."""
    if name not in parts:
        first = next(iter(parts.values()))
        return pc.if_else(pc.is_valid(first), 0, pa.scalar(None, pa.int64())).cast(pa.int64())
    text = parts[name]
    return pc.if_else(pc.equal(text, ""), "0", text).cast(pa.int64())


def _year(parts: dict[str, pa.Array]) -> pa.Array:
    if "Y" in parts:
        return _number(parts, "Y")
    short = _number(parts, "y")
    return pc.add(short, pc.if_else(pc.less(short, 70), 2000, 1900))


def _month(parts: dict[str, pa.Array]) -> pa.Array:
    if "m" in parts:
        return _number(parts, "m")
    index = pc.index_in(pc.utf8_lower(parts["b"]), value_set=pa.array(_MONTHS, pa.string()))
    return pc.add(index.cast(pa.int64()), 1)


def _hour(parts: dict[str, pa.Array]) -> pa.Array:
    if "I" not in parts:
        hour = _number(parts, "H")
        if "p" not in parts:
            return hour
    else:
        hour = _number(parts, "I")
    marker = pc.utf8_lower(pc.utf8_slice_codeunits(parts["p"], 0, 2)) if "p" in parts else None
    if marker is None:
        return hour
    afternoon = pc.or_(pc.starts_with(marker, "p"), pc.equal(marker, "下午"))
    twelve = pc.if_else(pc.equal(hour, 12), 0, hour)
    shifted = pc.if_else(afternoon, pc.add(twelve, 12), twelve)
    # 13:00 PM is written by careless exports; the hour already says it.
    return pc.if_else(pc.greater(hour, 12), hour, shifted)


def _fraction(parts: dict[str, pa.Array]) -> pa.Array:
    if "f" not in parts:
        return _number(parts, "f")
    padded = pc.utf8_rpad(pc.utf8_slice_codeunits(parts["f"], 0, 6), 6, "0")
    return padded.cast(pa.int64())


def _offset(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    stated = pc.fill_null(pc.not_equal(text, ""), fill_value=False)
    digits = pc.replace_substring(pc.if_else(pc.or_(pc.equal(text, ""), pc.equal(text, "Z")), "+0000", text), ":", "")
    hours = pc.utf8_slice_codeunits(digits, 1, 3).cast(pa.int64())
    minutes = pc.utf8_slice_codeunits(digits, 3, 5).cast(pa.int64())
    size = pc.multiply(pc.add(pc.multiply(hours, 60), minutes), 60_000_000)
    return stated, pc.if_else(pc.starts_with(digits, "-"), pc.negate(size), size)


def _within(number: pa.Array, low: int, high: int) -> pa.Array:
    return pc.and_(pc.greater_equal(number, low), pc.less_equal(number, high))


def _is_day(year: pa.Array, month: pa.Array, day: pa.Array) -> pa.Array:
    def divides(by: int) -> pa.Array:
        return pc.equal(pc.multiply(pc.divide(year, by), by), year)

    leap = pc.and_(divides(4), pc.or_(pc.invert(divides(100)), divides(400)))
    short = pc.is_in(month, value_set=pa.array([4, 6, 9, 11], pa.int64()))
    last = pc.if_else(pc.equal(month, 2), pc.if_else(leap, 29, 28), pc.if_else(short, 30, 31))
    return pc.and_(
        pc.and_(_within(month, 1, 12), _within(year, 1000, 9999)),
        pc.and_(pc.greater_equal(day, 1), pc.less_equal(day, last)),
    )


def _days(year: pa.Array, month: pa.Array, day: pa.Array) -> pa.Array:
    """Return days since 1970-01-01. Source: H. Hinnant, chrono-compatible low-level date algorithms."""
    early = pc.less_equal(month, 2)
    y = pc.subtract(year, pc.if_else(early, 1, 0))
    era = pc.divide(y, 400)
    of_era = pc.subtract(y, pc.multiply(era, 400))
    moved = pc.add(month, pc.if_else(early, 9, -3))
    of_year = pc.add(pc.divide(pc.add(pc.multiply(moved, 153), 2), 5), pc.subtract(day, 1))
    leap_days = pc.subtract(pc.divide(of_era, 4), pc.divide(of_era, 100))
    of_cycle = pc.add(pc.add(pc.multiply(of_era, 365), leap_days), of_year)
    return pc.subtract(pc.add(pc.multiply(era, 146_097), of_cycle), 719_468)
