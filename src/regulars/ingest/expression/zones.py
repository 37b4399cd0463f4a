"""Local times and instants over whole columns, by the same zone rules as `core.clock`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from regulars.ingest.expression.kernels import pc
from regulars.ingest.expression.values import TIME

_QUARTER_US = 15 * 60 * 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times have no zone yet
_FIRST_US = -62_135_596_800_000_000  # 0001-01-01, and 9999-12-31: what datetime can hold
_LAST_US = 253_402_300_799_000_000
_DAY_US = 86_400_000_000


def to_utc(local: pa.Array, zone: str) -> pa.Array:
    """Return the instants of local times. local: timestamp[us] without zone.

    A time that occurs twice (clocks going back) is its first; one that never occurs moves on by the gap.
    """
    return _shift(local.cast(pa.int64()), zone, from_local=True).cast(TIME)


def business_days(at: pa.Array, zone: str) -> pa.Array:
    """Return the calendar days (date32) of instants (timestamp[us, UTC]) in a zone."""
    return _shift(at.cast(pa.int64()), zone, from_local=False).cast(pa.timestamp("us")).cast(pa.date32(), safe=False)


def _shift(micros: pa.Array, zone: str, *, from_local: bool) -> pa.Array:
    # Offsets change on quarters of an hour, so each distinct quarter is looked up once in Python's zone
    # rules; that needs no time zone files of the operating system, as Arrow's own kernels would.
    inside = pc.and_(pc.greater_equal(micros, _FIRST_US + _DAY_US), pc.less_equal(micros, _LAST_US - _DAY_US))
    usable = pc.if_else(inside, micros, pa.scalar(None, pa.int64()))
    quarters = pc.floor(pc.divide(usable.cast(pa.float64(), safe=False), float(_QUARTER_US))).cast(pa.int64())
    encoded = quarters.dictionary_encode()
    info = ZoneInfo(zone)
    offsets = [_offset_us(int(q) * _QUARTER_US, info, from_local=from_local) for q in encoded.dictionary.to_pylist()]
    offset = pa.array(offsets, pa.int64()).take(encoded.indices)
    return pc.subtract(usable, offset) if from_local else pc.add(usable, offset)


def _offset_us(micros: int, zone: ZoneInfo, *, from_local: bool) -> int:
    at = _EPOCH + timedelta(microseconds=micros)
    aware = at.replace(tzinfo=zone) if from_local else at.replace(tzinfo=UTC).astimezone(zone)
    offset = aware.utcoffset() or timedelta(0)
    return round(offset.total_seconds() * 1_000_000)
