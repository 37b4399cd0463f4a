-- What a person is, per brand (0 = the group), as of a business day: facts first, then what follows from the day.
-- A brand's part is only ever replaced whole; who changed since stands in user_state_delta. Columns: docs/lake.md.
CREATE TABLE IF NOT EXISTS user_state_base (
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
    as_of_on Date,
    orders_7d UInt32, orders_30d UInt32, orders_60d UInt32, orders_90d UInt32, orders_180d UInt32, orders_365d UInt32,
    net_fen_7d Int64, net_fen_30d Int64, net_fen_60d Int64, net_fen_90d Int64, net_fen_180d Int64, net_fen_365d Int64,
    rfm_r UInt8, rfm_f UInt8, rfm_m UInt8,
    next_order_due_on Nullable(Date)
) ENGINE = MergeTree
PARTITION BY brand_id
ORDER BY (brand_id, uid)
