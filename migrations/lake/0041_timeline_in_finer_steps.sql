-- One person's events in order of time. Read for a few people at a time, who lie far apart: in steps of 512 rows a
-- person costs a sixteenth of what the default costs.
CREATE OR REPLACE TABLE timeline (
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
SETTINGS index_granularity = 512, min_compress_block_size = 16384, max_compress_block_size = 65536,
    non_replicated_deduplication_window = 1000
AS SELECT brand_id, suid, occurred_at, type, event_id, business_on, origin, shop, props FROM events WHERE suid > 0
