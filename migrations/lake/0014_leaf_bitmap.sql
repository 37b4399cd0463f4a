-- Cached answers of rule leaves by condition hash; bucket = uid >> 20.
CREATE TABLE IF NOT EXISTS leaf_bitmap (
    leaf_hash String,
    bucket UInt16,
    people AggregateFunction(groupBitmap, UInt32),
    version UInt64
) ENGINE = ReplacingMergeTree(version)
ORDER BY (leaf_hash, bucket)
SETTINGS index_granularity = 128, non_replicated_deduplication_window = 1000
