-- Facts of people who changed since their brand's base was written; small, folded into the base when it grows.
-- written_at: when the lake took the row, by its own clock.
CREATE TABLE IF NOT EXISTS user_state_delta (
    brand_id UInt16,
    uid UInt32,
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
    cell LowCardinality(String),
    birth_md UInt16,
    version UInt64,
    deleted UInt8 DEFAULT 0,
    written_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY brand_id
ORDER BY (brand_id, uid)
SETTINGS index_granularity = 512
