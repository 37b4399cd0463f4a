-- One row per sale document. Order net: refunded_fen counts at the order's date, whenever it was given back.
-- categories: parallel arrays of what the sale lines came to per category; refunds: parallel arrays of what was
-- given back, on which day, of which category, so that the order's net is known as of any day.
CREATE TABLE IF NOT EXISTS orders (
    brand_id UInt16,
    suid UInt32,
    shop LowCardinality(String),
    order_id String,
    ordered_at DateTime64(3, 'UTC'),
    business_on Date,
    lines UInt32,
    units Int64,
    gross_fen Int64,
    refunded_units Int64,
    refunded_fen Int64,
    currency LowCardinality(String),
    store LowCardinality(String),
    region LowCardinality(String),
    category_names Array(String),
    category_fens Array(Int64),
    category_lines Array(Int64),
    refund_days Array(Date),
    refund_units Array(Int64),
    refund_fens Array(Int64),
    refund_categories Array(String),
    version UInt64,
    deleted UInt8 DEFAULT 0
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (brand_id, suid, shop, order_id)
SETTINGS non_replicated_deduplication_window = 1000
