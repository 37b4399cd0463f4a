-- Who entered (+1) and left (-1) with a version.
CREATE TABLE IF NOT EXISTS segment_diff (
    segment_id UInt32,
    version UInt32,
    uid UInt32,
    direction Int8,
    changed_at DateTime64(3, 'UTC')
) ENGINE = MergeTree
ORDER BY (segment_id, version, uid)
SETTINGS non_replicated_deduplication_window = 1000
