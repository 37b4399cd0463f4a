-- Which earlier sales a refund line gives back; one row per refund line, arrays are parallel, numbers positive.
-- Derived from order_lines per person, so it is rewritten whole for a person whose lines or aliases change.
CREATE TABLE IF NOT EXISTS refund_matches (
    brand_id UInt16,
    suid UInt32,
    shop LowCardinality(String),
    document_id String,
    ordinal UInt32,
    refund_on Date,
    sale_suids Array(UInt32),
    sale_shops Array(String),
    sale_document_ids Array(String),
    sale_ordinals Array(UInt32),
    sale_categories Array(String),
    quantities Array(Int64),
    amounts_fen Array(Int64),
    unmatched_quantity Int64,
    unmatched_fen Int64,
    version UInt64,
    deleted UInt8 DEFAULT 0
) ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (brand_id, suid, shop, document_id, ordinal)
SETTINGS non_replicated_deduplication_window = 1000
