"""What is known of a person now: standard windows, totals, attributes."""

from __future__ import annotations

from datetime import timedelta

from regulars_bench.generate import world
from regulars_bench.segments import raw_sql as sql
from regulars_bench.segments.asking import Case, Draw, Json, Known, Raw, all_of, did, field_is, last, never

TODAY = world.TODAY


def _twice_and_spent(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    times, spent = draw.one((2, 3)), draw.fen(300, 900)
    rule = all_of(did("order", last(90), times), field_is("gt", "net_fen", value=spent))
    recent = f"countIf({sql.BOUGHT}{raw.last(90)}) >= {raw.number(times)}"
    return rule, sql.orders(raw, f"{recent} AND sum({sql.NET}) > {raw.number(spent)}")


def _month_and_year(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    low = draw.fen(200, 500)
    high = low + draw.fen(500, 3000)
    rule = all_of(
        did("order", last(30)), did("order", last(365), low, measure="sum", of="order.net_fen"),
        did("order", last(365), high, measure="sum", of="order.net_fen", compare="lt"),
    )  # fmt: skip
    year = f"sumIf({sql.NET}, 1{raw.last(365)})"
    having = f"countIf(1{raw.last(30)}) >= 1 AND {year} >= {raw.number(low)} AND {year} < {raw.number(high)}"
    return rule, sql.purchases(raw, having)


def _near_a_store(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    latitude, longitude = draw.one(known.stores)
    km, spent = 3, draw.fen(1, 200)
    rule = all_of(
        field_is("near", "cell", lat=latitude / 100, lon=longitude / 100, km=km),
        field_is("ge", "net_fen", value=spent),
    )
    place = [f"radians(toFloat64(splitByChar(',', value)[{n}]))" for n in (1, 2)]
    store = [f"radians({raw.number(degrees)} / 100)" for degrees in (latitude, longitude)]
    across = f"pow(sin(({place[0]} - {store[0]}) / 2), 2)"
    along = f"cos({place[0]}) * cos({store[0]}) * pow(sin(({place[1]} - {store[1]}) / 2), 2)"
    near = sql.attribute(raw, "cell", f"2 * 6371.0088 * asin(sqrt({across} + {along})) <= {raw.number(km)}")
    return rule, sql.both(near, sql.orders(raw, f"sum({sql.NET}) >= {raw.number(spent)}"))


def _next_purchase_overdue(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    number, days = draw.one((2, 3, 4)), draw.days(0, 60)
    rule = all_of(
        field_is("eq", "purchase_number", value=number),
        field_is("older_than_days", "next_order_due_on", days=days),
    )
    bought = (
        f"SELECT {sql.UID} AS uid, arraySort(groupArray((ordered_at, shop, order_id, business_on))).4 AS days"
        f" FROM orders FINAL WHERE suid > 0 AND {sql.BOUGHT}{raw.brand()} GROUP BY uid"
    )
    n = raw.number(number)
    # Due: when three of four known people who bought once more had done so.
    gap = (
        f"SELECT quantileExactHigh(0.75)(days[{n} + 1] - days[{n}]) FROM ({bought})"
        f" WHERE length(days) > {n} AND uid < 2147483648"
    )
    overdue = f"days[-1] + ({gap}) <= {raw.day(TODAY - timedelta(days=days))}"
    return rule, f"SELECT uid FROM ({bought}) WHERE length(days) = {n} AND {overdue}"


def _provinces_and_spent(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    provinces, spent = sorted({draw.province() for _ in range(4)}), draw.fen(300, 3000)
    rule = all_of(field_is("in", "province", values=provinces), field_is("ge", "net_fen", value=spent))
    lives = sql.attribute(raw, "province", f"value IN {raw.texts(provinces)}")
    return rule, sql.both(sql.orders(raw, f"sum({sql.NET}) >= {raw.number(spent)}"), lives)


def _women_born_in_month(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    month, spent = draw.days(1, 12), draw.fen(50, 200)
    rule = all_of(
        field_is("eq", "gender", value="female"), field_is("eq", "birth_month", value=month),
        did("order", last(180)), field_is("ge", "net_fen_180d", value=spent),
    )  # fmt: skip
    born = sql.attribute(raw, "birth_md", f"intDiv(toUInt16(value), 100) = {raw.number(month)}")
    bought = sql.purchases(raw, f"count() >= 1 AND sum({sql.NET}) >= {raw.number(spent)}", raw.last(180))
    return rule, sql.both(bought, sql.attribute(raw, "gender", "value = 'female'"), born)


def _new_members_without_purchase(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days = draw.days(20, 120)
    rule = all_of(field_is("within_days", "member_since_on", days=days), field_is("eq", "purchase_number", value=0))
    since = f"toDate(value) > {raw.day(TODAY - timedelta(days=days))} AND toDate(value) <= {raw.day(TODAY)}"
    return rule, sql.without(sql.members(raw, since), sql.purchases(raw, "count() >= 1"))


def _new_buyers(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days, spent = draw.days(20, 90), draw.fen(100, 600)
    rule = all_of(field_is("within_days", "first_order_on", days=days), field_is("ge", "net_fen", value=spent))
    first = f"minIf(business_on, {sql.BOUGHT})"
    having = (
        f"countIf({sql.BOUGHT}) > 0 AND {first} > {raw.day(TODAY - timedelta(days=days))} AND {first} <="
        f" {raw.day(TODAY)} AND sum({sql.NET}) >= {raw.number(spent)}"
    )
    return rule, sql.orders(raw, having)


def _gave_much_back(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    back, spent = draw.fen(100, 500), draw.fen(200, 1000)
    rule = all_of(field_is("ge", "refunded_fen", value=back), field_is("ge", "net_fen", value=spent))
    having = f"sum(refunded_fen) >= {raw.number(back)} AND sum({sql.NET}) >= {raw.number(spent)}"
    return rule, sql.orders(raw, having)


def _reachable_buyers(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    spent = draw.fen(100, 900)
    rule = all_of(
        field_is("has", "consents", value="sms:marketing"),
        did("order", last(365), spent, measure="sum", of="order.net_fen"),
    )
    # On the same instant withdrawn is the later word.
    allowed = sql.attribute(raw, "consent:sms:marketing", "value = 'granted'")
    return rule, sql.both(sql.purchases(raw, f"sum({sql.NET}) >= {raw.number(spent)}", raw.last(365)), allowed)


def _store_regulars(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    store = f"S{draw.days(1, world.STORES[0]):04d}"
    rule = all_of(field_is("has", "stores", value=store), field_is("ge", "purchase_number", value=2))
    # All orders tell the stores, those given back as well.
    having = f"has(groupUniqArray(store), {raw.text(store)}) AND countIf({sql.BOUGHT}) >= 2"
    return rule, sql.orders(raw, having)


def _dormant_and_valuable(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days, spent = draw.days(40, 150), draw.fen(300, 2000)
    rule = all_of(field_is("older_than_days", "last_event_on", days=days), field_is("ge", "net_fen", value=spent))
    after = f" AND business_on > {raw.day(TODAY - timedelta(days=days))}"
    theirs = " AND type NOT IN ('message.sent', 'message.delivered', 'message.failed')"
    seen = f"SELECT {sql.UID} AS uid FROM events WHERE suid > 0{theirs}{after}{raw.brand()}"
    traded = f"SELECT {sql.UID} AS uid FROM order_lines FINAL WHERE suid > 0{after}{raw.brand()}"
    return rule, sql.without(sql.orders(raw, f"sum({sql.NET}) >= {raw.number(spent)}"), seen, traded)


def _members_who_stopped(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    spent = draw.fen(100, 900)
    rule = all_of(
        field_is("eq", "member", value=True), field_is("ge", "net_fen", value=spent), never("order", last(180)),
    )  # fmt: skip
    having = f"sum({sql.NET}) >= {raw.number(spent)} AND countIf({sql.BOUGHT}{raw.last(180)}) = 0"
    return rule, sql.both(sql.orders(raw, having), sql.members(raw))


def _birthday_soon(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days, spent = draw.days(5, 14), draw.fen(1, 300)
    rule = all_of(
        field_is("birthday_within", "birth_md", days=days), field_is("eq", "member", value=True),
        field_is("ge", "net_fen", value=spent),
    )  # fmt: skip
    ahead = [TODAY + timedelta(days=n) for n in range(days + 1)]
    born = sql.attribute(raw, "birth_md", f"value IN {raw.texts([f'{d.month * 100 + d.day}' for d in ahead])}")
    return rule, sql.both(born, sql.members(raw), sql.orders(raw, f"sum({sql.NET}) >= {raw.number(spent)}"))


CASES = (
    Case("bought_twice_in_90_days_and_spent", "state", _twice_and_spent),
    Case("bought_in_30_days_spent_in_365", "state", _month_and_year),
    Case("near_a_store_and_spent", "state", _near_a_store),
    Case("next_purchase_overdue", "state", _next_purchase_overdue),
    Case("provinces_and_spent", "state", _provinces_and_spent),
    Case("women_born_in_month_bought_in_180", "state", _women_born_in_month),
    Case("new_members_without_purchase", "state", _new_members_without_purchase),
    Case("new_buyers", "state", _new_buyers),
    Case("gave_much_back", "state", _gave_much_back),
    Case("reachable_buyers_of_a_brand", "state", _reachable_buyers, brand_id=1),
    Case("regulars_of_a_store", "state", _store_regulars),
    Case("dormant_and_valuable", "state", _dormant_and_valuable),
    Case("members_who_stopped_of_a_brand", "state", _members_who_stopped, brand_id=2),
    Case("birthday_soon", "state", _birthday_soon),
)
