-- One person's events in order of time, newest found at the end of the person's range.
CREATE TABLE IF NOT EXISTS timeline (
    brand_id UInt16,
    suid UInt32,
    occurred_at DateTime64(3, 'UTC'),
    type LowCardinality(String),
    event_id UUID,
    business_on Date,
    origin LowCardinality(String),
    shop LowCardinality(String),
    props String CODEC(ZSTD(3))
) ENGINE = MergeTree
ORDER BY (brand_id, suid, occurred_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000
