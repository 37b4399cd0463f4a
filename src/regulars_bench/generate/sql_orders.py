"""Order lines in bulk, with refunds: half of the orders follow a visit, the others come of themselves."""

from __future__ import annotations

from regulars_bench.generate.sql_draws import (
    ZONE_S,
    brand,
    category,
    day,
    draw,
    even,
    instant,
    item,
    item_key,
    known_person,
    price_fen,
    province,
    shop,
    store,
    store_key,
    visits,
)

# A visit's number for each order of the period, so that both lie in the same days.
_FOLLOWS = """
    SELECT number AS o,
        toUInt64({first_visit:UInt64} + intDiv((o - {first_order:UInt64}) * {period_visits:UInt64},
            {period_orders:UInt64})) AS s
    FROM numbers({low:UInt64}, {count:UInt64})"""

_AFTER_VISITS = f"""
    SELECT o, suid, brand_id, shop, focus, toUInt32(0) AS store,
        day + if({draw("o", "sleeps on it")} % 100 < 25, 1, 0) AS order_day,
        second + 600 + {draw("o", "decides")} % 2000 AS order_second
    FROM ({visits(_FOLLOWS + " WHERE o % 2 = 0")})"""

_BY_THEMSELVES = f"""
    SELECT o, suid, {brand("o")} AS brand_id, {shop("o", "brand_id")} AS shop,
        {item("o", "first", "brand_id")} AS focus,
        multiIf({draw("o", "online")} % 100 < 25, toUInt32(0),
            {draw("o", "own store")} % 100 < 75, toUInt32({store("suid", "brand_id")}),
            toUInt32({store("o", "brand_id")})) AS store,
        {day("o", "day")} AS order_day, toInt32(36000 + {even("o", "second")} * 43000) AS order_second
    FROM (SELECT o, {known_person("o", "buyer")} AS suid FROM ({_FOLLOWS}) WHERE o % 2 = 1)"""

_REFUND = "(refund_day <= {last_day:UInt16} AND luck < 8 AND (whole OR k % 2 = 1))"

ORDER_LINES = f"""
    INSERT INTO order_lines (brand_id, suid, shop, document_id, ordinal, kind, occurred_at, business_on, item_id,
        item_name, category, quantity, unit_price, amount_fen, currency, store, region, refund_of, origin, batch_id,
        version)
    SELECT brand_id, suid, shop, if(kind = 'sale', order_id, concat('R', order_id)), k, kind,
        {instant("(toInt64(on_day) * 86400 + at_second) * 1000")}, toDate(on_day),
        {item_key("item")} AS item_key, concat({category("item")}, ' ', item_key), {category("item")},
        if(kind = 'sale', pieces, -given_back),
        toDecimal64(price / 100, 4), if(kind = 'sale', pieces, -given_back) * price, 'CNY',
        if(store = 0, '', {store_key("store")}),
        {{provinces:Array(String)}}[{province(f"if(store = 0, {store('suid', 'brand_id')}, store)")}],
        if(kind = 'refund' AND {draw("o", "names the order")} % 100 < 70, order_id, ''), 'backfill', 'bench', 1
    FROM (
        SELECT *, concat('O', leftPad(toString(o), 9, '0')) AS order_id, {draw("o", "refund")} % 100 AS luck,
            {draw("o", "whole")} % 100 < 60 AS whole,
            order_day + 1 + {draw("o", "keeps")} % 20 AS refund_day,
            if(k = 1, focus, {item("o * 8 + k", "item", "brand_id")}) AS item,
            toInt64([1, 1, 1, 1, 1, 1, 1, 2, 2, 3][1 + {draw("o * 8 + k", "pieces")} % 10]) AS pieces,
            if(whole, pieces, toInt64(1)) AS given_back,
            if(has({{sale_days:Array(UInt16)}}, toUInt16(order_day)), intDiv({price_fen("item")} * 4, 5),
                {price_fen("item")}) AS price,
            if(kind = 'sale', order_day, refund_day) AS on_day,
            order_second - {ZONE_S} + if(kind = 'sale', 0, 60) AS at_second
        FROM (
            SELECT o, suid, brand_id, shop, focus, store, order_second,
                toInt32(least(order_day, {{last_day:UInt16}})) AS order_day,
                arrayJoin(range(1, 1 + [1, 1, 1, 2, 2, 2, 3, 3, 4, 6][1 + {draw("o", "lines")} % 10])) AS k,
                arrayJoin(['sale', 'refund']) AS kind
            FROM ({_AFTER_VISITS} UNION ALL {_BY_THEMSELVES})
        )
    ) WHERE kind = 'sale' OR {_REFUND}"""
