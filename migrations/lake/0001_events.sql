-- Raw facts, append-only. suid: uid first minted for the event's strongest identifier, never rewritten.
CREATE TABLE IF NOT EXISTS events (
    brand_id UInt16,
    type LowCardinality(String),
    business_on Date,
    suid UInt32,
    occurred_at DateTime64(3, 'UTC'),
    event_id UUID,
    recorded_at DateTime64(3, 'UTC'),
    origin LowCardinality(String),
    source LowCardinality(String),
    source_id String,
    shop LowCardinality(String),
    item_id String,
    category LowCardinality(String),
    amount_fen Int64,
    quantity Int64,
    props String CODEC(ZSTD(3))
) ENGINE = MergeTree
PARTITION BY toYYYYMM(business_on)
ORDER BY (brand_id, type, business_on, suid, occurred_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000
