"""Make the people of a scale: slice by slice, resumable, then everything derived through the product's own door."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from regulars.app.boot import House
from regulars.core.errors import Unavailable
from regulars.profiles import api as profiles
from regulars.workspace import api as workspace
from regulars_bench.contract import Setup
from regulars_bench.generate import world
from regulars_bench.generate.sql_events import JOINS, MESSAGES, VISITS
from regulars_bench.generate.sql_orders import ORDER_LINES
from regulars_bench.generate.sql_people import ALIASES, ATTRIBUTES, COUNTS, RELOAD, SETTLE, STORE_PLACES
from regulars_bench.generate.world import Period, Size

ROWS_AT_ONCE = 1_000_000
"""About as many rows a statement writes: one part of the table each, and bounded memory."""

EVENT_BYTES = 110
"""Disk a generated event takes, room for merges of parts included; decides how many `max` makes."""

LEFT_FREE = 8 << 30
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """One statement. kind: what it makes; name: tells it from all others, and from itself made before."""

    name: str
    kind: str
    sql: str
    parameters: dict[str, Any]
    rows: int


class Manifest:
    """What a home holds: seed, size, the steps made, and counts at the end. Written after every step."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "manifest.json"
        self.content: dict[str, Any] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def write(self, **changes: Any) -> None:  # noqa: ANN401 - JSON
        """Change and keep it."""
        self.content |= changes
        aside = self._path.with_suffix(".tmp")
        aside.write_text(json.dumps(self.content, indent=1))
        os.replace(aside, self._path)


def folder_of(setup: Setup) -> Path:
    """Return the folder of the scale's people: a home of the product, which `regulars serve` can serve."""
    return setup.home / f"people-{setup.scale}"


def ensure(house: House, setup: Setup) -> dict[str, int]:
    """Make the people of the scale unless they are there; return counts: people, events, orders, lines ...

    Business time of the house is frozen. Raises Unavailable when the disk has no room.
    """
    manifest = Manifest(folder_of(setup))
    if "counts" not in manifest.content:
        _make(house, setup, manifest)
    return manifest.content["counts"]


def _make(house: House, setup: Setup, manifest: Manifest) -> None:
    if "size" not in manifest.content:
        manifest.write(scale=setup.scale, seed=world.SEED, size=asdict(_size(setup)), done=[])
    size = Size(**manifest.content["size"])
    with house.ctx() as ctx:
        for brand in world.BRANDS:
            workspace.add_brand(ctx, brand)
        workspace.freeze(ctx, world.noon())
    _write_facts(house, size, setup.say, manifest)
    house.lake.command(RELOAD)
    begun = perf_counter()
    with house.ctx() as ctx:
        profiles.rebuild(ctx, None, _told(setup.say))
    setup.say(f"Everything derived in {perf_counter() - begun:.0f} s.")
    with house.db.autocommit() as connection:
        connection.execute(SETTLE)
    counts = house.lake.rows(COUNTS)[0]
    manifest.write(counts={"people": size.people, **{key: int(n) for key, n in counts.items()}})


