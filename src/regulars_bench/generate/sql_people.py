"""What is known of people: attributes, consents, membership, a coarse place; and which numbers are one person."""

from __future__ import annotations

from typing import LiteralString

from regulars_bench.generate.sql_draws import draw, even, home_brand, instant, province, store

PEOPLE = f"""
    SELECT toUInt32(number + 1) AS suid, toUInt16({home_brand()}) AS home_brand, {store("suid", "home_brand")} AS store,
        {province("store")} AS province, {draw("suid", "member")} % 100 < 60 AS is_member,
        toUInt16({{last_day:UInt16}} - {draw("suid", "joined")} % 730) AS joined_day
    FROM numbers({{low:UInt64}}, {{count:UInt64}})"""
"""SELECT of known people; low: from uid - 1."""


def _near(centre: str, who: str, what: str, spread: int) -> str:
    """SQL for a coordinate in 0.01 degree, most often close to the centre."""
    return f"round({centre} + {spread} * ({even(who, what + ' 1')} + {even(who, what + ' 2')} - 1))"


_LATITUDE = _near("{latitudes:Array(Int32)}[province]", "store", "store latitude", 40)
_LONGITUDE = _near("{longitudes:Array(Int32)}[province]", "store", "store longitude", 40)

STORE_PLACES = f"""
    SELECT {province("store")} AS province, toInt32({_LATITUDE}) AS latitude, toInt32({_LONGITUDE}) AS longitude
    FROM (SELECT number + 1 AS store FROM numbers({{stores:UInt32}})) ORDER BY store"""
"""SELECT of where each store is: position of its province, latitude and longitude in 0.01 degree."""


def _degrees(hundredths: str) -> str:
    """SQL for a coordinate in 0.01 degree, none of them negative, as the product writes it: always two decimals."""
    return f"concat(toString(intDiv({hundredths}, 100)), '.', leftPad(toString({hundredths} % 100), 2, '0'))"


_CELL = "concat({}, ',', {})".format(
    _degrees(f"toInt32({_near(_LATITUDE, 'suid', 'latitude', 12)})"),
    _degrees(f"toInt32({_near(_LONGITUDE, 'suid', 'longitude', 12)})"),
)


def _consent(brand: str, channel: str, granted: int, withdrawn: int) -> str:
    """SQL for a word of consent; granted, withdrawn: of 100 people."""
    luck = f"{draw('suid', f'consent {channel} {brand}')} % 100"
    value = f"multiIf({luck} < {granted}, 'granted', {luck} < {granted + withdrawn}, 'withdrawn', '')"
    return f"({brand}, 'consent:{channel}:marketing', {value}, known_day)"


def _maybe(what: str, percent: int, value: str) -> str:
    return f"if({draw('suid', 'has ' + what)} % 100 < {percent}, {value}, '')"


ATTRIBUTES = f"""
    INSERT INTO person_attributes (brand_id, suid, key, value, known_at, known_on, version)
    SELECT fact.1, suid, fact.2, fact.3, {instant("(toInt64(fact.4) * 86400 + 14400) * 1000")}, toDate(fact.4), 1
    FROM (
        SELECT suid, arrayFilter(f -> f.3 != '', [
            (home_brand, 'gender', {_maybe("gender", 90, f"if({draw('suid', 'gender')} % 100 < 64, 'female', 'male')")},
                known_day),
            (home_brand, 'province', {_maybe("province", 95, "{provinces:Array(String)}[province]")}, known_day),
            (home_brand, 'city', {_maybe("city", 80, "{provinces:Array(String)}[province]")}, known_day),
            (home_brand, 'birth_md', {_maybe("birthday", 55, "toString(toMonth(born) * 100 + toDayOfMonth(born))")},
                known_day),
            (home_brand, 'cell', {_maybe("cell", 60, _CELL)}, known_day),
            (home_brand, 'member', if(is_member, toString(toDate(joined_day)), ''), joined_day),
            {_consent("home_brand", "sms", 55, 12)},
            {_consent("home_brand", "wecom", 38, 8)},
            (other_brand, 'member', if(in_two, toString(toDate(known_day)), ''), known_day)
        ]) AS facts
        FROM (
            SELECT *, toUInt16({{last_day:UInt16}} - {draw("suid", "known")} % 730) AS known_day,
                toUInt16({{brand_lookup:Array(UInt8)}}[1 + {draw("suid", "second brand")} % 100]) AS other_brand,
                {draw("suid", "in two")} % 100 < 10 AND other_brand != home_brand AS in_two,
                toDate(10957 + {draw("suid", "birthday")} % 366) AS born
            FROM ({PEOPLE})
        )
    ) ARRAY JOIN facts AS fact"""
"""Facts of known people; some are members of a second brand."""

ALIASES = f"""
    INSERT INTO uid_alias (suid, uid, version)
    SELECT toUInt32(2147483648 + number), toUInt32(1 + {draw("number", "recognised")} % {{known:UInt64}}), 1
    FROM numbers({{low:UInt64}}, {{count:UInt64}}) WHERE number % 3 = 0"""
"""Every third anonymous number turned out to be a known person's."""

RELOAD = "SYSTEM RELOAD DICTIONARY uid_alias_dict"

SETTLE: LiteralString = "vacuum (analyze)"
"""What PostgreSQL would otherwise begin by itself in the middle of a measurement."""

COUNTS = """
    SELECT (SELECT count() FROM events) AS events, (SELECT count() FROM order_lines) AS lines,
        (SELECT uniqExact(brand_id, shop, document_id) FROM order_lines WHERE kind = 'sale') AS orders,
        (SELECT countIf(kind = 'refund') FROM order_lines) AS refund_lines,
        (SELECT count() FROM person_attributes) AS attributes, (SELECT count() FROM uid_alias) AS aliases"""
"""What was made."""
