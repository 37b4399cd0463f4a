"""Coarse places: cells of 0.01 degree, written "lat,lon", and which of them lie around a point."""

from __future__ import annotations

from functools import lru_cache
from math import asin, ceil, cos, floor, pi, radians, sin, sqrt

EARTH_KM = 6371.0088
"""Mean radius. Source: IUGG, R1 of the WGS 84 ellipsoid."""

_KM_PER_CELL = EARTH_KM * pi / 18_000
_HALF_TURN = 18_000


def cell_of(lat: float, lon: float) -> str:
    """Return the cell of a point in degrees: both rounded to 0.01 and written with two decimals ("30.27,120.15")."""
    return f"{_degrees(round(lat * 100))},{_degrees(round(lon * 100))}"


def read_cell(written: str) -> str:
    """Return the cell of a point written "latitude,longitude" in degrees. Raises ValueError when it is none."""
    lat, lon = (float(part) for part in written.split(","))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{written!r} is no latitude and longitude.")
    return cell_of(lat, lon)


def _degrees(hundredths: int) -> str:
    return f"{'-' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}"


@lru_cache(maxsize=256)
def runs_within(lat: float, lon: float, km: int) -> tuple[tuple[int, int, int], ...]:
    """Return the cells whose centre lies within `km` of the point, as (latitude, first, last longitude) runs.

    All in hundredths of a degree, longitudes from -18000 to 18000 (both ends are the same meridian, and both are
    given). lat: -80 to 80. Source: great-circle distance by the haversine formula, on a sphere of EARTH_KM.
    """
    runs: list[tuple[int, int, int]] = []
    middle, reach = round(lat * 100), ceil(km / _KM_PER_CELL) + 1
    for row in range(middle - reach, middle + reach + 1):
        half = _half_width(lat, row / 100, km)
        if half is not None:
            first, last = ceil((lon - half) * 100), floor((lon + half) * 100)
            runs += [(row, *run) for run in _wrapped(first, last)]
    return tuple(runs)


def _half_width(lat: float, row_lat: float, km: int) -> float | None:
    """Degrees of longitude within which a parallel is within reach; None when it never is."""
    one, other = radians(lat), radians(row_lat)
    rest = sin(km / (2 * EARTH_KM)) ** 2 - sin((one - other) / 2) ** 2
    if rest < 0:
        return None
    return 2 * asin(sqrt(rest / (cos(one) * cos(other)))) * 180 / pi


def _wrapped(first: int, last: int) -> list[tuple[int, int]]:
    """Runs across the meridian of 180 degrees continue on its other side; empty runs are none."""
    turn = 2 * _HALF_TURN
    pieces = [(max(first + by, -_HALF_TURN), min(last + by, _HALF_TURN)) for by in (-turn, 0, turn)]
    return [(low, high) for low, high in pieces if low <= high]


@lru_cache(maxsize=256)
def cells_within(lat: float, lon: float, km: int) -> frozenset[str]:
    """Return the cells of `runs_within` as they are written."""
    return frozenset(
        f"{_degrees(row)},{_degrees(column)}"
        for row, first, last in runs_within(lat, lon, km)
        for column in range(first, last + 1)
    )
