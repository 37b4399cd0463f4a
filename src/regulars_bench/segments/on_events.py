"""Anything that happened, with any of its properties: events, order lines, one thing after another."""

from __future__ import annotations

from datetime import timedelta

from regulars_bench.generate import world
from regulars_bench.segments import raw_sql as sql
from regulars_bench.segments.asking import (
    Case,
    Draw,
    Json,
    Known,
    Raw,
    all_of,
    did,
    ever,
    field_is,
    last,
    never,
    none_of,
    where,
)

TODAY = world.TODAY
HOUR_MS = 3_600_000


def _gold_in_province_who_do_not_click(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    spent, gold, days, province = draw.fen(300, 700), draw.fen(800, 1500), draw.days(25, 45), draw.province()
    rule = all_of(
        did("order", last(90), 2), did("order", last(90), spent, measure="sum", of="order.net_fen"),
        never("event:message.clicked", last(days)), field_is("ge", "net_fen", value=gold),
        field_is("eq", "province", value=province),
    )  # fmt: skip
    inside = f"{sql.BOUGHT}{raw.last(90)}"
    having = (
        f"countIf({inside}) >= 2 AND sumIf({sql.NET}, {inside}) >= {raw.number(spent)}"
        f" AND sum({sql.NET}) >= {raw.number(gold)}"
    )
    lives = sql.attribute(raw, "province", f"value = {raw.text(province)}")
    clicked = sql.events(raw, "message.clicked", raw.last(days))
    return rule, sql.without(sql.both(sql.orders(raw, having), lives), clicked)


def _one_category_never_another(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    one, other = draw.some(world.CATEGORIES, 2)
    rule = all_of(
        did("line", ever(), where=where("eq", "line.category", one)),
        never("line", ever(), where=where("eq", "line.category", other)),
    )
    a, b = raw.text(one), raw.text(other)
    having = f"countIf(category = {a}) > 0 AND countIf(category = {b}) = 0"
    return rule, sql.lines(raw, f" AND category IN ({a}, {b})", having)


def _viewed_not_bought(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    category, times, days = draw.category(), draw.one((3, 4)), draw.days(20, 60)
    rule = all_of(
        did("event:page.viewed", last(days), times, where=where("eq", "event:page.viewed.category", category)),
        never("order", last(days)),
    )
    viewed = sql.events(
        raw, "page.viewed", f" AND category = {raw.text(category)}{raw.last(days)}", f"count() >= {raw.number(times)}"
    )
    return rule, sql.without(viewed, sql.purchases(raw, "count() > 0", raw.last(days)))


def _carted_not_ordered(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    category, days = draw.category(), draw.days(20, 60)
    rule = {
        "op": "sequence", "window": last(days),
        "steps": [
            {"relation": "event:page.viewed", "where": where("eq", "event:page.viewed.category", category)},
            {"relation": "event:cart.added", "within_hours": 2},
            {"relation": "order", "within_hours": 24, "absent": True},
        ],
    }  # fmt: skip
    since = TODAY - timedelta(days=days - 1)
    viewed = f"category = {raw.text(category)}{raw.last(days)}"
    cart_until = raw.day(TODAY - timedelta(days=1))
    at = "toUnixTimestamp64Milli(occurred_at)"
    first = raw.day(since)
    rows = (
        f"SELECT {sql.UID} AS uid, {at} AS at, 1 AS step FROM events WHERE type = 'page.viewed' AND suid > 0"
        f" AND {viewed}"
        f" UNION ALL SELECT {sql.UID}, {at}, 2 FROM events WHERE type = 'cart.added' AND suid > 0"
        f" AND business_on >= {first} AND business_on < {cart_until}"
        f" UNION ALL SELECT {sql.UID}, toUnixTimestamp64Milli(ordered_at), 3 FROM orders FINAL WHERE suid > 0"
        f" AND {sql.BOUGHT} AND business_on >= {first}"
    )
    arrays = ", ".join(f"groupArrayIf(at, step = {n}) AS at{n}" for n in (1, 2, 3))
    left = (
        f"arrayExists(c -> arrayExists(v -> v < c AND c <= v + {2 * HOUR_MS}, at1)"
        f" AND NOT arrayExists(o -> o > c AND o <= c + {24 * HOUR_MS}, at3), at2)"
    )
    grouped = f"SELECT uid, {arrays} FROM ({rows}) GROUP BY uid HAVING notEmpty(at1) AND notEmpty(at2)"
    return rule, f"SELECT uid FROM ({grouped}) WHERE {left}"


def _played_not_in_campaign(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    play, campaign = f"play-{draw.days(1, world.PLAYS)}", draw.days(1, 120)
    rule = all_of(
        did("event:page.viewed", ever(), where=where("eq", "event:page.viewed.page", play)),
        never("event:message.sent", ever(), where=where("eq", "event:message.sent.campaign_id", campaign)),
    )
    played = sql.events(raw, "page.viewed", f" AND JSONExtractString(props, 'page') = {raw.text(play)}")
    sent = sql.events(raw, "message.sent", f" AND JSONExtractInt(props, 'campaign_id') = {raw.number(campaign)}")
    return rule, sql.without(played, sent)


def _costly_cart(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    fen, days = draw.fen(150, 350), draw.days(10, 45)
    rule = all_of(
        did("event:cart.added", last(days), where=where("ge", "event:cart.added.amount_fen", fen)),
        never("order", last(days)),
    )
    carted = sql.events(raw, "cart.added", f" AND amount_fen >= {raw.number(fen)}{raw.last(days)}")
    return rule, sql.without(carted, sql.purchases(raw, "count() > 0", raw.last(days)))


def _looks_often_in_a_short_time(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    category, times, days, within = draw.category(), draw.one((3, 4, 5)), draw.days(3, 10), draw.days(60, 120)
    rule = {
        "op": "count_within", "relation": "event:page.viewed", "window": last(within), "days": days, "value": times,
        "where": where("eq", "event:page.viewed.category", category),
    }  # fmt: skip
    on = "arraySort(groupArray(business_on))"
    having = (
        f"arrayExists((a, b) -> b - a < {raw.number(days)},"
        f" arraySlice({on}, 1, greatest(length({on}) - {times - 1}, 0)), arraySlice({on}, {times}))"
    )
    return rule, sql.events(raw, "page.viewed", f" AND category = {raw.text(category)}{raw.last(within)}", having)


def _clicked_then_bought(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    channel, days, hours = draw.one(world.CHANNELS), draw.days(60, 180), draw.days(48, 168)
    rule = {
        "op": "sequence", "window": last(days),
        "steps": [
            {"relation": "event:message.clicked", "where": where("eq", "event:message.clicked.channel", channel)},
            {"relation": "order", "within_hours": hours},
        ],
    }  # fmt: skip
    clicked = (
        f"SELECT {sql.UID} AS uid, groupArray(toUnixTimestamp64Milli(occurred_at)) AS clicked FROM events"
        f" WHERE type = 'message.clicked' AND suid > 0 AND JSONExtractString(props, 'channel') = {raw.text(channel)}"
        f"{raw.last(days)} GROUP BY uid"
    )
    first = raw.day(TODAY - timedelta(days=days - 1))
    bought = (
        f"SELECT {sql.UID} AS uid, groupArray(toUnixTimestamp64Milli(ordered_at)) AS bought FROM orders FINAL"
        f" WHERE suid > 0 AND {sql.BOUGHT} AND business_on >= {first} GROUP BY uid"
    )
    then = f"arrayExists(c -> arrayExists(o -> o > c AND o <= c + {raw.number(hours * HOUR_MS)}, bought), clicked)"
    return rule, f"SELECT uid FROM ({clicked}) AS c JOIN ({bought}) AS b USING (uid) WHERE {then}"


def _bought_one_of_items(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    items = [f"I{number:05d}" for number in draw.some(range(1000), 5)]
    days = draw.days(60, 300)
    rule = all_of(
        did("line", last(days), where={"op": "in", "field": "line.item_id", "values": items}),
        field_is("ge", "purchase_number", value=2),
    )
    bought = sql.lines(raw, f" AND item_id IN {raw.texts(items)}{raw.last(days)}")
    return rule, sql.both(bought, sql.purchases(raw, "count() >= 2"))


def _spent_on_category(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    category, fen, days = draw.category(), draw.fen(100, 400), draw.days(90, 360)
    rule = did(
        "line", last(days), fen, measure="sum", of="line.amount_fen", where=where("eq", "line.category", category)
    )
    having = f"sum(amount_fen) >= {raw.number(fen)}"
    return rule, sql.lines(raw, f" AND category = {raw.text(category)}{raw.last(days)}", having)


def _large_order_in_shop(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    shop, fen, days = (
        draw.one([shop for shops in world.SHOPS for shop in shops]),
        draw.fen(300, 900),
        draw.days(30, 120),
    )
    rule = did(
        "order", last(days),
        where=all_of(where("eq", "order.shop", shop), where("ge", "order.net_fen", fen)),
    )  # fmt: skip
    kept = f" AND shop = {raw.text(shop)} AND {sql.NET} >= {raw.number(fen)}{raw.last(days)}"
    return rule, sql.purchases(raw, "count() > 0", kept)


def _active_members_of_a_brand(draw: Draw, raw: Raw, known: Known) -> tuple[Json, str]:
    days, times = draw.days(30, 90), draw.one((2, 3))
    rule = all_of(
        did("event:page.viewed", last(days), times, measure="days"), field_is("eq", "member", value=True),
        none_of(did("event:cart.added", last(days))),
    )  # fmt: skip
    viewed = sql.events(raw, "page.viewed", raw.last(days), f"uniqExact(business_on) >= {raw.number(times)}")
    return rule, sql.without(sql.both(viewed, sql.members(raw)), sql.events(raw, "cart.added", raw.last(days)))


CASES = (
    Case("gold_in_province_who_do_not_click", "scan", _gold_in_province_who_do_not_click),
    Case("bought_one_category_never_another", "scan", _one_category_never_another),
    Case("viewed_often_not_bought", "scan", _viewed_not_bought),
    Case("viewed_carted_not_ordered_in_24_hours", "scan", _carted_not_ordered),
    Case("played_not_in_campaign", "scan", _played_not_in_campaign),
    Case("costly_cart_not_bought", "scan", _costly_cart),
    Case("looks_often_in_a_short_time", "scan", _looks_often_in_a_short_time),
    Case("clicked_then_bought", "scan", _clicked_then_bought),
    Case("bought_one_of_items", "scan", _bought_one_of_items),
    Case("spent_on_category", "scan", _spent_on_category),
    Case("large_order_in_shop", "scan", _large_order_in_shop),
    Case("active_members_of_a_brand", "scan", _active_members_of_a_brand, brand_id=3),
)
