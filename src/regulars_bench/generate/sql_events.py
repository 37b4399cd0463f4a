"""Events in bulk: what people look at and put into the cart, what is sent to them, who joins."""

from __future__ import annotations

from regulars_bench.generate.sql_draws import (
    ZONE_S,
    category,
    day,
    draw,
    event_id,
    home_brand,
    instant,
    item,
    item_key,
    price_fen,
    shop,
    store_key,
    visits,
)
from regulars_bench.generate.sql_people import PEOPLE


def _insert(rows: str) -> str:
    """INSERT of events. rows: SELECT with n (number), ms (instant), day and the columns that differ."""
    return f"""
    INSERT INTO events (brand_id, type, business_on, suid, occurred_at, event_id, recorded_at, origin, source,
        source_id, shop, item_id, category, amount_fen, quantity, props)
    SELECT brand_id, type, toDate(day), suid, {instant("ms")}, {event_id("n", "ms")}, {instant("ms + 1500")},
        'backfill', 'bench', toString(n), shop, item_id, category, amount_fen, quantity, props
    FROM ({rows})"""


_VISIT_NUMBERS = "SELECT number AS s FROM numbers({low:UInt64}, {count:UInt64})"

VISITS = _insert(f"""
    SELECT s * 10 + j AS n, brand_id, suid, day, shop,
        (day * 86400 - {ZONE_S} + second + j * 45 + {draw("n", "pause")} % 40) * 1000 + {draw("n", "ms")} % 1000 AS ms,
        if(j >= 3 AND {draw("n", "type")} % 100 < 12, 'cart.added', 'page.viewed') AS type,
        if({draw("n", "focus")} % 100 < 60, focus, {item("n", "item", "brand_id")}) AS item,
        if(j = 0, '', {item_key("item")}) AS item_id,
        if(j = 0, '', {category("item")}) AS category,
        toInt64(type = 'cart.added') AS quantity,
        quantity * {price_fen("item")} AS amount_fen,
        multiIf(j > 0, 'item', {draw("s", "play")} % 100 < 8,
            concat('play-', toString(1 + {draw("s", "which play")} % {{plays:UInt32}})), 'home') AS page,
        if(type = 'cart.added',
            concat('{{"item_id":"', item_id, '","category":"', category, '","shop":"', shop,
                '","quantity":1,"amount_fen":', toString(amount_fen), '}}'),
            concat('{{"url":"/', if(j = 0, page, item_id), '","page":"', page, '","item_id":"', item_id,
                '","category":"', category, '","shop":"', shop, '"}}')) AS props
    FROM ({visits(_VISIT_NUMBERS)})
    ARRAY JOIN range(10) AS j""")
"""Ten events a visit."""

# A campaign goes out on one day, over one channel; a message is sent, then it arrives, is clicked, or fails.
MESSAGES = _insert(f"""
    SELECT 4000000000000 + m * 2 + j AS n, brand_id, suid, day, '' AS shop, '' AS item_id, '' AS category,
        toInt64(0) AS amount_fen, toInt64(0) AS quantity,
        multiIf(j = 0, 'message.sent', luck < 4, 'message.failed', luck < 14, 'message.clicked', 'message.delivered')
            AS type,
        (day * 86400 - {ZONE_S} + 36000 + {draw("m", "second")} % 3600
            + if(j = 0, 0, 2 + if(luck BETWEEN 4 AND 13, {draw("m", "later")} % 36000, 3))) * 1000 AS ms,
        concat('{{"message_id":"m', toString(m), '","channel":"', {{channels:Array(String)}}[1 + campaign % 3],
            '","campaign_id":', toString(campaign), ',"node":"send"',
            multiIf(type = 'message.clicked', ',"url":"/c"', type = 'message.failed', ',"reason":"refused"', ''), '}}')
            AS props
    FROM (
        SELECT number AS m, toUInt32(1 + {draw("m", "who")} % {{known:UInt64}}) AS suid,
            toUInt16({home_brand()}) AS brand_id,
            {{first_campaign:UInt32}} + {draw("m", "campaign")} % {{campaigns:UInt32}} AS campaign,
            {day("campaign", "campaign day")} AS day, {draw("m", "luck")} % 100 AS luck
        FROM numbers({{low:UInt64}}, {{count:UInt64}})
    ) ARRAY JOIN [0, 1] AS j""")
"""Two events a message."""

JOINS = _insert(f"""
    SELECT 6000000000000 + suid AS n, toUInt16(home_brand) AS brand_id, suid, toInt32(joined_day) AS day,
        {shop("suid", "brand_id")} AS shop,
        'member.joined' AS type, '' AS item_id, '' AS category, toInt64(0) AS amount_fen, toInt64(0) AS quantity,
        (day * 86400 - {ZONE_S} + 30000 + {draw("suid", "joined second")} % 50000) * 1000 AS ms,
        concat('{{"shop":"', shop, '","store":"', {store_key("store")}, '","channel":"store"}}') AS props
    FROM ({PEOPLE}) WHERE is_member""")
"""An event for everybody who joined the club of the own brand."""
