"""Orders in windows of the operator's own choosing."""

from __future__ import annotations

from datetime import date, timedelta

from regulars_bench.segments import raw_sql as sql
from regulars_bench.segments.asking import Case, Draw, Json, Known, Raw, all_of, did, field_is, last, never, span

LAST_MONTHS = date(2025, 12, 1), date(2026, 10, 20)


def _times_in_days(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days, times = draw.days(100, 170), draw.one((2, 3))
    return did("order", last(days), times), sql.purchases(raw, f"count() >= {raw.number(times)}", raw.last(days))


def _spent_in_span(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    start = draw.day(*LAST_MONTHS)
    end, spent = start + timedelta(days=draw.days(10, 25)), draw.fen(150, 900)
    rule = did("order", span(start, end), spent, measure="sum", of="order.net_fen")
    return rule, sql.purchases(raw, f"sum({sql.NET}) >= {raw.number(spent)}", raw.between(start, end))


def _last_years_sale_not_this(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    before, after = draw.days(0, 10), draw.days(1, 3)
    then = date(2025, 11, 11 - before), date(2025, 11, 11 + after)
    now = date(2026, 11, 11 - before), date(2026, 11, 11 + after)
    rule = all_of(did("order", span(*then)), never("order", span(*now)))
    having = f"countIf(1{raw.between(*then)}) > 0 AND countIf(1{raw.between(*now)}) = 0"
    return rule, sql.purchases(raw, having)


def _days_with_orders(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days, times = draw.days(100, 340), draw.one((2, 3))
    rule = did("order", last(days), times, measure="days")
    return rule, sql.purchases(raw, f"uniqExact(business_on) >= {raw.number(times)}", raw.last(days))


def _largest_order(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days, fen = draw.days(100, 340), draw.fen(500, 1500)
    rule = did("order", last(days), fen, measure="max", of="order.net_fen")
    return rule, sql.purchases(raw, f"max({sql.NET}) >= {raw.number(fen)}", raw.last(days))


def _smallest_order_in_province(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days, fen, province = draw.days(100, 340), draw.fen(200, 500), draw.province()
    rule = all_of(
        did("order", last(days), fen, measure="min", of="order.net_fen"),
        field_is("eq", "province", value=province),
    )
    lives = sql.attribute(raw, "province", f"value = {raw.text(province)}")
    return rule, sql.both(sql.purchases(raw, f"min({sql.NET}) >= {raw.number(fen)}", raw.last(days)), lives)


def _often_in_a_short_time(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    times, days, within = draw.one((2, 3)), draw.days(10, 45), draw.days(250, 720)
    rule = {
        "op": "count_within", "relation": "order", "window": last(within), "days": days, "value": times,
    }  # fmt: skip
    on = "arraySort(groupArray(business_on))"
    having = (
        f"arrayExists((a, b) -> b - a < {raw.number(days)},"
        f" arraySlice({on}, 1, greatest(length({on}) - {times - 1}, 0)), arraySlice({on}, {times}))"
    )
    return rule, sql.purchases(raw, having, raw.last(within))


def _quiet_regulars_of_a_brand(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days, times = draw.days(100, 170), draw.one((2, 3))
    rule = all_of(field_is("ge", "purchase_number", value=times), never("order", last(days)))
    having = f"count() >= {raw.number(times)} AND countIf(1{raw.last(days)}) = 0"
    return rule, sql.purchases(raw, having)


CASES = (
    Case("bought_often_in_own_window", "arrays", _times_in_days),
    Case("spent_between_two_days", "arrays", _spent_in_span),
    Case("last_years_sale_not_this_years", "arrays", _last_years_sale_not_this),
    Case("bought_on_several_days", "arrays", _days_with_orders),
    Case("largest_order", "arrays", _largest_order),
    Case("smallest_order_in_province", "arrays", _smallest_order_in_province),
    Case("bought_often_in_a_short_time", "arrays", _often_in_a_short_time),
    Case("quiet_regulars_of_a_brand", "arrays", _quiet_regulars_of_a_brand, brand_id=1),
)
