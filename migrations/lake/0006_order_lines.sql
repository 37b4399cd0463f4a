-- Every line of every document, by natural key for ever. kind: sale, refund, stock, cash (a refund and a sale
-- of the same number are two documents). quantity and amount_fen are signed (refunds negative).
-- suid 0: belongs to nobody (stock, cash).
CREATE TABLE IF NOT EXISTS order_lines (
    brand_id UInt16,
    suid UInt32,
    shop LowCardinality(String),
    document_id String,
    ordinal UInt32,
    kind LowCardinality(String),
    occurred_at DateTime64(3, 'UTC'),
    business_on Date,
    item_id String,
    item_name String,
    category LowCardinality(String),
    quantity Int64,
    unit_price Decimal(18, 4),
    amount_fen Int64,
    currency LowCardinality(String),
    store LowCardinality(String),
    region LowCardinality(String),
    refund_of String,
    origin LowCardinality(String),
    batch_id String,
    version UInt64,
    deleted UInt8 DEFAULT 0
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (brand_id, suid, shop, kind, document_id, ordinal)
SETTINGS non_replicated_deduplication_window = 1000
