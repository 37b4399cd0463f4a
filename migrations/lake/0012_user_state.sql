-- What a person is, per brand (0 = the group). as_of_on: business day the windows count back from.
-- purchase_number, order_* and windows: orders with a positive net, in order of time. Money is order net in the
-- brand's currency, over all orders. rfm_*: 1 to 5; 0 = no purchase, or anonymous.
-- consents: "channel:purpose" granted; the group has none. birth_md: month * 100 + day, 0 = not known.
CREATE TABLE IF NOT EXISTS user_state (
    brand_id UInt16,
    uid UInt32,
    as_of_on Date,
    anonymous UInt8,
    purchase_number UInt32,
    ladder_step UInt8,
    gross_fen Int64,
    refunded_fen Int64,
    net_fen Int64,
    units Int64,
    first_order_on Nullable(Date),
    last_order_on Nullable(Date),
    order_days Array(Date),
    order_fens Array(Int64),
    orders_7d UInt32, orders_30d UInt32, orders_60d UInt32, orders_90d UInt32, orders_180d UInt32, orders_365d UInt32,
    net_fen_7d Int64, net_fen_30d Int64, net_fen_60d Int64, net_fen_90d Int64, net_fen_180d Int64, net_fen_365d Int64,
    rfm_r UInt8, rfm_f UInt8, rfm_m UInt8,
    favourite_category LowCardinality(String),
    favourite_shop LowCardinality(String),
    region LowCardinality(String),
    stores Array(LowCardinality(String)),
    last_event_on Nullable(Date),
    member UInt8,
    member_since_on Nullable(Date),
    consents Array(LowCardinality(String)),
    gender LowCardinality(String),
    province LowCardinality(String),
    city LowCardinality(String),
    birth_md UInt16,
    version UInt64,
    deleted UInt8 DEFAULT 0
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (brand_id, uid)
SETTINGS non_replicated_deduplication_window = 1000
