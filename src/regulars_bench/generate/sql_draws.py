"""SQL by which a row's values are drawn: hashes of the row's number and the seed, the same on every machine."""

from __future__ import annotations

from zlib import crc32

ZONE_S = 28_800
"""Asia/Shanghai is eight hours ahead, without summer time."""


def draw(number: str, what: str) -> str:
    """SQL for a UInt64 drawn for a row and a purpose."""
    return f"cityHash64({{seed:UInt64}}, toUInt64({number}), {crc32(what.encode()) & 0xFFFF})"


def even(number: str, what: str) -> str:
    """SQL for a number drawn evenly from [0, 1)."""
    return f"(toFloat64(bitShiftRight({draw(number, what)}, 11)) / 9007199254740992)"


def known_person(number: str, what: str, *, heavy: bool = False) -> str:
    """SQL for a known person's uid: a few very often, most seldom (Zipf with a rounded top).

    heavy: the few even more, as with visits. The multiplication spreads the ranks over all numbers.
    """
    u = even(number, what)
    bend = (0.03, 3, 0.000027, 1.0927) if heavy else (0.05, 2.5, 0.000559, 1.12913)
    rank = f"(pow({u} + {bend[0]}, {bend[1]}) - {bend[2]}) / {bend[3]}"
    return f"toUInt32(1 + (toUInt64(greatest({rank}, 0) * {{known:UInt64}}) * 2654435761) % {{known:UInt64}})"


def home_brand() -> str:
    """SQL for the brand a suid is mostly with."""
    return f"{{brand_lookup:Array(UInt8)}}[1 + {draw('suid', 'brand')} % 100]"


def brand(number: str) -> str:
    """SQL for the brand of something a suid does: mostly its own."""
    stray = f"{{brand_lookup:Array(UInt8)}}[1 + {draw(number, 'stray brand')} % 100]"
    return f"toUInt16(if({draw(number, 'stray')} % 100 < 88, {home_brand()}, {stray}))"


def shop(number: str, brand_id: str) -> str:
    """SQL for a shop of the brand."""
    return (
        f"{{shops:Array(String)}}[{{shop_starts:Array(UInt8)}}[{brand_id}]"
        f" + {draw(number, 'shop')} % {{shop_counts:Array(UInt8)}}[{brand_id}]]"
    )


def store(number: str, brand_id: str) -> str:
    """SQL for the number of a store of the brand."""
    counts = f"{{store_counts:Array(UInt32)}}[{brand_id}]"
    return f"({{store_starts:Array(UInt32)}}[{brand_id}] + {draw(number, 'store')} % {counts})"


def store_key(number: str) -> str:
    """SQL for a store's key."""
    return f"concat('S', leftPad(toString({number}), 4, '0'))"


def province(store_number: str) -> str:
    """SQL for the position of a store's province in the list of provinces."""
    return f"{{province_lookup:Array(UInt8)}}[1 + {draw(store_number, 'province')} % 512]"


def item(number: str, what: str, brand_id: str) -> str:
    """SQL for the number of an item of the brand, a few items often."""
    counts = f"{{item_counts:Array(UInt32)}}[{brand_id}]"
    return f"toUInt32({{item_starts:Array(UInt32)}}[{brand_id}] + pow({even(number, what)}, 2) * {counts})"


def item_key(number: str) -> str:
    """SQL for an item's key."""
    return f"concat('I', leftPad(toString({number}), 5, '0'))"


def category(item_number: str) -> str:
    """SQL for an item's category."""
    return f"{{categories:Array(String)}}[1 + {item_number} % 60]"


def price_fen(item_number: str) -> str:
    """SQL for an item's list price."""
    return f"toInt64(100 * round(18 + 380 * pow({even(item_number, 'price')}, 3)))"


def day(number: str, what: str) -> str:
    """SQL for a day of the period, number since 1970."""
    return f"toInt32({{days:Array(UInt16)}}[1 + {draw(number, what)} % length({{days:Array(UInt16)}})])"


def instant(milliseconds: str) -> str:
    """SQL for an instant."""
    return f"fromUnixTimestamp64Milli(toInt64({milliseconds}), 'UTC')"


def event_id(number: str, milliseconds: str) -> str:
    """SQL for a UUID of version 7: time first, then drawn bits."""
    high = f"bitOr(bitShiftLeft(toUInt64({milliseconds}), 16), toUInt64(28672 + {draw(number, 'id high')} % 4096))"
    low = f"bitOr(bitShiftRight({draw(number, 'id low')}, 2), toUInt64(9223372036854775808))"
    # The engine keeps the second half of a UUID first.
    return f"reinterpretAsUUID(bitOr(bitShiftLeft(toUInt128({low}), 64), toUInt128({high})))"


def visits(numbers: str) -> str:
    """SELECT of visits to a shop: suid, brand_id, shop, focus (item), day, second of the day.

    numbers: SELECT with the visit's number as `s`; its other columns are passed on. Anonymous numbers are minted as
    visits go by, one after the other, and some come back for a while.
    """
    back = f"toUInt64({{anonymous:UInt64}} / 24 * pow({even('s', 'back')}, 3))"
    return f"""
    SELECT *, {brand("s")} AS brand_id, {shop("s", "brand_id")} AS shop, {item("s", "focus", "brand_id")} AS focus
    FROM (
        SELECT *, intDiv((s + 1) * {{anonymous:UInt64}}, {{visits:UInt64}}) AS minted,
            minted > intDiv(s * {{anonymous:UInt64}}, {{visits:UInt64}}) AS is_new,
            toUInt32(multiIf(
                is_new, 2147483647 + minted,
                {draw("s", "who")} % 100 < 10 AND minted > 0, 2147483647 + minted - least(minted - 1, {back}),
                {known_person("s", "known", heavy=True)})) AS suid,
            {day("s", "day")} AS day,
            toInt32({ZONE_S} + 54000 * sqrt({even("s", "second")})) AS second
        FROM ({numbers})
    )"""