def _size(setup: Setup) -> Size:
    size = world.SIZES[setup.scale]
    if setup.scale != "max":
        return size
    room = (shutil.disk_usage(setup.home).free - LEFT_FREE) // EVENT_BYTES
    if room < world.SIZES["10m"].events:
        raise Unavailable("The disk has no room for more events than scale 10m has.", "Use --scale 10m.")
    return replace(size, events=min(size.events, room // 1_000_000 * 1_000_000))


def _told(say: Callable[[str], None]) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        if done == total or done % max(1, total // 10) == 0:
            say(f"  derived {done} of {total} steps")

    return tell


# --- facts ------------------------------------------------------------------------------------------------
def _write_facts(house: House, size: Size, say: Callable[[str], None], manifest: Manifest) -> None:
    done: list[str] = manifest.content["done"]
    todo = [step for step in steps(size) if step.name not in done]
    total, written, begun = sum(step.rows for step in todo), 0, perf_counter()
    told = begun

    def write(step: Step) -> Step:
        house.lake.command(step.sql, step.parameters, token=step.name)
        return step

    # Two at a time: while one sorts and writes its part, the other draws.
    with ThreadPoolExecutor(2) as pool:
        for step in pool.map(write, todo):
            written += step.rows
            done.append(step.name)
            manifest.write(done=done)
            if perf_counter() - told > 10 or written == total:
                told = perf_counter()
                rate = written / (told - begun)
                say(f"  {step.name}: {written:,} of {total:,} rows, {rate:,.0f} rows/s")


def steps(size: Size) -> Iterator[Step]:
    """Yield all statements in order; the same ones for the same size."""
    shared = _shared(size)
    at_once = size.events < ROWS_AT_ONCE
    yield from _sliced("aliases", ALIASES, shared, (0, size.anonymous), 1)
    yield from _sliced("attributes", ATTRIBUTES, shared, (0, size.known), 5)
    yield from _sliced("joins", JOINS, shared, (0, size.known), 1)
    for number, period in enumerate(world.periods(at_once=at_once)):
        yield from _period(f"{number:02d}", period, size, shared)


def _period(name: str, period: Period, size: Size, shared: dict[str, Any]) -> Iterator[Step]:
    visits, orders = period.numbers(size.sessions), period.numbers(size.orders)
    own = shared | {
        "days": list(period.days),
        "first_campaign": period.campaigns[0],
        "campaigns": period.campaigns[1],
        "first_visit": visits[0],
        "period_visits": visits[1] - visits[0],
        "first_order": orders[0],
        "period_orders": orders[1] - orders[0],
    }
    yield from _sliced(f"visits {name}", VISITS, own, visits, 10)
    yield from _sliced(f"messages {name}", MESSAGES, own, period.numbers(size.messages), 2)
    yield from _sliced(f"orders {name}", ORDER_LINES, own, orders, 3)


def _sliced(name: str, sql: str, shared: dict[str, Any], numbers: tuple[int, int], rows_each: int) -> Iterator[Step]:
    width = ROWS_AT_ONCE // rows_each
    for low in range(numbers[0], numbers[1], width):
        count = min(width, numbers[1] - low)
        bound = {key: value for key, value in shared.items() if f"{{{key}:" in sql} | {"low": low, "count": count}
        yield Step(f"{name} {low}", name.split()[0], sql, bound, count * rows_each)


def _shared(size: Size) -> dict[str, Any]:
    return {
        "seed": world.SEED,
        "known": size.known,
        "anonymous": size.anonymous,
        "visits": size.sessions,
        "last_day": (world.TODAY - _EPOCH).days - 1,
        "plays": world.PLAYS,
        "channels": list(world.CHANNELS),
        "sale_days": [(day - _EPOCH).days for day in world.sale_days()],
        **places(),
    }


def places() -> dict[str, Any]:
    """Return the parameters that tell of brands, shops, stores, goods and provinces."""
    names, weights, latitudes, longitudes = zip(*world.PROVINCES, strict=True)
    return {
        "seed": world.SEED,
        "brand_lookup": world.drawn(world.BRAND_SHARES, 100),
        "shops": [shop for shops in world.SHOPS for shop in shops],
        "shop_starts": [1 + start for start in world.starts([len(shops) for shops in world.SHOPS])],
        "shop_counts": [len(shops) for shops in world.SHOPS],
        "store_starts": [1 + start for start in world.starts(world.STORES)],
        "store_counts": list(world.STORES),
        "item_starts": world.starts(world.ITEMS),
        "item_counts": list(world.ITEMS),
        "categories": list(world.CATEGORIES),
        "provinces": list(names),
        "province_lookup": world.drawn(weights, 512),
        "latitudes": list(latitudes),
        "longitudes": list(longitudes),
    }


def store_places(house: House) -> list[tuple[int, int]]:
    """Return latitude and longitude of each store, in 0.01 degree."""
    bound = {key: value for key, value in places().items() if f"{{{key}:" in STORE_PLACES}
    rows = house.lake.rows(STORE_PLACES, bound | {"stores": sum(world.STORES)})
    return [(row["latitude"], row["longitude"]) for row in rows]
