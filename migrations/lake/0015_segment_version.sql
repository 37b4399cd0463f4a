-- Membership of a segment at a version, as bitmaps; static segments stay at theirs.
CREATE TABLE IF NOT EXISTS segment_version (
    segment_id UInt32,
    version UInt32,
    bucket UInt16,
    people AggregateFunction(groupBitmap, UInt32)
) ENGINE = ReplacingMergeTree
ORDER BY (segment_id, version, bucket)
SETTINGS index_granularity = 128, non_replicated_deduplication_window = 1000
